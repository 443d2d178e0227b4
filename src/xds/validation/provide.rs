//! The repository's part of ITI-41: documents and their entries. Spec: ITI TF-2: 3.41.4.1.3.
//!
//! It runs before the registry's rules and before symbolic ids are resolved, since a document names its entry by the
//! id that was sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::datatype::hash::Sha1;
use crate::datatype::unique_id::RepositoryUniqueId;
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::metadata::attribute::{Carrier, entry};
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::submission::Submission;
use crate::xds::rule::{Rule, rules};

/// A document as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvidedDocument {
    /// `Document/@id`.
    pub id: String,
    /// Computed over its bytes.
    pub hash: Sha1,
    /// The number of its bytes.
    pub size: u64,
}

rules! {
    MISSING_DOCUMENT = Rule::new("PROVIDE-DOCUMENT", ErrorCode::MissingDocument,
        "each entry of the message has its Document", "ITI TF-2: 3.41.4.1.3");
    MISSING_METADATA = Rule::new("PROVIDE-METADATA", ErrorCode::MissingDocumentMetadata,
        "each Document of the message has its entry", "ITI TF-2: 3.41.4.1.3");
    ID_ONCE = Rule::new("PROVIDE-ID-ONCE", ErrorCode::RepositoryMetadataError,
        "a Document/@id stands once in the message", "ITI TF-2: 3.41.4.1.2");
    ID_CASE = Rule::new("PROVIDE-ID-CASE", ErrorCode::RepositoryMetadataError,
        "Document/@id is written like the id of its entry, in upper and lower case", "ITI TF-2: 3.41.4.1.2").warning();
    HASH = Rule::new("PROVIDE-HASH", ErrorCode::RepositoryMetadataError,
        "a hash that is sent is the SHA-1 of the document", "ITI TF-2: 3.41.4.1.3");
    SIZE = Rule::new("PROVIDE-SIZE", ErrorCode::RepositoryMetadataError,
        "a size that is sent is the number of bytes of the document", "ITI TF-2: 3.41.4.1.3");
}

/// Which document belongs to which entry: for each entry of the submission, the index of its document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pairing {
    /// In the order of `Submission::entries`.
    pub document_of_entry: Vec<Option<usize>>,
}

/// Pairs documents with entries, compares hash and size with what was computed, and fills in hash, size and
/// repositoryUniqueId: the one that was sent if it is among `others`, else `repository`.
pub fn provide(
    submission: &mut Submission,
    documents: &[ProvidedDocument],
    repository: &RepositoryUniqueId,
    others: &[RepositoryUniqueId],
) -> (Pairing, Vec<Finding>) {
    let mut findings = Vec::new();
    let pairing = pair(submission, documents, &mut findings);
    for (entry, document) in submission.entries.iter_mut().zip(&pairing.document_of_entry) {
        if let Some(document) = document.and_then(|at| documents.get(at)) {
            compare(entry, document, &mut findings);
            let sent = entry.repository_unique_id.as_ref();
            let meant = others.iter().find(|other| sent == Some(*other)).unwrap_or(repository);
            fill_in(entry, document, meant);
        }
    }
    // What refuses comes first, so that shortening never turns a refusal into a success.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.truncate(KEPT);
    (pairing, findings)
}

/// Findings that are kept.
const KEPT: usize = 200;

fn finding(rule: &'static Rule, object: &str, context: impl Into<String>) -> Finding {
    Finding::of(rule, context).on(object)
}

fn pair(submission: &Submission, documents: &[ProvidedDocument], findings: &mut Vec<Finding>) -> Pairing {
    let mut exact: BTreeMap<&str, usize> = BTreeMap::new();
    let mut folded: BTreeMap<String, usize> = BTreeMap::new();
    for (at, document) in documents.iter().enumerate() {
        let mut first = true;
        exact.entry(document.id.as_str()).and_modify(|_| first = false).or_insert(at);
        if !first {
            findings.push(finding(&ID_ONCE, &document.id, "two Documents have this @id"));
        }
        folded.entry(document.id.to_lowercase()).or_insert(at);
    }
    // Whoever has a document by the exact id keeps it: the tolerance must not give it to a second entry.
    let named: BTreeSet<&str> = submission.entries.iter().map(|entry| entry.id.as_str()).collect();
    let mut used = vec![false; documents.len()];
    let mut document_of_entry = Vec::with_capacity(submission.entries.len());
    for entry in &submission.entries {
        let id = entry.id.as_str();
        let found = exact.get(id).copied().or_else(|| {
            let at = folded.get(&id.to_lowercase()).copied()?;
            let taken = documents.get(at).is_none_or(|document| named.contains(document.id.as_str()));
            let free = !taken && used.get(at) == Some(&false);
            if free {
                let context = "Document/@id differs from the id of its entry in upper and lower case";
                findings.push(finding(&ID_CASE, id, context));
            }
            Some(at).filter(|_| free)
        });
        match found.and_then(|at| used.get_mut(at)) {
            Some(mark) => *mark = true,
            None => findings.push(finding(&MISSING_DOCUMENT, id, format!("no Document has the id {id}"))),
        }
        document_of_entry.push(found);
    }
    let unreadable: BTreeSet<&str> = submission.unreadable.iter().map(String::as_str).collect();
    for (at, (document, used)) in documents.iter().zip(used).enumerate() {
        // A second one of the same id was told already.
        let first = exact.get(document.id.as_str()) == Some(&at);
        if first && !used && !unreadable.contains(document.id.as_str()) {
            let context = format!("Document {} has no ExtrinsicObject", document.id);
            findings.push(finding(&MISSING_METADATA, &document.id, context));
        }
    }
    Pairing { document_of_entry }
}

fn compare(entry: &DocumentEntry, document: &ProvidedDocument, findings: &mut Vec<Finding>) {
    let id = entry.id.as_str();
    if let Some(hash) = entry.hash
        && hash != document.hash
    {
        let context = format!("hash sent {hash}, computed {}", document.hash);
        findings.push(finding(&HASH, id, context).about("hash"));
    }
    if let Some(size) = entry.size
        && size != document.size
    {
        let context = format!("size sent {size}, computed {}", document.size);
        findings.push(finding(&SIZE, id, context).about("size"));
    }
}

fn fill_in(entry: &mut DocumentEntry, document: &ProvidedDocument, repository: &RepositoryUniqueId) {
    let values = [
        (&entry::HASH, document.hash.to_string()),
        (&entry::SIZE, document.size.to_string()),
        (&entry::REPOSITORY_UNIQUE_ID, repository.as_str().to_owned()),
    ];
    for (row, value) in values {
        if let Carrier::Slot(name) = row.carrier {
            entry.object.set_slot(name, value);
        }
    }
    entry.hash = Some(document.hash);
    entry.size = Some(document.size);
    entry.repository_unique_id = Some(repository.clone());
}
