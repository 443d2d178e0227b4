//! People who call the gateway: a card, a signed assertion, and the messages that their software sends.

use std::net::SocketAddr;
use std::path::Path;

use dmp_gateway::datatype::code::Code;
use dmp_gateway::datatype::cx::Cx;
use dmp_gateway::security::pki::certificate::{Certificate, PrivateKey};
use dmp_gateway::security::vihf::assertion::{Mode, PurposeOfUse, Software};
use dmp_gateway::security::vihf::issue::{VihfRequest, sign};
use uuid::Uuid;

use crate::support::gateway::today;
use crate::support::message::{
    self, Deposit, ITI18, ITI41, ITI42, ITI43, ITI62, ITI86, PACKAGE, REPOSITORY, envelope, package,
};
use crate::support::wire::{Answer, Client};

/// Where the services stand by default.
pub(crate) const BASE: &str = "/si-dmp-server/v2/services";
/// The media type of a message without parts.
pub(crate) const SIMPLE: &str = "application/soap+xml; charset=UTF-8";

/// Somebody who calls, on a new connection for each message.
pub(crate) struct Caller {
    address: SocketAddr,
    client: Option<Client>,
    assertion: Option<String>,
}

/// A patient of the tests by number: an INS with its key, in the domain of test identifiers.
pub(crate) fn patient(number: u32) -> String {
    let base = 2_840_675_100_000_u64 + u64::from(number);
    format!("{base}{:02}^^^&1.2.250.1.213.1.4.10&ISO^NH", 97 - base % 97)
}

impl Caller {
    /// A general practitioner with her card, who speaks for a patient.
    pub(crate) fn treating_doctor(address: SocketAddr, pki: &Path, patient: &str) -> Self {
        Self {
            address,
            client: Some(Client::card(pki, "medecin")),
            assertion: Some(signed(pki, "medecin", "899700000017", Some(patient))),
        }
    }

    /// The same practitioner with an assertion that names no patient.
    pub(crate) fn speaking_for_nobody(address: SocketAddr, pki: &Path) -> Self {
        Self {
            address,
            client: Some(Client::card(pki, "medecin")),
            assertion: Some(signed(pki, "medecin", "899700000017", None)),
        }
    }

