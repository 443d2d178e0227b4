//! Assertions in the words of the field: one valid base per mode, and named changes to it.

use chrono::{DateTime, Utc};
use dmp_gateway::datatype::code::Code;
use dmp_gateway::datatype::cx::Cx;
use dmp_gateway::security::signature::algorithm::Hash;
use dmp_gateway::security::signature::xmldsig;
use dmp_gateway::security::tls::PeerIdentity;
use dmp_gateway::security::vihf::Settings;
use dmp_gateway::security::vihf::assertion::{Mode, PurposeOfUse, Software};
use dmp_gateway::security::vihf::issue::{VihfRequest, unsigned};
use dmp_gateway::security::vihf::verify::{VerifiedVihf, Verifier, VihfError};
use dmp_gateway::xml::document::{Document, Node};
use dmp_gateway::xml::limits::Limits;
use uuid::Uuid;

use crate::support::pki;

/// The ID of every assertion of the specifications.
pub(crate) const ID: &str = "_6f0c7a52-0b1e-4a6e-9a5e-2f5b8a1d9c01";
/// The patient of every assertion of the specifications.
pub(crate) const PATIENT: &str = "284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH";

/// An assertion about to be signed.
pub(crate) struct Vihf {
    text: String,
    signer: String,
    hash: Hash,
}

/// A general practitioner with her card.
pub(crate) fn direct() -> Vihf {
    Vihf::new(Mode::Direct, "cards/medecin/sign", "499700000017001", "899700000017")
}

/// A doctor named by the software of a hospital.
pub(crate) fn indirect() -> Vihf {
    Vihf::new(Mode::Indirect, "organisations/hopital/sign", "1750099990", "899700000025")
}

/// The same, strongly authenticated.
pub(crate) fn air() -> Vihf {
    Vihf::new(Mode::Air, "organisations/hopital/sign", "1750099990", "899700000025")
}

impl Vihf {
    fn new(mode: Mode, signer: &str, structure: &str, name_id: &str) -> Self {
        let request = VihfRequest {
            mode,
            name_id: name_id.to_owned(),
            subject_id: Some("DUMONT ALICE".to_owned()),
            structure_id: structure.to_owned(),
            sector: Code::new("SA07", "1.2.250.1.71.4.2.4"),
            roles: vec![Code::new("10", "1.2.250.1.71.1.2.7"), Code::new("SM26", "1.2.250.1.71.4.2.5")],
            resource_id: Some(Cx::parse(PATIENT).unwrap()),
            purpose_of_use: PurposeOfUse::Normal,
            confidentiality: None,
            software: Software {
                name: "MONLOGICIEL".to_owned(),
                version: "4.2".to_owned(),
                homologation: "XXX-000000-tmp1".to_owned(),
                id: Some("00012345".to_owned()),
            },
        };
        let uuid = Uuid::parse_str(&ID[1..]).unwrap();
        let text = unsigned(&request, &pki::certificate(signer), pki::now(), uuid);
        Self { text, signer: signer.to_owned(), hash: Hash::Sha256 }
    }

    /// With a piece of text changed before it is signed. The piece must be there.
    pub(crate) fn with(mut self, from: &str, to: &str) -> Self {
        assert!(self.text.contains(from), "no {from} in {}", self.text);
        self.text = self.text.replace(from, to);
        self
    }

    /// Without the attribute of that name.
    pub(crate) fn without(mut self, attribute: &str) -> Self {
        let start = self.text.find(&format!("<saml2:Attribute Name=\"{attribute}\">")).unwrap();
        let end = start + self.text[start..].find("</saml2:Attribute>").unwrap() + "</saml2:Attribute>".len();
        self.text.replace_range(start..end, "");
        self
    }

    /// Signed by another pair, whose subject is then the `Issuer`.
    pub(crate) fn signed_by(self, signer: &str) -> Self {
        let (old, new) = (pki::certificate(&self.signer), pki::certificate(signer));
        let changed = self.with(&old.subject().to_rfc2253(), &new.subject().to_rfc2253());
        Self { signer: signer.to_owned(), ..changed }
    }

    /// Signed with SHA-1.
    pub(crate) fn with_sha1(self) -> Self {
        Self { hash: Hash::Sha1, ..self }
    }

    /// The signed assertion.
    pub(crate) fn signed(&self) -> String {
        let (key, certificate) = pki::pair(&self.signer);
        xmldsig::sign(&self.text, ID, self.hash, &key, &certificate).unwrap()
    }

    /// The assertion without signature.
    pub(crate) fn unsigned(&self) -> String {
        self.text.clone()
    }

    /// The signed assertion in the header of a message.
    pub(crate) fn sent(&self) -> Sent {
        sent(&self.signed())
    }
}

/// A message that arrives: who sends it, when, at which gateway.
pub(crate) struct Sent {
    envelope: String,
    peer: Option<PeerIdentity>,
    settings: Settings,
    at: DateTime<Utc>,
}

/// A message whose `wsse:Security` header holds this.
pub(crate) fn sent(header: &str) -> Sent {
    sent_as(&format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header><wsse:Security \
         xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">{header}\
         </wsse:Security></soap:Header><soap:Body><x/></soap:Body></soap:Envelope>"
    ))
}

/// A whole message.
pub(crate) fn sent_as(envelope: &str) -> Sent {
    Sent { envelope: envelope.to_owned(), peer: None, settings: Settings::default(), at: pki::now() }
}

impl Sent {
    /// Over a TLS connection of that holder.
    pub(crate) fn over_tls_of(self, holder: &str) -> Self {
        Self { peer: Some(pki::peer(holder)), ..self }
    }

    /// At a gateway with other settings.
    pub(crate) fn at_gateway_with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// At that moment.
    pub(crate) fn at(self, at: DateTime<Utc>) -> Self {
        Self { at, ..self }
    }

    /// What the gateway decides.
    pub(crate) fn verified(&self) -> Result<VerifiedVihf, Box<VihfError>> {
        self.verified_by(&Verifier::new(self.settings.clone(), pki::trust()))
    }

    /// What that verifier decides.
    pub(crate) fn verified_by(&self, verifier: &Verifier) -> Result<VerifiedVihf, Box<VihfError>> {
        let document = Document::parse(&self.envelope, &Limits::default()).unwrap();
        let header = document.root().children().find(Node::is_element).unwrap();
        let security = header.children().find(|node| node.tag_name().name() == "Security").unwrap();
        verifier.verify(security, self.peer.as_ref(), self.at)
    }

    /// The gateway takes the assertion.
    #[track_caller]
    pub(crate) fn is_taken(&self) -> VerifiedVihf {
        self.verified().unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// The gateway refuses the assertion by that rule, in words that help.
    #[track_caller]
    pub(crate) fn is_refused_by(&self, rule: &str) -> Box<VihfError> {
        match self.verified() {
            Ok(_) => panic!("taken, expected {rule}"),
            Err(error) => {
                assert_eq!(error.rule, rule, "{error:?}");
                assert!(!error.reason_fr.contains("{}") && !error.reason_en.contains("{}"), "{error:?}");
                let shown = format!("{error:?}");
                for secret in ["284067510512388", "DUMONT", "899700000017"] {
                    assert!(!shown.contains(secret), "{shown}");
                }
                error
            }
        }
    }
}
