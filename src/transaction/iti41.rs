//! Provide and Register Document Set-b. Spec: ITI TF-2: 3.41, DMP TD2.1.

use crate::storage::StorageError;
use crate::storage::blob::incoming::Staged;
use crate::storage::registry::document::{Keeping, StoredDocument};
use crate::transaction::error::TransactionError;
use crate::transaction::intake::ReceivedDocument;
use crate::transaction::iti42::register;
use crate::transaction::{Context, Gateway, clinical, rule, signature};
use crate::xds::error::{Finding, refuses};
use crate::xds::metadata::submission::Submission;
use crate::xds::validation::Registering;
use crate::xds::validation::provide::{Pairing, ProvidedDocument, provide};

/// A submission with its documents.
pub struct ProvideAndRegister {
    /// The metadata, if it could be read.
    pub submission: Option<Submission>,
    /// `Document/@id` and what was received for it.
    pub documents: Vec<(String, ReceivedDocument)>,
    /// What the decoder found.
    pub findings: Vec<Finding>,
}

/// Stores documents and metadata; gives the warnings.
///
/// The documents are durable before the transaction that names them commits. A refusal takes them back; after a failure of the
/// store they stay, since the commit may have reached the disk, and the next sweep decides.
///
/// # Errors
/// [`TransactionError`]; nothing is visible then.
pub fn provide_and_register(
    gateway: &Gateway,
    context: &Context,
    request: ProvideAndRegister,
) -> Result<Vec<Finding>, TransactionError> {
    let ProvideAndRegister { submission, documents, mut findings } = request;
    findings.extend(too_many(documents.len(), gateway.settings.max_documents));
    let Some(mut submission) = submission.filter(|_| !findings.iter().any(is_over_limit)) else {
        gateway.discard(documents.into_iter().map(|(_, document)| document).collect());
        return Err(TransactionError::Refused(findings));
    };
    let (ids, received): (Vec<_>, Vec<_>) = documents.into_iter().unzip();
    let provided = ids.into_iter().zip(&received).map(|(id, received)| ProvidedDocument {
        id,
        hash: received.hash(),
        size: received.size(),
    });
    let (ours, others) = (&gateway.settings.repository_unique_id, &gateway.settings.other_repository_unique_ids);
    let (pairing, provided) = provide(&mut submission, &provided.collect::<Vec<_>>(), ours, others);
    findings.extend(provided);
    findings.extend(signature::judge(gateway, context, &submission, &pairing, &received)?);
    findings.extend(clinical::judge(gateway, context, &submission, &pairing, &received)?);
    if refuses(&findings) {
        // The registry's rules are asked all the same, so that the sender learns everything at once; no disk is troubled.
        let refused = register(gateway, context, &submission, Registering::Documents, &[], findings);
        gateway.discard(received);
        return refused.map(|registered| registered.warnings);
    }
    let staged = received.into_iter().map(ReceivedDocument::finish).collect::<Result<Vec<_>, _>>()?;
    let stored = stored_documents(gateway, &submission, &pairing, &staged);
    match register(gateway, context, &submission, Registering::Documents, &stored, findings) {
        Ok(registered) => {
            discard_duplicates(gateway, &stored, &registered.keepings, staged);
            Ok(registered.warnings)
        }
        Err(TransactionError::Refused(findings)) => {
            discard(gateway, staged);
            Err(TransactionError::Refused(findings))
        }
        Err(TransactionError::Storage(StorageError::OtherDocumentKept)) => {
            discard(gateway, staged);
            Err(TransactionError::Refused(vec![Finding::of(
                &rule::DOCUMENT_KEPT,
                "a document of that uniqueId is kept with other bytes",
            )]))
        }
        Err(error @ TransactionError::Storage(_)) => Err(error),
    }
}

fn discard(gateway: &Gateway, staged: Vec<Staged>) {
    for staged in staged {
        gateway.discard_staged(staged);
    }
}

fn too_many(number: usize, limit: usize) -> Option<Finding> {
    (number > limit).then(|| {
        let context = format!("{number} documents in one submission; at most {limit} are taken");
        Finding::of(&rule::DOCUMENT_NUMBER, context)
    })
}

fn is_over_limit(finding: &Finding) -> bool {
    finding.rule == rule::DOCUMENT_NUMBER.id
}

/// The rows that make files the documents of entries. An entry without document has its finding already.
fn stored_documents(
    gateway: &Gateway,
    submission: &Submission,
    pairing: &Pairing,
    staged: &[Staged],
) -> Vec<StoredDocument> {
    let ours = &gateway.settings.repository_unique_id;
    let pairs = submission.entries.iter().zip(&pairing.document_of_entry);
    pairs
        .filter_map(|(entry, document)| document.and_then(|at| staged.get(at)).map(|staged| (entry, staged)))
        .map(|(entry, staged)| StoredDocument {
            repository_unique_id: entry.repository_unique_id.as_ref().unwrap_or(ours).clone(),
            unique_id: entry.unique_id.clone(),
            mime_type: entry.mime_type.clone(),
            size: staged.size(),
            hash: staged.hash(),
            blob: staged.id().clone(),
        })
        .collect()
}

/// The same bytes under the same uniqueId are kept once.
fn discard_duplicates(gateway: &Gateway, stored: &[StoredDocument], keepings: &[Keeping], staged: Vec<Staged>) {
    let duplicates: Vec<_> = stored
        .iter()
        .zip(keepings)
        .filter(|(_, keeping)| **keeping == Keeping::AlreadyKept)
        .map(|(document, _)| &document.blob)
        .collect();
    for staged in staged.into_iter().filter(|staged| duplicates.contains(&staged.id())) {
        gateway.discard_staged(staged);
    }
}
