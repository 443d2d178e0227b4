//! `xdsb:ProvideAndRegisterDocumentSetRequest`, the request of ITI-41. Spec: ITI TF-2: 3.41.4.1.2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::xds::ebrim::faults::Faults;
use crate::xds::error::{ErrorCode, Finding, Profile};
use crate::xds::message::{missing, register};
use crate::xds::metadata::submission::Submission;
use crate::xml::document::{Node, child, children, plain_text};
use crate::xml::namespace::{LCM, XDSB, XOP};

/// The request: metadata, and documents that may lie elsewhere in the package.
pub struct ProvideAndRegisterRequest<'a> {
    /// The metadata.
    pub submission: Submission,
    /// The documents, in order.
    pub documents: Vec<SentDocument<'a>>,
}

/// `xdsb:Document`.
pub struct SentDocument<'a> {
    /// `@id`, that of its entry.
    pub id: String,
    /// Where its bytes are.
    pub content: Content<'a>,
}

/// The bytes of a document, or where they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// `xop:Include/@href`, as sent.
    Include(&'a str),
    /// Base64, as sent.
    Inline(&'a str),
}

impl Content<'_> {
    /// The bytes of inline content, white space ignored. `None` for content elsewhere and for what is no base64.
    pub fn inline_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Include(_) => None,
            Self::Inline(text) => {
                let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
                STANDARD.decode(packed).ok()
            }
        }
    }
}

impl std::fmt::Debug for SentDocument<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SentDocument({}, {:?})", self.id, self.content)
    }
}

/// Hides inline content: it is a medical document.
impl std::fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Include(href) => write!(f, "Include({href})"),
            Self::Inline(text) => write!(f, "Inline({} characters)", text.len()),
        }
    }
}

/// Reads the request from its root element.
pub fn decode<'a>(request: Node<'a, '_>, profile: Profile) -> (Option<ProvideAndRegisterRequest<'a>>, Vec<Finding>) {
    let (submission, mut findings) = match child(request, LCM, "SubmitObjectsRequest") {
        Some(submit) => register::decode(submit, profile),
        None => (None, vec![missing(ErrorCode::RepositoryMetadataError, "lcm:SubmitObjectsRequest", request)]),
    };
    let mut documents = Vec::new();
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
}
