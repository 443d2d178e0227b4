//! Retrieve Document Set. Spec: ITI TF-2: 3.43, DMP TD3.2.

use std::fs::File;

use crate::datatype::mime::MimeType;
use crate::datatype::unique_id::{RepositoryUniqueId, UniqueId};
use crate::storage::registry::document::StoredDocument;
use crate::storage::{Reader, StorageError};
use crate::transaction::error::TransactionError;
use crate::transaction::{Context, Gateway};
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::message::retrieve::{DocumentRequest, RetrieveDocumentSetRequest};

/// What was found for a request: the documents, in the order of the request, and what is said of the others.
#[derive(Debug, Default)]
pub struct Retrieved {
    /// Open documents.
    pub documents: Vec<OpenDocument>,
    /// One error for each document that is not handed out; its location is the uniqueId.
    pub findings: Vec<Finding>,
}

/// A document ready to be read.
#[derive(Debug)]
pub struct OpenDocument {
    /// The request that it answers.
    pub request: DocumentRequest,
    /// Its media type.
    pub mime_type: MimeType,
    /// Its size in bytes; the file has exactly that many.
    pub size: u64,
    /// Its bytes.
    pub file: File,
}

/// Opens each document that is kept here and that the caller may have.
///
/// # Errors
/// Only when the store fails; a document that is not there is a finding.
pub fn retrieve_document_set(
    gateway: &Gateway,
    context: &Context,
    request: &RetrieveDocumentSetRequest,
) -> Result<Retrieved, TransactionError> {
    let ours = &gateway.settings.repository_unique_id;
    let found = gateway.store.read("iti43", |reader| {
        request.documents.iter().map(|wanted| look_up(reader, context, ours, wanted)).collect::<Result<Vec<_>, _>>()
    })?;
    let mut retrieved = Retrieved::default();
    for (wanted, found) in request.documents.iter().zip(found) {
        match found {
            LookUp::Found(stored) => match gateway.store.blobs().read(&stored.blob, stored.size) {
                Ok(file) => retrieved.documents.push(OpenDocument {
                    request: wanted.clone(),
                    mime_type: stored.mime_type,
                    size: stored.size,
                    file,
                }),
                Err(error) => {
                    tracing::error!(%error, correlation = %context.correlation, "a registered document cannot be read");
                    retrieved.findings.push(finding(wanted, "RET-READ", ErrorCode::RepositoryError, "cannot be read"));
                }
            },
            LookUp::OtherRepository => retrieved.findings.push(finding(
                wanted,
                "RET-REPOSITORY",
                ErrorCode::UnknownRepositoryId,
                &format!("is asked of repository {}, this one is {ours}", wanted.repository_unique_id),
            )),
            LookUp::Absent => retrieved.findings.push(finding(
                wanted,
                "RET-UNKNOWN",
                ErrorCode::DocumentUniqueIdError,
                "is not available: it is unknown, removed, or not for this caller",
            )),
        }
    }
    Ok(retrieved)
}

enum LookUp {
    Found(StoredDocument),
    OtherRepository,
    Absent,
}

fn look_up(
    reader: &mut Reader<'_>,
    context: &Context,
    ours: &RepositoryUniqueId,
    wanted: &DocumentRequest,
) -> Result<LookUp, StorageError> {
    if wanted.repository_unique_id != ours.as_str() {
        return Ok(LookUp::OtherRepository);
    }
    let Ok(unique_id) = UniqueId::parse(&wanted.document_unique_id) else { return Ok(LookUp::Absent) };
    let Some(stored) = reader.document(ours, &unique_id)? else { return Ok(LookUp::Absent) };
    match context.patient() {
        Some(patient) if !reader.patients_of_document(&unique_id)?.contains(patient) => Ok(LookUp::Absent),
        _ => Ok(LookUp::Found(stored)),
    }
}

/// Spec: ITI TF-3: 4.2.4.1: the location of an error of ITI-43 is the uniqueId of the document.
fn finding(wanted: &DocumentRequest, rule: &'static str, code: ErrorCode, text: &str) -> Finding {
    let id = &wanted.document_unique_id;
    Finding::error(rule, code, format!("document {id} {text}")).on(id.clone())
}
