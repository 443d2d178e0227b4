//! Retrieve Document Set. Spec: ITI TF-2: 3.43, DMP TD3.2.

use std::fs::File;

use crate::datatype::mime::MimeType;
use crate::datatype::unique_id::UniqueId;
use crate::storage::registry::document::StoredDocument;
use crate::storage::{Reader, StorageError};
use crate::transaction::error::TransactionError;
use crate::transaction::{Context, Gateway, rule};
use crate::xds::error::Finding;
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
    let found = gateway.store.read("iti43", |reader| {
        request.documents.iter().map(|wanted| look_up(reader, gateway, context, wanted)).collect::<Result<Vec<_>, _>>()
    })?;
    let mut retrieved = Retrieved::default();
    for (wanted, found) in request.documents.iter().zip(found) {
        let opened = match found {
            Ok(stored) => open(gateway, context, wanted, &stored)?,
            Err(withheld) => Err(withheld),
        };
        match opened {
            Ok(document) => retrieved.documents.push(document),
            Err(withheld) => retrieved.findings.push(withheld.finding(gateway, wanted)),
        }
    }
    Ok(retrieved)
}

/// Why a document is not handed out.
enum Withheld {
    OtherRepository,
    OnDemand,
    Unreadable,
    Absent,
}

fn look_up(
    reader: &mut Reader<'_>,
    gateway: &Gateway,
    context: &Context,
    wanted: &DocumentRequest,
) -> Result<Result<StoredDocument, Withheld>, StorageError> {
    let Some(repository) = gateway.settings.own_repository(&wanted.repository_unique_id) else {
        return Ok(Err(Withheld::OtherRepository));
    };
    let Ok(unique_id) = UniqueId::parse(&wanted.document_unique_id) else { return Ok(Err(Withheld::Absent)) };
    match (reader.document(repository, &unique_id)?, context.patient()) {
        (Some(stored), None) => Ok(Ok(stored)),
        (Some(stored), Some(patient)) if reader.patients_of_document(&unique_id)?.contains(patient) => Ok(Ok(stored)),
        (None, None) if reader.is_on_demand(&unique_id)? => Ok(Err(Withheld::OnDemand)),
        _ => Ok(Err(Withheld::Absent)),
    }
}

/// Opens a document that was found. It may have been removed since: then there is none, and nothing is wrong.
fn open(
    gateway: &Gateway,
    context: &Context,
    wanted: &DocumentRequest,
    stored: &StoredDocument,
) -> Result<Result<OpenDocument, Withheld>, StorageError> {
    let error = match gateway.store.blobs().read(&stored.blob, stored.size) {
        Ok(file) => {
            let mime_type = stored.mime_type.clone();
            return Ok(Ok(OpenDocument { request: wanted.clone(), mime_type, size: stored.size, file }));
        }
        Err(error) => error,
    };
    let kept =
        gateway.store.read("iti43 again", |reader| reader.document(&stored.repository_unique_id, &stored.unique_id))?;
    if kept.is_none_or(|kept| kept.blob != stored.blob) {
        return Ok(Err(Withheld::Absent));
    }
    tracing::error!(%error, correlation = %context.correlation, "a registered document cannot be read");
    Ok(Err(Withheld::Unreadable))
}

impl Withheld {
    /// What the caller learns. Spec: ITI TF-3: 4.2.4.1: the location of an error of ITI-43 is the uniqueId of the document.
    fn finding(&self, gateway: &Gateway, wanted: &DocumentRequest) -> Finding {
        let ours = &gateway.settings.repository_unique_id;
        let (rule, text) = match self {
            Self::OtherRepository => (
                &rule::RETRIEVE_REPOSITORY,
                format!("is asked of repository {}, this one is {ours}", wanted.repository_unique_id),
            ),
            Self::OnDemand => (
                &rule::RETRIEVE_ON_DEMAND,
                "is made on demand by the source that registered it, which is not this repository".to_owned(),
            ),
            Self::Unreadable => (&rule::RETRIEVE_READ, "cannot be read".to_owned()),
            Self::Absent => {
                (&rule::RETRIEVE_UNKNOWN, "is not available: it is unknown, removed, or not for this caller".to_owned())
            }
        };
        let id = &wanted.document_unique_id;
        Finding::of(rule, format!("document {id} {text}")).on(id.clone())
    }
}
