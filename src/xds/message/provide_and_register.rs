//! `xdsb:ProvideAndRegisterDocumentSetRequest`, the request of ITI-41. Spec: ITI TF-2: 3.41.4.1.2.
//!
//! Where the bytes of a document are, in its element or in a part of the package, is for whoever opened the package.

use crate::xds::ebrim::encode;
use crate::xds::ebrim::faults::Faults;
use crate::xds::error::{ErrorCode, Finding, Profile};
use crate::xds::message::{missing, register, rule};
use crate::xds::metadata::object::{ObjectKind, RegistryObject};
use crate::xds::metadata::submission::Submission;
use crate::xml::document::{Node, child, children, plain_attribute};
use crate::xml::namespace::{LCM, RIM, XDSB, XOP};
use crate::xml::writer::push_attribute;

/// The request, as far as it could be read.
pub struct ProvideAndRegisterRequest<'a, 'i> {
    /// The metadata.
    pub submission: Option<Submission>,
    /// The documents, in order.
    pub documents: Vec<SentDocument<'a, 'i>>,
}

/// `xdsb:Document`.
pub struct SentDocument<'a, 'i> {
    /// `@id`, that of its entry.
    pub id: String,
    /// The element whose content, or whose `xop:Include`, is the document.
    pub element: Node<'a, 'i>,
}

/// Writes a request: the objects in order, and for each document its id and the Content-ID of its part.
pub fn encode(objects: &[(ObjectKind, &RegistryObject)], documents: &[(&str, &str)]) -> Vec<u8> {
    let mut out = b"<xdsb:ProvideAndRegisterDocumentSetRequest".to_vec();
    for (prefix, namespace) in [("xmlns:xdsb", XDSB), ("xmlns:lcm", LCM), ("xmlns:rim", RIM)] {
        push_attribute(&mut out, prefix, namespace);
    }
    out.extend_from_slice(b"><lcm:SubmitObjectsRequest><rim:RegistryObjectList>");
    for (kind, object) in objects {
        encode::object(&mut out, *kind, object, "rim");
    }
    out.extend_from_slice(b"</rim:RegistryObjectList></lcm:SubmitObjectsRequest>");
    for (id, content_id) in documents {
        out.extend_from_slice(b"<xdsb:Document");
        push_attribute(&mut out, "id", id);
        out.extend_from_slice(b"><xop:Include");
        push_attribute(&mut out, "xmlns:xop", XOP);
        push_attribute(&mut out, "href", &format!("cid:{content_id}"));
        out.extend_from_slice(b"/></xdsb:Document>");
    }
    out.extend_from_slice(b"</xdsb:ProvideAndRegisterDocumentSetRequest>");
    out
}

/// Reads the request from its root element.
pub fn decode<'a, 'i>(request: Node<'a, 'i>, profile: Profile) -> (ProvideAndRegisterRequest<'a, 'i>, Vec<Finding>) {
    let (submission, mut findings) = match child(request, LCM, "SubmitObjectsRequest") {
        Some(submit) => register::decode(submit, profile),
        None => (None, vec![missing(ErrorCode::RepositoryMetadataError, "lcm:SubmitObjectsRequest", request)]),
    };
    let mut documents = Vec::new();
    let mut faults = Faults::default();
    for element in children(request, XDSB, "Document") {
        if let Some(id) = plain_attribute(element, "id").filter(|id| !id.is_empty()) {
            documents.push(SentDocument { id: id.to_owned(), element });
        } else {
            let context = "a Document without @id";
            faults.add(&rule::DOCUMENT, context, element);
        }
    }
    findings.extend(faults.into_findings());
    (ProvideAndRegisterRequest { submission, documents }, findings)
}
