//! The algorithms that are taken: a list, with no way to add one from a message. HMAC is not in it.

use openssl::hash::MessageDigest;

/// Whether the old algorithms of the list are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sha1 {
    /// The default.
    Refused,
    /// For test set-ups that replay signatures of 2020.
    Taken,
}

/// The hash function under a signature or a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// Broken for collisions; taken only by setting.
    Sha1,
    /// The present one.
    Sha256,
}

/// RSA PKCS#1 v1.5 signatures by URI. Spec: W3C xmldsig-core §6.4.2, RFC 6931 §2.3.2.
const SIGNATURES: &[(&str, Hash)] = &[
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Hash::Sha256),
    ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", Hash::Sha1),
];

/// Digests by URI. Spec: W3C xmldsig-core §6.2.1, W3C xmlenc-core §5.7.2.
const DIGESTS: &[(&str, Hash)] = &[
    ("http://www.w3.org/2001/04/xmlenc#sha256", Hash::Sha256),
    ("http://www.w3.org/2000/09/xmldsig#sha1", Hash::Sha1),
];

/// Exclusive canonicalisation without comments: the only one an assertion uses.
pub const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that leaves the signature itself out.
pub const ENVELOPED_SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

impl Hash {
    /// The hash of a signature algorithm. `None` when it is not in the list or not allowed.
    pub fn of_signature(uri: &str, sha1: Sha1) -> Option<Self> {
        allowed(SIGNATURES, uri, sha1)
    }

    /// The hash of a digest algorithm. `None` when it is not in the list or not allowed.
    pub fn of_digest(uri: &str, sha1: Sha1) -> Option<Self> {
        allowed(DIGESTS, uri, sha1)
    }

    /// The URI of the RSA signature with this hash.
    pub fn signature_uri(self) -> &'static str {
        uri_of(SIGNATURES, self)
    }

    /// The URI of the digest with this hash.
    pub fn digest_uri(self) -> &'static str {
        uri_of(DIGESTS, self)
    }

    /// The hash of these bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => openssl::sha::sha1(bytes).to_vec(),
            Self::Sha256 => openssl::sha::sha256(bytes).to_vec(),
        }
    }

    pub(in crate::security::signature) fn message_digest(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
        }
    }
}

fn allowed(list: &[(&str, Hash)], uri: &str, sha1: Sha1) -> Option<Hash> {
    let known = list.iter().find(|(known, _)| *known == uri).map(|(_, hash)| *hash);
    known.filter(|hash| *hash != Hash::Sha1 || sha1 == Sha1::Taken)
}

fn uri_of(list: &'static [(&'static str, Hash)], wanted: Hash) -> &'static str {
    list.iter().find(|(_, hash)| *hash == wanted).map_or("", |(uri, _)| uri)
}

/// The URIs that a setting takes, for the text of a refusal.
pub fn expected_signatures(sha1: Sha1) -> String {
    listed(SIGNATURES, sha1)
}

/// The URIs that a setting takes, for the text of a refusal.
pub fn expected_digests(sha1: Sha1) -> String {
    listed(DIGESTS, sha1)
}

fn listed(list: &[(&str, Hash)], sha1: Sha1) -> String {
    let taken = list.iter().filter(|(_, hash)| *hash != Hash::Sha1 || sha1 == Sha1::Taken);
    taken.map(|(uri, _)| *uri).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Hash, Sha1};

    #[test]
    fn sha1_is_taken_only_by_setting_and_hmac_never() {
        for (uri, refused, taken) in [
            ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Some(Hash::Sha256), Some(Hash::Sha256)),
            ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", None, Some(Hash::Sha1)),
            ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", None, None),
            ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", None, None),
            ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", None, None),
            ("", None, None),
        ] {
            assert_eq!(Hash::of_signature(uri, Sha1::Refused), refused, "{uri}");
            assert_eq!(Hash::of_signature(uri, Sha1::Taken), taken, "{uri}");
        }
        assert_eq!(Hash::of_digest("http://www.w3.org/2000/09/xmldsig#sha1", Sha1::Refused), None);
        assert_eq!(Hash::of_digest(Hash::Sha256.digest_uri(), Sha1::Refused), Some(Hash::Sha256));
    }
}
