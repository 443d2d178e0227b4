//! The three messages of the demonstration, as a practice's software sends them. Spec: DMP TD2.1, TD3.1, TD3.2.

use uuid::Uuid;

use crate::cda::document::{ClinicalDocument, NotCda};
use crate::cda::header::Header;
use crate::cda::validation::Settings;
use crate::datatype::Malformed;
use crate::datatype::dtm::Dtm;
use crate::datatype::hash::Sha1;
use crate::datatype::oid::Oid;
use crate::datatype::unique_id::UniqueId;
use crate::dmp::derivation::submission::{ENTRY, Sending, content_type, content_type_of, objects};
use crate::dmp::derivation::{FileFacts, derive};
use crate::xds::message::provide_and_register;
use crate::xds::metadata::attribute::{Carrier, entry};
use crate::xds::metadata::object::ExternalIdentifier;
use crate::xml::document::Document;
use crate::xml::guard::Refused;
use crate::xml::writer::{push_attribute, push_text};

/// The boundary of the package that carries a deposit.
pub(super) const BOUNDARY: &str = "demo-part";

/// Why the sample cannot be deposited.
#[derive(Debug, thiserror::Error)]
pub(super) enum SampleError {
    /// It is not XML within the limits.
    #[error("the sample is not readable: {0}")]
    Xml(#[from] Refused),
    /// It is no CDA document.
    #[error("the sample is no clinical document: {0}")]
    Cda(#[from] NotCda),
    /// What identifies the document or its patient is missing.
    #[error("the sample lacks its {0}")]
    Missing(&'static str),
    /// Its identifier cannot be lengthened.
    #[error("the sample cannot have a new identifier: {0}")]
    Identifier(#[from] Malformed),
}

/// A document to deposit, and the metadata that its header implies.
pub(super) struct Sample {
    /// The identifier, new for each run so that the demonstration can be repeated.
    pub(super) unique_id: String,
    /// The document with that identifier.
    pub(super) content: Vec<u8>,
    /// The patient, as CX.
    pub(super) patient: String,
    /// The body of TD2.1: one document in one submission set.
    pub(super) provide_and_register: Vec<u8>,
}

impl Sample {
    /// Gives a CDA document a new identifier under its own root and derives its metadata.
    pub(super) fn read(text: &str, now: &Dtm) -> Result<Self, SampleError> {
        let own = look(text, |header| header.id.as_ref().map(|id| id.value.root.clone()))?;
        let own = own.ok_or(SampleError::Missing("id"))?;
        let unique_id = format!("{own}.{}", now.as_str());
        let text = text.replacen(&format!("<id root=\"{own}\"/>"), &format!("<id root=\"{unique_id}\"/>"), 1);
        let sending = Sending {
            unique_id: UniqueId::parse(&format!("{unique_id}.1"))?,
            source_id: Oid::parse("1.2.250.1.999.77.1")?,
            time: now.clone(),
            content_type: look(&text, content_type_of)?.or_else(|| content_type("07")),
            replaces: None,
        };
        let file = FileFacts { hash: Sha1::from_bytes(openssl::sha::sha1(text.as_bytes())), size: text.len() as u64 };
        let objects = look(&text, |header| objects(&derive(header, file), &sending))?;
        let patient = objects.entry.external_identifiers.iter().find(|identifier| {
            matches!(entry::PATIENT_ID.carrier, Carrier::ExternalIdentifier(scheme, _) if identifier.scheme() == Some(scheme))
        });
        let patient = patient.and_then(ExternalIdentifier::value).ok_or(SampleError::Missing("patient"))?.to_owned();
        let provide_and_register = provide_and_register::encode(&objects.all(), &[(ENTRY, "document")]);
        Ok(Self { unique_id, content: text.into_bytes(), patient, provide_and_register })
    }
}

/// Reads the header of a document.
fn look<T>(text: &str, look: impl FnOnce(&Header<'_>) -> T) -> Result<T, SampleError> {
    let document = Document::parse(text, &Settings::default().limits)?;
    Ok(look(&Header::of(ClinicalDocument::of(&document)?)))
}

/// The body of TD3.1: the approved documents of a patient.
pub(super) fn find_documents(patient: &str) -> Vec<u8> {
    let mut out = b"<query:AdhocQueryRequest xmlns:query=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\" \
        xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\"><query:ResponseOption returnComposedObjects=\"true\" \
        returnType=\"LeafClass\"/><AdhocQuery id=\"urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d\">"
        .to_vec();
    slot(&mut out, "$XDSDocumentEntryPatientId", &format!("'{patient}'"));
    slot(&mut out, "$XDSDocumentEntryStatus", "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')");
    out.extend_from_slice(b"</AdhocQuery></query:AdhocQueryRequest>");
    out
}

/// The body of TD3.2: one document.
pub(super) fn retrieve(repository: &str, unique_id: &str) -> Vec<u8> {
    let mut out =
        b"<RetrieveDocumentSetRequest xmlns=\"urn:ihe:iti:xds-b:2007\"><DocumentRequest><RepositoryUniqueId>".to_vec();
    push_text(&mut out, repository);
    out.extend_from_slice(b"</RepositoryUniqueId><DocumentUniqueId>");
    push_text(&mut out, unique_id);
    out.extend_from_slice(b"</DocumentUniqueId></DocumentRequest></RetrieveDocumentSetRequest>");
    out
}

/// Puts a body and an assertion into an envelope.
pub(super) fn envelope(action: &str, message_id: Uuid, assertion: &str, body: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\
         <soap:Header><wsa:Action soap:mustUnderstand=\"true\">{action}</wsa:Action><wsa:MessageID>{}</wsa:MessageID>\
         <wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>\
         <wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">\
         {assertion}</wsse:Security></soap:Header><soap:Body>",
        message_id.urn()
    )
    .into_bytes();
    out.extend_from_slice(body);
    out.extend_from_slice(b"</soap:Body></soap:Envelope>");
    out
}

/// Packs an envelope and the document that it refers to as `cid:document`.
pub(super) fn package(envelope: &[u8], document: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "--{BOUNDARY}\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
         Content-Transfer-Encoding: binary\r\nContent-ID: <root>\r\n\r\n"
    )
    .into_bytes();
    out.extend_from_slice(envelope);
    out.extend_from_slice(
        format!(
            "\r\n--{BOUNDARY}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\
             Content-ID: <document>\r\n\r\n"
        )
        .as_bytes(),
    );
    out.extend_from_slice(document);
    out.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    out
}

fn slot(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(b"<Slot");
    push_attribute(out, "name", name);
    out.extend_from_slice(b"><ValueList><Value>");
    push_text(out, value);
    out.extend_from_slice(b"</Value></ValueList></Slot>");
}
