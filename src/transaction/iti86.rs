//! Remove Documents. Spec: ITI TF-2: 3.86.
//!
//! The documents go, their metadata stays: that is ITI-62. Each document has a result of its own.

use std::collections::BTreeSet;

use crate::datatype::unique_id::UniqueId;
use crate::storage::blob::BlobId;
use crate::storage::{StorageError, Writer};
use crate::transaction::{Context, Gateway, Removing, rule};
use crate::xds::error::Finding;
use crate::xds::message::remove_documents::RemoveDocumentsRequest;
use crate::xds::message::retrieve::DocumentRequest;

/// What became of a request.
#[derive(Debug, Default)]
pub struct RemovedDocuments {
    /// How many documents are gone.
    pub removed: usize,
    /// One error for each document that is not; its location is the uniqueId.
    pub findings: Vec<Finding>,
}

/// What became of one document.
enum Outcome {
    Removed(BlobId),
    /// The request names it twice; the first time says what became of it.
    NamedBefore,
    OtherRepository,
    Absent,
}

/// Removes each document that is kept here and that the caller may have.
pub fn remove_documents(gateway: &Gateway, context: &Context, request: &RemoveDocumentsRequest) -> RemovedDocuments {
    let documents = request.documents.as_slice();
    if gateway.settings.removing == Removing::Refused {
        return none(documents, |id| {
            Finding::of(&rule::REMOVAL_DOCUMENTS, format!("document {id}: none is removed here: domain.removal"))
        });
    }
    let outcomes = gateway.store.write("iti86", |writer| {
        let mut seen = BTreeSet::new();
        let mut outcome_of = |wanted: &DocumentRequest| {
            let outcome = remove(writer, gateway, context, wanted)?;
            let first = seen.insert((wanted.repository_unique_id.clone(), wanted.document_unique_id.clone()));
            Ok(if first { outcome } else { Outcome::NamedBefore })
        };
        documents.iter().map(&mut outcome_of).collect::<Result<Vec<_>, StorageError>>()
    });
    match outcomes {
        Ok(outcomes) => told(gateway, context, documents, outcomes),
        Err(error) => {
            tracing::error!(%error, correlation = %context.correlation, "documents could not be removed");
            none(documents, |id| Finding::of(&rule::REMOVE_FAILED, format!("document {id} could not be removed")))
        }
    }
}

fn remove(
    writer: &mut Writer<'_>,
    gateway: &Gateway,
    context: &Context,
    wanted: &DocumentRequest,
) -> Result<Outcome, StorageError> {
    let Some(repository) = gateway.settings.own_repository(&wanted.repository_unique_id) else {
        return Ok(Outcome::OtherRepository);
    };
    let Ok(unique_id) = UniqueId::parse(&wanted.document_unique_id) else { return Ok(Outcome::Absent) };
    if let Some(patient) = context.patient()
        && !writer.patients_of_document(&unique_id)?.contains(patient)
    {
        return Ok(Outcome::Absent);
    }
    Ok(writer.forget_document(repository, &unique_id, context.now)?.map_or(Outcome::Absent, Outcome::Removed))
}

/// The documents are gone for every reader; now their files go.
fn told(
    gateway: &Gateway,
    context: &Context,
    documents: &[DocumentRequest],
    outcomes: Vec<Outcome>,
) -> RemovedDocuments {
    let mut done = RemovedDocuments::default();
    let mut files = Vec::new();
    for (wanted, outcome) in documents.iter().zip(outcomes) {
        let id = &wanted.document_unique_id;
        let finding = match outcome {
            Outcome::Removed(file) => {
                files.push(file);
                done.removed += 1;
                continue;
            }
            Outcome::NamedBefore => continue,
            Outcome::OtherRepository => Finding::of(
                &rule::REMOVE_REPOSITORY,
                format!(
                    "document {id} is of repository {}, this one is {}",
                    wanted.repository_unique_id, gateway.settings.repository_unique_id
                ),
            ),
            Outcome::Absent => Finding::of(
                &rule::REMOVE_UNKNOWN,
                format!("document {id} is not here: it is unknown, removed, or not for this caller"),
            ),
        };
        done.findings.push(finding.on(id.clone()));
    }
    if let Err(error) = gateway.store.remove_files(&files) {
        tracing::warn!(%error, correlation = %context.correlation, "files of removed documents stay until the next start");
    }
    done
}

/// Nothing was removed, for one reason.
fn none(documents: &[DocumentRequest], finding: impl Fn(&str) -> Finding) -> RemovedDocuments {
    let finding = |wanted: &DocumentRequest| {
        let id = &wanted.document_unique_id;
        finding(id).on(id.clone())
    };
    RemovedDocuments { removed: 0, findings: documents.iter().map(finding).collect() }
}