    /// Software of an affinity domain without TLS and without assertion: profile `ihe` on loopback.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { address, client: None, assertion: None }
    }

    /// The same without an assertion.
    pub(crate) fn without_assertion(self) -> Self {
        Self { assertion: None, ..self }
    }

    /// The same with a text of the assertion changed after it was signed.
    pub(crate) fn tampering(self, from: &str, to: &str) -> Self {
        let assertion = self.assertion.unwrap();
        assert!(assertion.contains(from), "no {from} in {assertion}");
        Self { assertion: Some(assertion.replace(from, to)), ..self }
    }

    /// Its assertion.
    pub(crate) fn assertion(&self) -> Option<&str> {
        self.assertion.as_deref()
    }

    /// An envelope with the body and the caller's assertion.
    pub(crate) fn envelope(&self, action: &str, body: &str) -> String {
        envelope(action, self.assertion(), body)
    }

    /// Sends bytes to a service and hears the answer.
    #[track_caller]
    pub(crate) fn post(&self, service: &str, content_type: &str, body: &[u8]) -> Answer {
        let mut wire = match &self.client {
            Some(client) => client.connect(self.address).unwrap(),
            None => crate::support::wire::Wire::plain(self.address),
        };
        wire.post(&format!("{BASE}/{service}"), content_type, body).unwrap()
    }

    /// Sends a message without parts.
    #[track_caller]
    pub(crate) fn send(&self, service: &str, action: &str, body: &str) -> Answer {
        self.post(service, SIMPLE, self.envelope(action, body).as_bytes())
    }

    /// ITI-41 as a package with the document `cid:document`.
    #[track_caller]
    pub(crate) fn deposit(&self, deposit: &Deposit, document: &[u8]) -> Answer {
        self.provide(&deposit.provide_and_register(), &[("document", document)])
    }

    /// ITI-41 with that body and those parts.
    #[track_caller]
    pub(crate) fn provide(&self, body: &str, parts: &[(&str, &[u8])]) -> Answer {
        self.post("repository", PACKAGE, &package(&self.envelope(ITI41, body), parts))
    }

    /// ITI-42.
    #[track_caller]
    pub(crate) fn register(&self, deposit: &Deposit) -> Answer {
        self.send("registry", ITI42, &deposit.submit_objects())
    }

    /// ITI-18.
    #[track_caller]
    pub(crate) fn ask(&self, query: &str) -> Answer {
        self.send("registry", ITI18, query)
    }

    /// `GetDocuments` by uniqueId, whatever the status.
    #[track_caller]
    pub(crate) fn entry(&self, unique_id: &str) -> Answer {
        let id = format!("('{unique_id}')");
        self.ask(&message::query(message::GET_DOCUMENTS, "LeafClass", &[("$XDSDocumentEntryUniqueId", &id)]))
    }

    /// The entryUUID of the document with that uniqueId.
    #[track_caller]
    pub(crate) fn entry_uuid(&self, unique_id: &str) -> String {
        let ids = self.entry(unique_id).ids("ExtrinsicObject");
        assert_eq!(ids.len(), 1, "{unique_id}: {ids:?}");
        ids[0].clone()
    }

    /// ITI-43 of documents of our repository.
    #[track_caller]
    pub(crate) fn fetch(&self, unique_ids: &[&str]) -> Answer {
        self.send("repository", ITI43, &message::retrieve(REPOSITORY, unique_ids))
    }

    /// ITI-62.
    #[track_caller]
    pub(crate) fn remove(&self, ids: &[&str]) -> Answer {
        self.send("registry", ITI62, &message::remove_objects(ids))
    }

    /// ITI-86 of documents of our repository.
    #[track_caller]
    pub(crate) fn remove_documents(&self, unique_ids: &[&str]) -> Answer {
        self.send("repository", ITI86, &message::remove_documents(REPOSITORY, unique_ids))
    }

    /// Finds the document and fetches it: these bytes and no others.
    #[track_caller]
    pub(crate) fn finds_and_fetches(&self, unique_id: &str, document: &[u8]) {
        let found = self.entry(unique_id);
        assert_eq!(found.entries(), [(unique_id.to_owned(), "Approved".to_owned())], "{}", found.envelope());
        assert_eq!(found.slot("size"), [document.len().to_string()]);
        assert_eq!(found.slot("hash"), [sha1(document)]);
        let fetched = self.fetch(&[unique_id]);
        assert_eq!(fetched.status_urn(), "Success", "{}", fetched.envelope());
        assert!(fetched.documents() == [(unique_id.to_owned(), document.to_vec())], "other bytes came back");
    }

    /// Nobody finds or fetches such a document.
    #[track_caller]
    pub(crate) fn knows_nothing_of(&self, unique_id: &str) {
        assert_eq!(self.entry(unique_id).entries(), []);
        self.fetch(&[unique_id]).fails_with("XDSDocumentUniqueIdError", "RET-UNKNOWN");
    }
}

/// SHA-1 in hexadecimal, by another library than the gateway's own use of it.
pub(crate) fn sha1(octets: &[u8]) -> String {
    openssl::sha::sha1(octets).iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().concat()
}

fn signed(pki: &Path, card: &str, name_id: &str, patient: Option<&str>) -> String {
    let file = |name: &str| std::fs::read(pki.join("cards").join(card).join(name)).unwrap();
    let request = VihfRequest {
        mode: Mode::Direct,
        name_id: name_id.to_owned(),
        subject_id: Some("DUMONT ALICE".to_owned()),
        structure_id: "499700000017001".to_owned(),
        sector: Code::new("SA07", "1.2.250.1.71.4.2.4"),
        roles: vec![Code::new("10", "1.2.250.1.71.1.2.7"), Code::new("SM26", "1.2.250.1.71.4.2.5")],
        resource_id: patient.map(|patient| Cx::parse(patient).unwrap()),
        purpose_of_use: PurposeOfUse::Normal,
        confidentiality: None,
        software: Software {
            name: "MONLOGICIEL".to_owned(),
            version: "4.2".to_owned(),
            homologation: "XXX-000000-tmp1".to_owned(),
            id: Some("00012345".to_owned()),
        },
    };
    let key = PrivateKey::from_pem(&file("sign.key")).unwrap();
    let certificate = Certificate::from_pem(&file("sign.pem")).unwrap();
    sign(&request, &key, &certificate, today(), Uuid::new_v4()).unwrap()
}
