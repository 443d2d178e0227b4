//! The one reference of an enveloped signature: the element around it, two transforms, a digest.
//! Spec: W3C xmldsig-core §4.4.3, DMP TD0.1 signature profile.

use crate::security::signature::algorithm::{Canonicalizations, ENVELOPED_SIGNATURE, Hash, Sha1, expected_digests};
use crate::security::signature::xmldsig::{SignatureError, base64_of, refuse_children, sequence, shown};
use crate::xml::canonical::{Algorithm, Canonicalization};
use crate::xml::document::{Node, is, plain_attribute};
use crate::xml::location::Location;
use crate::xml::namespace::EXC_C14N;

/// What the signature says about the signed element.
#[derive(Debug)]
pub(in crate::security::signature) struct Reference {
    /// How the element is written as bytes, once the signature is taken out.
    pub(in crate::security::signature) canonicalization: Canonicalization,
    pub(in crate::security::signature) hash: Hash,
    pub(in crate::security::signature) digest: Vec<u8>,
}

impl Reference {
    /// Reads `Reference`, which must point to the element of that ID.
    pub(in crate::security::signature) fn read(
        reference: Node<'_, '_>,
        id: &str,
        sha1: Sha1,
    ) -> Result<Self, SignatureError> {
        // The URI is compared, never resolved: it cannot name another element, file or host.
        let uri = plain_attribute(reference, "URI").unwrap_or("");
        if uri.strip_prefix('#') != Some(id) {
            let location = Location::of(reference);
            return Err(SignatureError::Reference { location, expected: format!("URI=\"#{id}\""), found: shown(uri) });
        }
        let [transforms, method, value] = sequence(reference, ["Transforms", "DigestMethod", "DigestValue"])?;
        let hash = digest_method(method, sha1)?;
        Ok(Self { canonicalization: transforms_of(transforms)?, hash, digest: base64_of(value)? })
    }
}

/// The hash of a `DigestMethod`.
pub(in crate::security::signature) fn digest_method(method: Node<'_, '_>, sha1: Sha1) -> Result<Hash, SignatureError> {
    let uri = plain_attribute(method, "Algorithm").unwrap_or("");
    let hash = Hash::of_digest(uri, sha1).ok_or_else(|| SignatureError::Algorithm {
        location: Location::of(method),
        expected: expected_digests(sha1),
        found: shown(uri),
    })?;
    refuse_children(method)?;
    Ok(hash)
}

/// Exactly two transforms, in this order: without the signature, then exclusive canonicalisation.
fn transforms_of(transforms: Node<'_, '_>) -> Result<Canonicalization, SignatureError> {
    let refused = || SignatureError::Transforms { location: Location::of(transforms) };
    let [enveloped, canonical] = sequence(transforms, ["Transform", "Transform"]).map_err(|_| refused())?;
    let is_enveloped = plain_attribute(enveloped, "Algorithm") == Some(ENVELOPED_SIGNATURE);
    if !is_enveloped || enveloped.children().any(|child| child.is_element()) {
        return Err(refused());
    }
    canonicalization_of(canonical, Canonicalizations::Exclusive).map_err(|_| refused())
}

/// Reads a `Transform` or `CanonicalizationMethod`: a canonicalisation, the exclusive ones with or without prefix list.
pub(in crate::security::signature) fn canonicalization_of(
    method: Node<'_, '_>,
    taken: Canonicalizations,
) -> Result<Canonicalization, SignatureError> {
    let uri = plain_attribute(method, "Algorithm").unwrap_or("");
    let canonicalization = taken.of(uri).ok_or_else(|| SignatureError::Algorithm {
        location: Location::of(method),
        expected: taken.expected(),
        found: shown(uri),
    })?;
    if canonicalization.algorithm == Algorithm::Inclusive {
        refuse_children(method)?;
        return Ok(canonicalization);
    }
    let mut parameters = method.children().filter(Node::is_element);
    let list = parameters.next();
    let legal = list.is_none_or(|list| is(list, EXC_C14N, "InclusiveNamespaces")) && parameters.next().is_none();
    if !legal {
        let location = Location::of(method);
        return Err(SignatureError::Shape { location, expected: "at most one ec:InclusiveNamespaces".to_owned() });
    }
    let listed = list.and_then(|list| plain_attribute(list, "PrefixList")).unwrap_or("");
    let inclusive_prefixes = listed.split_ascii_whitespace().map(str::to_owned).collect();
    Ok(Canonicalization { inclusive_prefixes, ..canonicalization })
}
