//! The three messages of the demonstration, as a practice's software sends them. Spec: DMP TD2.1, TD3.1, TD3.2.

use uuid::Uuid;

use crate::cda::document::{ClinicalDocument, NotCda, Wrapper};
use crate::cda::header::Header;
use crate::cda::validation::Settings;
use crate::datatype::Malformed;
use crate::datatype::dtm::Dtm;
use crate::datatype::hash::Sha1;
use crate::datatype::oid::Oid;
use crate::datatype::unique_id::UniqueId;
use crate::dmp::derivation::submission::{ENTRY, Objects, Sending, content_type, content_type_of, objects};
use crate::dmp::derivation::{FileFacts, Value, derive};
use crate::xds::message::provide_and_register;
use crate::xds::metadata::attribute::{AttributeRow, entry};
use crate::xml::document::{Document, child};
use crate::xml::guard::Refused;
use crate::xml::namespace::HL7V3;
use crate::xml::writer::{push_attribute, push_text};

/// The software of the demonstration.
const SOURCE: &str = "1.2.250.1.999.77.1";
/// The content type of a document whose encounter suggests none. Spec: DMP `JDV_J59`, other.
const OTHER_CONTENT: &str = "97";

/// The boundary of the package that carries a deposit.
pub(super) const BOUNDARY: &str = "demo-part";

/// Why the sample cannot be deposited.
#[derive(Debug, thiserror::Error)]
pub(super) enum SampleError {
    /// It is not XML within the limits.
    #[error("the sample is not readable: {0}")]
    Xml(#[from] Refused),
    /// It is something else.
    #[error("the sample is no CDA document: {0}")]
    NotCda(#[from] NotCda),
    /// A header element that the metadata needs is missing.
    #[error("the sample lacks {0}")]
    Missing(&'static str),
    /// An identifier of the demonstration itself.
    #[error(transparent)]
    Identifier(#[from] Malformed),
}

/// A document with the metadata that its header implies.
pub(super) struct Sample {
    /// The identifier, new for each run so that the demonstration can be repeated; a signature keeps the signed one.
    pub(super) unique_id: String,
    /// The document with that identifier.
    pub(super) content: Vec<u8>,
    /// The patient, as CX.
    pub(super) patient: String,
    objects: Objects,
}

impl Sample {
    /// Gives a document a new identifier under its own root and derives its metadata.
    pub(super) fn read(text: &str, now: &Dtm) -> Result<Self, SampleError> {
        let content = again(text, now)?;
        let document = Document::parse(&content, &Settings::default().limits)?;
        let header = Header::of(ClinicalDocument::of(&document)?);
        let file =
            FileFacts { hash: Sha1::from_bytes(openssl::sha::sha1(content.as_bytes())), size: content.len() as u64 };
        let lines = derive(&header, file);
        let derived = |wanted: &AttributeRow, missing| {
            let line = lines.iter().find(|line| line.mapping.attribute.rule.id == wanted.rule.id);
            match line.and_then(|line| line.derived.values.first()) {
                Some(Value::Text(text)) => Ok(text.clone()),
                _ => Err(SampleError::Missing(missing)),
            }
        };
        let sending = Sending {
            unique_id: UniqueId::parse(&format!("2.25.{}", Uuid::new_v4().as_u128()))?,
            source_id: Oid::parse(SOURCE)?,
            time: now.clone(),
            content_type: content_type_of(&header).or_else(|| content_type(OTHER_CONTENT)),
            replaces: None,
        };
        Ok(Self {
            unique_id: derived(&entry::UNIQUE_ID, "an id that a uniqueId can be made of")?,
            patient: derived(&entry::PATIENT_ID, "a patient with an INS")?,
            objects: objects(&lines, &sending),
            content: content.clone().into_bytes(),
        })
    }

    /// The body of TD2.1: one document in one submission set.
    pub(super) fn provide_and_register(&self) -> Vec<u8> {
        provide_and_register::encode(&self.objects.all(), &[(ENTRY, "document")])
    }
}

/// The text with a new identifier, where it has one that a new one can be made of and nobody has signed it.
fn again(text: &str, now: &Dtm) -> Result<String, SampleError> {
    let document = Document::parse(text, &Settings::default().limits)?;
    let clinical = ClinicalDocument::of(&document)?;
    let id = child(clinical.element(), HL7V3, "id").filter(|id| id.attribute("extension").is_none());
    let root = id.and_then(|id| id.attribute("root")).filter(|_| clinical.wrapper() != Wrapper::Signature);
    Ok(match root {
        Some(root) => {
            text.replacen(&format!("<id root=\"{root}\""), &format!("<id root=\"{root}.{}\"", now.as_str()), 1)
        }
        None => text.to_owned(),
    })
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
