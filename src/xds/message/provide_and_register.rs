//! `xdsb:ProvideAndRegisterDocumentSetRequest`, the request of ITI-41. Spec: ITI TF-2: 3.41.4.1.2.
//!
//! Where the bytes of a document are, in its element or in a part of the package, is for whoever opened the package.

use crate::xds::ebrim::faults::Faults;
use crate::xds::error::{ErrorCode, Finding, Profile};
use crate::xds::message::{missing, register};
use crate::xds::metadata::submission::Submission;
<<<<<<< HEAD
use crate::xml::document::{Node, child, children, plain_attribute};
use crate::xml::location::Location;
use crate::xml::namespace::{LCM, XDSB};
=======
use crate::xml::document::{Node, child, children, plain_text};
use crate::xml::namespace::{LCM, XDSB, XOP};
>>>>>>> xds

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

/// Reads the request from its root element.
pub fn decode<'a, 'i>(request: Node<'a, 'i>, profile: Profile) -> (ProvideAndRegisterRequest<'a, 'i>, Vec<Finding>) {
    let (submission, mut findings) = match child(request, LCM, "SubmitObjectsRequest") {
        Some(submit) => register::decode(submit, profile),
        None => (None, vec![missing(ErrorCode::RepositoryMetadataError, "lcm:SubmitObjectsRequest", request)]),
    };
    let mut documents = Vec::new();
<<<<<<< HEAD
    for element in children(request, XDSB, "Document") {
        match plain_attribute(element, "id").filter(|id| !id.is_empty()) {
            Some(id) => documents.push(SentDocument { id: id.to_owned(), element }),
            None => {
                let finding =
                    Finding::error("MESSAGE-DOCUMENT", ErrorCode::RepositoryMetadataError, "a Document without @id");
                findings.push(finding.at(Location::of(element)));
            }
        }
    }
    (ProvideAndRegisterRequest { submission, documents }, findings)
=======
    let mut faults = Faults::default();
    for node in children(request, XDSB, "Document") {
        match document(node) {
            Ok(document) => documents.push(document),
            Err(context) => {
                let finding = Finding::error("MESSAGE-DOCUMENT", ErrorCode::RepositoryMetadataError, context);
                faults.push(finding, node);
            }
        }
    }
    findings.extend(faults.into_findings());
    (submission.map(|submission| ProvideAndRegisterRequest { submission, documents }), findings)
}

fn document<'a>(node: Node<'a, '_>) -> Result<SentDocument<'a>, &'static str> {
    let id = node.attribute("id").filter(|id| !id.is_empty()).ok_or("a Document without @id")?.to_owned();
    let content = match child(node, XOP, "Include") {
        Some(include) => Content::Include(include.attribute("href").ok_or("xop:Include without @href")?),
        None => Content::Inline(plain_text(node).ok_or("a Document holds base64 or one xop:Include")?),
    };
    Ok(SentDocument { id, content })
>>>>>>> xds
}
