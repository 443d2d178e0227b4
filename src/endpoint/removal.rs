//! ITI-62 and ITI-86: what is to be removed, from its request to its answer. Both block.

use crate::endpoint::answer::{Frame, Packed, outcome_of, told};
use crate::transaction::error::TransactionError;
use crate::transaction::iti62::remove_metadata;
use crate::transaction::iti86::{RemovedDocuments, remove_documents};
use crate::transaction::{Context, Gateway};
use crate::xds::error::{ErrorCode, Finding, refuses};
use crate::xds::message::Service;
use crate::xds::message::registry_response::{self, ResponseStatus};
use crate::xds::message::remove::RemoveObjectsRequest;
use crate::xds::message::remove_documents::RemoveDocumentsRequest;

/// ITI-62: all or nothing.
pub(super) fn metadata(
    gateway: &Gateway,
    context: &Context,
    request: Option<RemoveObjectsRequest>,
    findings: Vec<Finding>,
    frame: &Frame,
) -> Packed {
    let removed = match request {
        Some(request) if !refuses(&findings) => remove_metadata(gateway, context, &request),
        _ => Err(TransactionError::Refused(findings)),
    };
    let (results, findings) = match removed {
        Ok(number) => (Some(number), Vec::new()),
        Err(error) => (None, told(error, ErrorCode::RegistryError, context)),
    };
    packed(Service::Registry, ResponseStatus::of(&findings), findings, results, frame)
}

/// ITI-86: a result for each document.
pub(super) fn documents(
    gateway: &Gateway,
    context: &Context,
    request: Option<RemoveDocumentsRequest>,
    findings: Vec<Finding>,
    frame: &Frame,
) -> Packed {
    let RemovedDocuments { removed, findings } = match request {
        Some(request) if !refuses(&findings) => remove_documents(gateway, context, &request),
        _ => RemovedDocuments { removed: 0, findings },
    };
    packed(Service::Repository, ResponseStatus::of_several(removed, &findings), findings, Some(removed), frame)
}

fn packed(
    service: Service,
    status: ResponseStatus,
    findings: Vec<Finding>,
    results: Option<usize>,
    frame: &Frame,
) -> Packed {
    let segments = frame.whole(1024, |out| registry_response::write(out, service, status, &findings));
    Packed { segments, outcome: outcome_of(status), findings, results }
}
