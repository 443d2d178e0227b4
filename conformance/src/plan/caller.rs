//! The callers of a plan: cards, their connections, and VIHFs that are right or wrong in one way.

use std::collections::BTreeMap;

use crate::client::Client;
use crate::failure::Failure;
use crate::http::{Connector, Endpoint};
use crate::pki::{Pair, Pki};
use crate::plan::VihfKind;
use crate::vihf::Vihf;

/// Everybody who may speak in a plan.
pub struct Callers {
    endpoint: Endpoint,
    pki: Pki,
    clients: BTreeMap<Caller, Client>,
}

/// Who speaks: the holder of a card, by the card itself or through a structure.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// Name of the card.
    pub card: String,
    /// Name of the organisation, in mode indirecte.
    pub structure: Option<String>,
}

impl Callers {
    /// Callers with the cards of `pki`.
    pub fn new(endpoint: Endpoint, pki: Pki) -> Self {
        Self { endpoint, pki, clients: BTreeMap::new() }
    }

    /// The connection of a caller, kept open between steps.
    pub fn client(&mut self, caller: &Caller) -> Result<&mut Client, Failure> {
        if !self.clients.contains_key(caller) {
            let (authentication, _) = self.pairs(caller)?;
            let client = self.fresh(Some(&authentication))?;
            self.clients.insert(caller.clone(), client);
        }
        self.clients.get_mut(caller).ok_or_else(|| Failure::Usage(format!("no card {}", caller.card)))
    }

    /// Forgets a connection that broke.
    pub fn forget(&mut self, caller: &Caller) {
        self.clients.remove(caller);
    }

    /// Connects with the certificate of a card, or without one, and lets go again.
    pub fn knock(&self, card: Option<&str>) -> Result<(), Failure> {
        let pair = card.map(|name| self.pki.pair(&format!("cards/{name}/auth"))).transpose()?;
        self.fresh(pair.as_ref())?.knock()
    }

    fn fresh(&self, certificate: Option<&Pair>) -> Result<Client, Failure> {
        Ok(Client::new(Connector::new(self.endpoint.clone(), &self.pki.trust(), certificate)?))
    }

    /// The authentication and the signature pair.
    fn pairs(&self, caller: &Caller) -> Result<(Pair, Pair), Failure> {
        match &caller.structure {
            Some(name) => self.pki.structure(name),
            None => self.pki.card(&caller.card).map(|card| (card.authentication, card.signature)),
        }
    }

    /// What goes inside `wsse:Security`; nothing means no such header.
    pub fn security(&self, caller: &Caller, kind: VihfKind, patient: &str) -> Result<Option<String>, Failure> {
        let (authentication, signature) = self.pairs(caller)?;
        let mut right = Vihf::of(&self.pki.card(&caller.card)?, patient);
        if let Some(structure) = &caller.structure {
            "INDIRECTE".clone_into(&mut right.mode);
            right.structure = self.pki.organisation(structure)?.identifier;
        }
        let with = |change: fn(&mut Vihf)| {
            let mut vihf = right.clone();
            change(&mut vihf);
            vihf.signed_by(&signature)
        };
        let assertion = match kind {
            VihfKind::Absent => return Ok(None),
            VihfKind::Empty => String::new(),
            VihfKind::Good => with(|_| {})?,
            VihfKind::Two => with(|_| {})? + &with(|_| {})?,
            VihfKind::Expired => with(|vihf| vihf.issued = -7200)?,
            VihfKind::Future => with(|vihf| vihf.issued = 3600)?,
            VihfKind::Unsigned => right.unsigned(&authentication)?,
            VihfKind::Tampered => with(|_| {})?.replacen("=\"normal\"", "=\"centre_15\"", 1),
            VihfKind::AuthenticationKey => right.signed_by(&authentication)?,
            VihfKind::Revoked => right.signed_by(&self.pki.card("revoque")?.signature)?,
            VihfKind::OtherSigner => right.signed_by(&self.pki.card("cardiologue")?.signature)?,
            VihfKind::OtherPatient => with(|vihf| vihf.patient = Some(other_patient()))?,
            VihfKind::MalformedIns => with(|vihf| vihf.patient = vihf.patient.take().map(malformed))?,
            VihfKind::OtherStructure => with(|vihf| "1000000001".clone_into(&mut vihf.structure))?,
        };
        Ok(Some(assertion))
    }
}

/// The same CX with another last digit of the key.
fn malformed(patient: String) -> String {
    let Some((ins, rest)) = patient.split_once('^') else { return patient };
    let (number, last) = ins.split_at(ins.len().saturating_sub(1));
    format!("{number}{}^{rest}", if last == "9" { "8" } else { "9" })
}

/// A patient of the test domain whom no sample is about.
fn other_patient() -> String {
    format!("{}^^^&1.2.250.1.213.1.4.10&ISO^NH", ins(1_570_693_296_428))
}

/// An INS: a number of 13 digits and its key. Spec: the key of the NIR.
pub fn ins(number: u64) -> String {
    format!("{number:013}{:02}", 97 - number % 97)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_an_ins_is_that_of_the_official_test_values() {
        assert_eq!(ins(1_570_693_296_428), "157069329642881");
        assert_eq!(ins(2_790_351_215_189), "279035121518989");
    }
}
