//! The manifest: the submission set first, then each of its documents with a digest.
//! Spec: DMP TD2.1, ITI TF-3: 5.5, W3C xmldsig-core §5.1.

use std::collections::BTreeSet;

use crate::security::signature::algorithm::{Canonicalizations, Hash, Sha1};
use crate::security::signature::reference::{canonicalization_of, digest_method};
use crate::security::signature::xades::rule::{self, Checked, Rule, refusal};
use crate::security::signature::xades::{MOST_DOCUMENTS, UNIQUE_ID_PREFIX};
use crate::security::signature::xmldsig::{base64_of, sequence, shown};
use crate::xml::canonical::Canonicalization;
use crate::xml::document::{Document, Node, child, is, plain_attribute, text_of_bytes};
use crate::xml::guard::Refused;
use crate::xml::limits::Limits;
use crate::xml::location::Location;
use crate::xml::namespace::DS;

/// What a signature says to have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    submission_set: String,
    documents: Vec<DocumentReference>,
}

impl Manifest {
    /// The uniqueId of the submission set.
    pub fn submission_set(&self) -> &str {
        &self.submission_set
    }

    /// The documents, in the order of the manifest, none twice.
    pub fn documents(&self) -> &[DocumentReference] {
        &self.documents
    }
}

/// One signed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentReference {
    unique_id: String,
    canonicalization: Option<Canonicalization>,
    hash: Hash,
    digest: Vec<u8>,
}

impl DocumentReference {
    /// The uniqueId of the document.
    pub fn unique_id(&self) -> &str {
        &self.unique_id
    }

    /// How the document was written before it was digested; its octets as they are when there is none.
    pub fn canonicalization(&self) -> Option<&Canonicalization> {
        self.canonicalization.as_ref()
    }

    /// The hash of the digest.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The digest that was signed.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The digest of an XML document in the canonical form that was signed; of its octets when none was.
    ///
    /// # Errors
    /// [`Refused`] when the document cannot be read as XML within the limits.
    pub fn digest_of(&self, document: &[u8], limits: &Limits) -> Result<Vec<u8>, Refused> {
        let Some(canonicalization) = &self.canonicalization else { return Ok(self.hash.digest(document)) };
        let tree = Document::parse(text_of_bytes(document)?, limits)?;
        Ok(self.hash.digest(&canonicalization.canonicalize_document(&tree)))
    }
}

/// Reads `ds:Manifest`.
pub(super) fn read(manifest: Node<'_, '_>, sha1: Sha1) -> Checked<Manifest> {
    let mut references = manifest.children().filter(Node::is_element);
    let broken = |rule: &'static Rule, node: Node<'_, '_>| rule.broken().at(Location::of(node).xpath);
    let set = references.next().ok_or_else(|| broken(&rule::MANIFEST_SET, manifest))?;
    // The digest of the set stands for nothing and is not looked at: a set is no sequence of octets.
    let submission_set = unique_id_of(set, &rule::MANIFEST_SET)?.to_owned();
    let mut documents = Vec::new();
    let mut seen = BTreeSet::new();
    for reference in references {
        let document = document_of(reference, sha1)?;
        if documents.len() == MOST_DOCUMENTS || !seen.insert(document.unique_id.clone()) {
            return Err(broken(&rule::MANIFEST_REPEATED, reference));
        }
        documents.push(document);
    }
    Ok(Manifest { submission_set, documents })
}

fn unique_id_of<'a>(reference: Node<'a, '_>, rule: &'static Rule) -> Checked<&'a str> {
    let uri = plain_attribute(reference, "URI").unwrap_or("");
    let unique_id = uri.strip_prefix(UNIQUE_ID_PREFIX).filter(|unique_id| !unique_id.is_empty());
    unique_id.filter(|_| is(reference, DS, "Reference")).ok_or_else(|| {
        let expected = format!("ds:Reference with URI=\"{UNIQUE_ID_PREFIX}…\"");
        rule.broken().at(Location::of(reference).xpath).expected(expected).found(shown(uri))
    })
}

fn document_of(reference: Node<'_, '_>, sha1: Sha1) -> Checked<DocumentReference> {
    let unique_id = unique_id_of(reference, &rule::MANIFEST_DOCUMENT)?.to_owned();
    let parts = Parts::of(reference, &rule::MANIFEST_DOCUMENT, sha1)?;
    Ok(DocumentReference {
        unique_id,
        canonicalization: parts.canonicalization,
        hash: parts.hash,
        digest: parts.digest,
    })
}

/// What every reference of the document says, whatever it refers to.
pub(super) struct Parts {
    /// The one transform, if there is one.
    pub(super) canonicalization: Option<Canonicalization>,
    pub(super) hash: Hash,
    pub(super) digest: Vec<u8>,
}

impl Parts {
    /// Reads `Transforms` (at most one, a canonicalisation), `DigestMethod` and `DigestValue`.
    pub(super) fn of(reference: Node<'_, '_>, shape: &'static Rule, sha1: Sha1) -> Checked<Self> {
        let refused = refusal(shape);
        let (canonicalization, method, value) = if let Some(transforms) = child(reference, DS, "Transforms") {
            let [_, method, value] =
                sequence(reference, ["Transforms", "DigestMethod", "DigestValue"]).map_err(&refused)?;
            (Some(transform_of(transforms)?), method, value)
        } else {
            let [method, value] = sequence(reference, ["DigestMethod", "DigestValue"]).map_err(&refused)?;
            (None, method, value)
        };
        let hash = digest_method(method, sha1).map_err(&refused)?;
        Ok(Self { canonicalization, hash, digest: base64_of(value).map_err(&refused)? })
    }
}

fn transform_of(transforms: Node<'_, '_>) -> Checked<Canonicalization> {
    let refused = |_| {
        let expected = Canonicalizations::All.expected();
        rule::TRANSFORMS.broken().at(Location::of(transforms).xpath).expected(expected)
    };
    let [transform] = sequence(transforms, ["Transform"]).map_err(refused)?;
    canonicalization_of(transform, Canonicalizations::All).map_err(refused)
}
