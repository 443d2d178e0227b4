//! What the manifest says, against the set that came. Spec: DMP TD2.1, ITI TF-3: 5.5.

use std::collections::{BTreeMap, BTreeSet};

use crate::dmp::submission_signature::rule::{CANONICAL, COVERS, DIGEST, SET, STRANGER};
use crate::security::signature::xades::DocumentReference;
use crate::security::signature::xades::verify::VerifiedSignature;
use crate::xds::error::Finding;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::submission::Submission;

/// A document of the set with what was signed of it.
#[derive(Debug)]
pub struct Signed<'s> {
    /// Its entry.
    pub entry: &'s DocumentEntry,
    /// Its line of the manifest.
    pub reference: &'s DocumentReference,
}

/// What became of the attempt to digest a document as its signer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digested {
    /// The digest.
    As(Vec<u8>),
    /// A canonical form was signed, and the document is no XML.
    NotXml,
    /// A canonical form was signed, and the document is larger than what is read as a tree.
    TooLarge,
}

/// Findings that are told of one kind.
const TOLD: usize = 10;

/// Compares the identifiers of the manifest with those of the set; gives the documents whose digest is to be compared.
pub fn coverage<'s>(
    signature: &DocumentEntry,
    submission: &'s Submission,
    verified: &'s VerifiedSignature,
) -> (Vec<Finding>, Vec<Signed<'s>>) {
    let manifest = verified.manifest();
    let mut findings = Vec::new();
    let set = submission.submission_set.unique_id.as_str();
    if manifest.submission_set() != set {
        findings.push(SET.broken(
            signature,
            format_args!("the manifest names the set {}, the submission is {set}", shown(manifest.submission_set())),
        ));
    }
    let documents = manifest.documents();
    let named: BTreeMap<&str, &DocumentReference> =
        documents.iter().map(|reference| (reference.unique_id(), reference)).collect();
    let of_set = || submission.entries.iter().filter(|entry| !entry.is_signature());
    let missing = of_set().filter(|entry| !named.contains_key(entry.unique_id.as_str()));
    findings.extend(missing.take(TOLD).map(|entry| COVERS.broken(entry, "the manifest does not name this document")));
    let known: BTreeSet<&str> = of_set().map(|entry| entry.unique_id.as_str()).collect();
    let strangers = documents.iter().filter(|reference| !known.contains(reference.unique_id()));
    findings.extend(strangers.take(TOLD).map(|reference| {
        let context = format!("the manifest names {}, which is no document of the set", shown(reference.unique_id()));
        STRANGER.broken(signature, context)
    }));
    let signed =
        of_set().filter_map(|entry| named.get(entry.unique_id.as_str()).map(|reference| Signed { entry, reference }));
    (findings, signed.collect())
}

/// Compares what was signed of a document with what came.
pub fn compare(signed: &Signed<'_>, digested: &Digested) -> Option<Finding> {
    match digested {
        Digested::As(digest) if digest == signed.reference.digest() => None,
        Digested::As(_) => {
            let form = if signed.reference.canonicalization().is_some() { "canonical form" } else { "octets" };
            let context = format!("the digest of the manifest is not that of the {form} of this document");
            Some(DIGEST.broken(signed.entry, context))
        }
        Digested::NotXml => {
            Some(CANONICAL.broken(signed.entry, "the manifest has a canonical form of this document, which is no XML"))
        }
        Digested::TooLarge => Some(
            CANONICAL.broken(signed.entry, "the manifest has a canonical form of this document, which is too large"),
        ),
    }
}

/// What may be said back of an identifier that a stranger sent: its beginning.
fn shown(text: &str) -> String {
    text.chars().take(128).collect()
}
