//! `xdsb:RetrieveDocumentSetRequest` and its response, ITI-43. Spec: ITI TF-2: 3.43.4, 3.43.5.

use crate::xds::ebrim::faults::Faults;
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::message::registry_response::{ResponseStatus, write_inner};
use crate::xds::message::{Service, lacks, missing, rule};
use crate::xml::document::{Node, child, children, plain_text};
use crate::xml::namespace::{XDSB, XOP};
use crate::xml::writer::{push_attribute, push_element};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrieveDocumentSetRequest {
    /// At least one.
    pub documents: Vec<DocumentRequest>,
}

/// One document asked for. Texts as sent: an id that nobody has is answered, not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRequest {
    /// `HomeCommunityId`, returned when it was sent.
    pub home_community_id: Option<String>,
    /// `RepositoryUniqueId`.
    pub repository_unique_id: String,
    /// `DocumentUniqueId`.
    pub document_unique_id: String,
}

/// One document given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentResponse {
    /// What was asked.
    pub request: DocumentRequest,
    /// As it was stored.
    pub mime_type: String,
    /// `cid:` and the Content-ID of its part, percent-encoded.
    pub href: String,
}

/// Documents that one request may name.
const MOST_DOCUMENTS: usize = 1000;

/// Reads the request from its root element.
pub fn decode(request: Node<'_, '_>) -> (Option<RetrieveDocumentSetRequest>, Vec<Finding>) {
    let mut faults = Faults::default();
    let mut documents = Vec::new();
    for node in children(request, XDSB, "DocumentRequest") {
        let text = |local| child(node, XDSB, local).and_then(plain_text).filter(|text| !text.is_empty());
        match (text("RepositoryUniqueId"), text("DocumentUniqueId")) {
            (Some(repository), Some(document)) => documents.push(DocumentRequest {
                home_community_id: text("HomeCommunityId").map(str::to_owned),
                repository_unique_id: repository.to_owned(),
                document_unique_id: document.to_owned(),
            }),
            (None, _) => faults.push(lacks(ErrorCode::RepositoryError, "xdsb:RepositoryUniqueId"), node),
            (Some(_), None) => faults.push(lacks(ErrorCode::RepositoryError, "xdsb:DocumentUniqueId"), node),
        }
    }
    if documents.len() > MOST_DOCUMENTS {
        let context = format!("{} documents are named; at most {MOST_DOCUMENTS} are taken", documents.len());
        faults.add(&rule::DOCUMENT_REQUESTS, context, request);
    }
    let mut findings = faults.into_findings();
    if documents.is_empty() && findings.is_empty() {
        findings.push(missing(ErrorCode::RepositoryError, "xdsb:DocumentRequest", request));
    }
    let request = Some(RetrieveDocumentSetRequest { documents }).filter(|_| findings.is_empty());
    (request, findings)
}

/// The outcome: all, some or none of the documents.
pub fn status(documents: &[DocumentResponse], findings: &[Finding]) -> ResponseStatus {
    ResponseStatus::of_several(documents.len(), findings)
}

/// Writes the response as the root of the body; the documents lie in the parts that it names.
pub fn write(out: &mut Vec<u8>, documents: &[DocumentResponse], findings: &[Finding]) {
    out.extend_from_slice(b"<ns4:RetrieveDocumentSetResponse");
    Service::Repository.push_prefixes(out);
    out.push(b'>');
    write_inner(out, status(documents, findings), findings);
    for document in documents {
        out.extend_from_slice(b"<ns4:DocumentResponse>");
        if let Some(home) = &document.request.home_community_id {
            push_element(out, "ns4:HomeCommunityId", home);
        }
        push_element(out, "ns4:RepositoryUniqueId", &document.request.repository_unique_id);
        push_element(out, "ns4:DocumentUniqueId", &document.request.document_unique_id);
        push_element(out, "ns4:mimeType", &document.mime_type);
        out.extend_from_slice(b"<ns4:Document><xop:Include");
        push_attribute(out, "xmlns:xop", XOP);
        push_attribute(out, "href", &document.href);
        out.extend_from_slice(b"/></ns4:Document></ns4:DocumentResponse>");
    }
    out.extend_from_slice(b"</ns4:RetrieveDocumentSetResponse>");
}
