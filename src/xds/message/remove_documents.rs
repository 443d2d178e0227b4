//! `rmd:RemoveDocumentsRequest`, the request of ITI-86. Spec: ITI TF-2: 3.86.4.1.2.
//!
//! Its root has a namespace of its own; what is in it is that of ITI-43.

use crate::xds::error::Finding;
use crate::xds::message::retrieve::{self, RetrieveDocumentSetRequest};
use crate::xml::document::Node;

/// What is to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveDocumentsRequest {
    /// The documents, by repository and uniqueId; at least one.
    pub documents: Vec<retrieve::DocumentRequest>,
}

/// Reads the request from its root element.
pub fn decode(request: Node<'_, '_>) -> (Option<RemoveDocumentsRequest>, Vec<Finding>) {
    let (request, findings) = retrieve::decode(request);
    (request.map(|RetrieveDocumentSetRequest { documents }| RemoveDocumentsRequest { documents }), findings)
}
