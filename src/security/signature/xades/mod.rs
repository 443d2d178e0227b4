//! The `XAdES` signature of a submission set: a document of its own that names the set and every document in it.
//!
//! [`verify`] is the only way to a [`verify::VerifiedSignature`]; [`issue`] makes a signature document. Which set a
//! signature belongs to, and whether the digests are those of its documents, is not decided here but in `dmp`.
//! Spec: DMP TD2.1 signature of the submission set, ITI TF-3: 5.5, ETSI TS 101 903, EN 319 132-1.

pub mod issue;
mod issuer_serial;
mod manifest;
mod properties;
mod property;
pub mod rule;
pub mod verify;

pub use self::manifest::{DocumentReference, Manifest};

use chrono::TimeDelta;

use crate::security::pki::chain::KeyUsageRule;
use crate::xml::limits::Limits;

/// What a deployment decides about signature documents.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether SHA-1 digests and signatures are taken.
    pub allow_sha1: bool,
    /// How far the clock of a signer may be ahead.
    pub clock_skew: TimeDelta,
    /// Which certificates may sign.
    pub key_usage: KeyUsageRule,
}

impl Default for Settings {
    fn default() -> Self {
        Self { allow_sha1: false, clock_skew: TimeDelta::minutes(5), key_usage: KeyUsageRule::SignatureOnly }
    }
}

/// Bytes of the largest signature document that is looked at: some thousand documents signed.
pub const MOST_BYTES: usize = 1 << 20;

/// How much XML a signature document may be. It is small and flat, so the bounds are tighter than those of messages.
fn limits() -> Limits {
    Limits {
        bytes: MOST_BYTES,
        depth: 64,
        attributes: 32,
        tag_bytes: 16 << 10,
        namespaces: 32,
        text_bytes: 64 << 10,
        nodes: 100_000,
    }
}

/// References of one `SignedInfo`: the manifest, the signed properties, and what a toolkit may add.
const MOST_REFERENCES: usize = 8;

/// References of one manifest.
const MOST_DOCUMENTS: usize = 10_000;

/// The ID of the manifest. Spec: ITI TF-3: 5.5.
const MANIFEST_ID: &str = "IHEManifest";

/// `Reference/@Type` of a manifest. Spec: W3C xmldsig-core §5.1.
const MANIFEST_TYPE: &str = "http://www.w3.org/2000/09/xmldsig#Manifest";

/// The policy that IHE names for detached signatures; the DMP has none of its own. Spec: ITI TF-3: 5.5.
const DETACHED_POLICY: &str = "urn:ihe:iti:dsg:detached:2014";

/// The purpose "source", which signatures of submission sets have. Spec: ASTM E1762, DMP TD2.1.
pub const PURPOSE: &str = "1.2.840.10065.1.12.1.14";

/// What stands before the uniqueId of the set and of a document in a manifest.
const UNIQUE_ID_PREFIX: &str = "urn:oid:";

/// The namespaces of the versions that are taken, and `Reference/@Type` of their signed properties.
const VERSIONS: [(&str, &str); 3] = [
    ("http://uri.etsi.org/01903/v1.1.1#", "http://uri.etsi.org/01903/v1.1.1#SignedProperties"),
    ("http://uri.etsi.org/01903/v1.2.2#", "http://uri.etsi.org/01903/v1.2.2#SignedProperties"),
    ("http://uri.etsi.org/01903/v1.3.2#", "http://uri.etsi.org/01903#SignedProperties"),
];

/// Whether a text may be an Id: the uniqueId of a document, or what toolkits draw. A fragment of it is no `XPointer`.
pub fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'^'))
}
