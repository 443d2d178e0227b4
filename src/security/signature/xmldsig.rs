//! An enveloped signature, read strictly and verified over the very node that it stands in; and made.
//!
//! `KeyInfo` only says which certificate to look at. Whether that certificate counts is decided elsewhere.
//! Spec: W3C xmldsig-core §3.2, DMP TD0.1 signature profile.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::sign::{Signer, Verifier};

use crate::security::pki::certificate::{Certificate, PrivateKey, Unreadable};
use crate::security::signature::algorithm::{
    Canonicalizations, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N, Hash, Sha1, expected_signatures,
};
use crate::security::signature::reference::{Reference, canonicalization_of};
use crate::xml::canonical::Canonicalization;
use crate::xml::document::{Document, Node, child, is, plain_attribute, plain_text};
use crate::xml::guard::Refused;
use crate::xml::limits::Limits;
use crate::xml::location::Location;
use crate::xml::namespace::{DS, SAML2};

/// Why a signature was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not the one legal shape.
    #[error("{location}: expected {expected}")]
    Shape {
        /// Where.
        location: Location,
        /// What should stand there.
        expected: String,
    },
    /// An algorithm that is not in the list, or not allowed by setting.
    #[error("{location}: algorithm {found} is not taken, expected {expected}")]
    Algorithm {
        /// Where.
        location: Location,
        /// The algorithms of the list.
        expected: String,
        /// The one that was sent.
        found: String,
    },
    /// The reference points elsewhere than to the element around the signature.
    #[error("{location}: reference to {found}, expected {expected}")]
    Reference {
        /// Where.
        location: Location,
        /// The URI that covers the element.
        expected: String,
        /// The one that was sent.
        found: String,
    },
    /// Other transforms than the two.
    #[error("{location}: expected the transforms enveloped-signature then exclusive canonicalisation")]
    Transforms {
        /// Where.
        location: Location,
    },
    /// The element is not the one that was signed.
    #[error("the digest of the signed element is not the one of the signature")]
    Digest,
    /// The signature was not made with the key of its certificate.
    #[error("the signature value does not match the certificate")]
    Value,
}

/// A signature of the legal shape, not yet verified.
pub struct Enveloped<'a, 'i> {
    signed: Node<'a, 'i>,
    signature: Node<'a, 'i>,
    signed_info: Node<'a, 'i>,
    canonicalization: Canonicalization,
    hash: Hash,
    reference: Reference,
    value: Vec<u8>,
    certificate: Vec<u8>,
}

