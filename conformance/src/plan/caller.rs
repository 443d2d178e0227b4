//! The callers of a plan: cards, their connections, and VIHFs that are right or wrong in one way.

use std::collections::BTreeMap;

use crate::client::Client;
use crate::failure::Failure;
use crate::http::{Connector, Endpoint};
use crate::pki::Pki;
use crate::plan::VihfKind;
use crate::vihf::Vihf;

/// Everybody who may speak in a plan.
pub struct Callers {
    endpoint: Endpoint,
    pki: Pki,
    clients: BTreeMap<String, Client>,
}

impl Callers {
    /// Callers with the cards of `pki`.
    pub fn new(endpoint: Endpoint, pki: Pki) -> Self {
        Self { endpoint, pki, clients: BTreeMap::new() }
    }

    /// The connection of a card, kept open between steps.
    pub fn client(&mut self, card: &str) -> Result<&mut Client, Failure> {
        if !self.clients.contains_key(card) {
            let client = self.fresh(Some(card))?;
            self.clients.insert(card.to_owned(), client);
        }
        self.clients.get_mut(card).ok_or_else(|| Failure::Usage(format!("no card {card}")))
    }

    /// Forgets a connection that broke.
    pub fn forget(&mut self, card: &str) {
        self.clients.remove(card);
    }

    /// A client that shows the certificate of `card`, or none.
    pub fn fresh(&self, card: Option<&str>) -> Result<Client, Failure> {
        let pair = card.map(|name| self.pki.pair(&format!("cards/{name}/auth"))).transpose()?;
        Ok(Client::new(Connector::new(self.endpoint.clone(), &self.pki.trust(), pair.as_ref())?))
    }

    /// What goes inside `wsse:Security`; nothing means no such header.
    pub fn security(&self, card: &str, kind: VihfKind, patient: &str) -> Result<Option<String>, Failure> {
        let card = self.pki.card(card)?;
        let right = Vihf::of(&card, patient);
        let with = |change: fn(&mut Vihf)| {
            let mut vihf = right.clone();
            change(&mut vihf);
            vihf.signed_by(&card.signature)
        };
        let assertion = match kind {
            VihfKind::Absent => return Ok(None),
            VihfKind::Empty => String::new(),
            VihfKind::Good => with(|_| {})?,
            VihfKind::Two => with(|_| {})? + &with(|_| {})?,
            VihfKind::Expired => with(|vihf| vihf.issued = -7200)?,
            VihfKind::Future => with(|vihf| vihf.issued = 3600)?,
            VihfKind::Unsigned => right.unsigned()?,
            VihfKind::Tampered => {
                with(|_| {})?.replacen(">normal<", ">bris_de_glace<", 1).replacen("=\"normal\"", "=\"centre_15\"", 1)
            }
            VihfKind::AuthenticationKey => right.signed_by(&card.authentication)?,
            VihfKind::Revoked => right.signed_by(&self.pki.card("revoque")?.signature)?,
            VihfKind::OtherSigner => right.signed_by(&self.pki.card("cardiologue")?.signature)?,
            VihfKind::OtherPatient => with(|vihf| vihf.patient = Some(other_patient()))?,
            VihfKind::MalformedIns => {
                with(|vihf| vihf.patient = vihf.patient.take().map(|p| p.replacen("88^", "89^", 1)))?
            }
            VihfKind::OtherStructure => with(|vihf| "1000000001".clone_into(&mut vihf.structure))?,
        };
        Ok(Some(assertion))
    }
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
