//! The algorithms that are taken: a list, with no way to add one from a message. HMAC is not in it.

use openssl::hash::MessageDigest;
use openssl::sha;

use crate::xml::canonical::{Algorithm, Canonicalization};

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
/// Inclusive canonicalisation with comments: what signatures of submission sets use.
pub const INCLUSIVE_C14N_WITH_COMMENTS: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
/// The transform that leaves the signature itself out.
pub const ENVELOPED_SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Which canonicalisations are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canonicalizations {
    /// The exclusive one without comments: assertions.
    Exclusive,
    /// The four of version 1.0: signatures of submission sets.
    All,
}

/// Canonicalisations by URI. Spec: W3C xmldsig-core §6.5, W3C xml-exc-c14n §4.
const CANONICALIZATIONS: &[(&str, Algorithm, Comments)] = &[
    (EXCLUSIVE_C14N, Algorithm::Exclusive, Comments::Dropped),
    ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", Algorithm::Exclusive, Comments::Kept),
    ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", Algorithm::Inclusive, Comments::Dropped),
    (INCLUSIVE_C14N_WITH_COMMENTS, Algorithm::Inclusive, Comments::Kept),
];

#[derive(Clone, Copy, PartialEq)]
enum Comments {
    Kept,
    Dropped,
}

impl Canonicalizations {
    /// The canonicalisation of a URI, without prefix list. `None` when it is not taken.
    pub fn of(self, uri: &str) -> Option<Canonicalization> {
        let (_, algorithm, comments) = self.taken().find(|(known, ..)| *known == uri)?;
        let with_comments = *comments == Comments::Kept;
        Some(Canonicalization { algorithm: *algorithm, with_comments, inclusive_prefixes: Vec::new() })
    }

    /// The URIs that are taken, for the text of a refusal.
    pub fn expected(self) -> String {
        self.taken().map(|(uri, ..)| *uri).collect::<Vec<_>>().join(", ")
    }

    fn taken(self) -> impl Iterator<Item = &'static (&'static str, Algorithm, Comments)> {
        CANONICALIZATIONS.iter().take(if self == Self::Exclusive { 1 } else { CANONICALIZATIONS.len() })
    }
}

/// A digest in the making, for what is read piece by piece.
pub struct Digest(Hasher);

enum Hasher {
    Sha1(sha::Sha1),
    Sha256(sha::Sha256),
}

impl Digest {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Hasher::Sha1(hasher) => hasher.update(bytes),
            Hasher::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of everything that was taken.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            Hasher::Sha1(hasher) => hasher.finish().to_vec(),
            Hasher::Sha256(hasher) => hasher.finish().to_vec(),
        }
    }
}

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
            Self::Sha1 => sha::sha1(bytes).to_vec(),
            Self::Sha256 => sha::sha256(bytes).to_vec(),
        }
    }

    /// The same for bytes that come in pieces.
    pub fn start(self) -> Digest {
        Digest(match self {
            Self::Sha1 => Hasher::Sha1(sha::Sha1::new()),
            Self::Sha256 => Hasher::Sha256(sha::Sha256::new()),
        })
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
    use super::{Canonicalizations, EXCLUSIVE_C14N, Hash, INCLUSIVE_C14N_WITH_COMMENTS, Sha1};

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
    #[test]
    fn an_assertion_takes_one_canonicalisation_and_a_submission_set_four() {
        assert!(Canonicalizations::Exclusive.of(EXCLUSIVE_C14N).is_some());
        assert!(Canonicalizations::Exclusive.of(INCLUSIVE_C14N_WITH_COMMENTS).is_none());
        assert!(Canonicalizations::All.of(INCLUSIVE_C14N_WITH_COMMENTS).is_some_and(|found| found.with_comments));
        assert!(Canonicalizations::All.of("http://www.w3.org/2006/12/xml-c14n11").is_none());
        assert_eq!(Canonicalizations::Exclusive.expected(), EXCLUSIVE_C14N);
    }

    #[test]
    fn bytes_in_pieces_have_the_digest_of_the_whole() {
        for hash in [Hash::Sha1, Hash::Sha256] {
            let mut digest = hash.start();
            for piece in [b"one ".as_slice(), b"", b"two"] {
                digest.update(piece);
            }
            assert_eq!(digest.finish(), hash.digest(b"one two"));
        }
    }
}