impl<'a, 'i> Enveloped<'a, 'i> {
    /// Reads the signature among the children of `signed`, whose ID the caller has read from `signed` itself.
    /// `None` when there is none.
    ///
    /// # Errors
    /// The first deviation from the one legal shape.
    pub fn read(signed: Node<'a, 'i>, id: &str, sha1: Sha1) -> Result<Option<Self>, SignatureError> {
        let mut signatures = signed.descendants().filter(|node| is(*node, DS, "Signature"));
        let Some(signature) = signatures.next() else { return Ok(None) };
        if signature.parent() != Some(signed) || signatures.next().is_some() {
            let expected = "one ds:Signature, child of the signed element".to_owned();
            return Err(SignatureError::Shape { location: Location::of(signature), expected });
        }
        let [signed_info, value, key_info] = sequence(signature, ["SignedInfo", "SignatureValue", "KeyInfo"])?;
        let [canonicalization, method, reference] =
            sequence(signed_info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
        let hash = signature_method(method, sha1)?;
        Ok(Some(Self {
            signed,
            signature,
            signed_info,
            canonicalization: canonicalization_of(canonicalization, Canonicalizations::Exclusive)?,
            hash,
            reference: Reference::read(reference, id, sha1)?,
            value: base64_of(value)?,
            certificate: certificate_of(key_info)?,
        }))
    }

    /// The bytes that the signature claims to cover: the signed element without the signature.
    pub fn covered(&self) -> Vec<u8> {
        self.reference.canonicalization.canonicalize(self.signed, Some(self.signature))
    }

    /// The certificate that the signer says to have used, in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The signature element.
    pub fn node(&self) -> Node<'a, 'i> {
        self.signature
    }

    /// Verifies that `covered` is what was signed and that the key of the certificate signed it.
    ///
    /// # Errors
    /// [`SignatureError::Digest`] or [`SignatureError::Value`].
    pub fn verify(&self, covered: &[u8], certificate: &Certificate) -> Result<(), SignatureError> {
        if self.reference.hash.digest(covered) != self.reference.digest {
            return Err(SignatureError::Digest);
        }
        let signed_info = self.canonicalization.canonicalize(self.signed_info, None);
        if has_signed(certificate, self.hash, &signed_info, &self.value) { Ok(()) } else { Err(SignatureError::Value) }
    }
}

/// The hash of a `SignatureMethod`.
pub(in crate::security::signature) fn signature_method(
    method: Node<'_, '_>,
    sha1: Sha1,
) -> Result<Hash, SignatureError> {
    let uri = plain_attribute(method, "Algorithm").unwrap_or("");
    let hash = Hash::of_signature(uri, sha1).ok_or_else(|| SignatureError::Algorithm {
        location: Location::of(method),
        expected: expected_signatures(sha1),
        found: shown(uri),
    })?;
    refuse_children(method)?;
    Ok(hash)
}

/// Whether the key of the certificate made this signature of the bytes.
pub(in crate::security::signature) fn has_signed(
    certificate: &Certificate,
    hash: Hash,
    bytes: &[u8],
    value: &[u8],
) -> bool {
    let key = certificate.key();
    // The algorithms of the list are RSA; openssl would otherwise follow the kind of the key.
    // And a stranger's key may not be so long that looking at it costs.
    let is_taken = key.id() == openssl::pkey::Id::RSA && key.bits() <= LONGEST_KEY;
    is_taken && verify(key, hash, bytes, value).unwrap_or(false)
}

/// The signature of the bytes, in base64.
pub(in crate::security::signature) fn signature_of(
    key: &PrivateKey,
    hash: Hash,
    bytes: &[u8],
) -> Result<String, ErrorStack> {
    Ok(STANDARD.encode(Signer::new(hash.message_digest(), key.key())?.sign_oneshot_to_vec(bytes)?))
}

/// Bits of the longest RSA key whose signature is looked at.
const LONGEST_KEY: u32 = 8192;

fn verify(
    key: &openssl::pkey::PKeyRef<openssl::pkey::Public>,
    hash: Hash,
    bytes: &[u8],
    value: &[u8],
) -> Result<bool, ErrorStack> {
    Verifier::new(hash.message_digest(), key)?.verify_oneshot(value, bytes)
}

/// The child elements of a node, which must be exactly these of the signature namespace, in this order.
pub(in crate::security::signature) fn sequence<'a, 'i, const N: usize>(
    parent: Node<'a, 'i>,
    names: [&'static str; N],
) -> Result<[Node<'a, 'i>; N], SignatureError> {
    let children: Vec<_> = parent.children().filter(Node::is_element).collect();
    let right = children.len() == N && children.iter().zip(names).all(|(child, name)| is(*child, DS, name));
    let text = parent.children().any(|child| child.is_text() && !child.text().unwrap_or("").trim().is_empty());
    children.try_into().ok().filter(|_| right && !text).ok_or_else(|| SignatureError::Shape {
        location: Location::of(parent),
        expected: names.map(|name| format!("ds:{name}")).join(", "),
    })
}

/// Refuses parameters of an algorithm, such as a truncation of its output.
pub(in crate::security::signature) fn refuse_children(method: Node<'_, '_>) -> Result<(), SignatureError> {
    if method.children().any(|child| child.is_element()) {
        let location = Location::of(method);
        return Err(SignatureError::Shape { location, expected: "an algorithm without parameters".to_owned() });
    }
    Ok(())
}

/// What may be said back of a value that a stranger sent: its beginning.
pub(in crate::security::signature) fn shown(text: &str) -> String {
    text.chars().take(120).collect()
}

pub(in crate::security::signature) fn base64_of(element: Node<'_, '_>) -> Result<Vec<u8>, SignatureError> {
    let text = plain_text(element).unwrap_or("");
    // One line, as most clients send it, is decoded where it stands; broken lines are joined first.
    let decoded = STANDARD.decode(text).or_else(|_| {
        let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(compact)
    });
    decoded
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .ok_or_else(|| SignatureError::Shape { location: Location::of(element), expected: "base64".to_owned() })
}

/// The only `X509Certificate` of `KeyInfo`. Key values, names and further hints are not read.
pub(in crate::security::signature) fn certificate_of(key_info: Node<'_, '_>) -> Result<Vec<u8>, SignatureError> {
    let mut certificates = key_info.descendants().filter(|node| is(*node, DS, "X509Certificate"));
    match (certificates.next(), certificates.next()) {
        (Some(certificate), None) => base64_of(certificate),
        _ => Err(SignatureError::Shape {
            location: Location::of(key_info),
            expected: "ds:X509Data with exactly one ds:X509Certificate".to_owned(),
        }),
    }
}

/// Why an assertion could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The text to sign was refused.
    #[error("the text to sign: {0}")]
    Text(#[from] Refused),
    /// The text to sign has no `Issuer`, after which the signature stands.
    #[error("the text to sign has no Issuer")]
    NoIssuer,
    /// The certificate cannot be written.
    #[error(transparent)]
    Certificate(#[from] Unreadable),
    /// The key refused.
    #[error("the key did not sign: {0}")]
    Key(#[from] ErrorStack),
}

/// Signs the assertion `text`, whose root has this ID, and puts the signature after its `Issuer`.
///
/// # Errors
/// [`SigningError`].
pub fn sign(
    text: &str,
    id: &str,
    hash: Hash,
    key: &PrivateKey,
    certificate: &Certificate,
) -> Result<String, SigningError> {
    let document = Document::parse(text, &Limits::default())?;
    let place = child(document.root(), SAML2, "Issuer").ok_or(SigningError::NoIssuer)?.range().end;
    let covered = Canonicalization::exclusive().canonicalize(document.root(), None);
    let digest = STANDARD.encode(hash.digest(&covered));
    // Written as its own canonical form, but for the declaration that it inherits from `ds:Signature`.
    let content = format!(
        "<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE_C14N}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{ENVELOPED_SIGNATURE}\"></ds:Transform>\
         <ds:Transform Algorithm=\"{EXCLUSIVE_C14N}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>\
         </ds:SignedInfo>",
        hash.signature_uri(),
        hash.digest_uri(),
    );
    let signed_info = format!("<ds:SignedInfo xmlns:ds=\"{DS}\">{content}");
    let value = signature_of(key, hash, signed_info.as_bytes())?;
    let leaf = STANDARD.encode(certificate.to_der()?);
    let signature = format!(
        "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo>{content}<ds:SignatureValue>{value}</ds:SignatureValue>\
         <ds:KeyInfo><ds:X509Data><ds:X509Certificate>{leaf}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
         </ds:Signature>"
    );
    let (before, after) = text.split_at_checked(place).ok_or(SigningError::NoIssuer)?;
    Ok(format!("{before}{signature}{after}"))
}
