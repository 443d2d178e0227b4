//! The rules of a signature document, one row each, in both languages, in the order of the checks.
//!
//! `{}` stands for the name of the element or for the reason. Spec: DMP TD2.1 signature of the submission set.

use crate::security::signature::xmldsig::SignatureError;

/// One check.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable identifier, quoted in answers, tests and documentation.
    pub id: &'static str,
    /// How to mend it, in French.
    pub fr: &'static str,
    /// How to mend it, in English.
    pub en: &'static str,
    /// The paragraph that demands it.
    pub spec: &'static str,
}

/// Declares the rules as constants and as the table of all of them.
///
/// A macro because each rule is named where it is checked and listed where all are: once written, never forgotten.
macro_rules! rules {
    ($($name:ident = $id:literal $spec:literal $fr:literal / $en:literal;)*) => {
        $(pub(in crate::security::signature::xades) static $name: Rule =
            Rule { id: $id, fr: $fr, en: $en, spec: $spec };)*

        /// Every rule, in the order of the checks.
        pub const RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    READABLE = "XADES-DOC-01" "W3C xmldsig-core §3.2.2"
        "La signature doit être un XML 1.0 bien formé, en UTF-8, sans DOCTYPE, d'au plus 1 Mio"
        / "The signature must be well-formed XML 1.0 in UTF-8, without DOCTYPE, of at most 1 MiB";
    ROOT = "XADES-DOC-02" "DMP TD2.1, signature"
        "La racine doit être ds:Signature, avec un attribut Id"
        / "The root must be ds:Signature, with an Id";
    ONE_SIGNATURE = "XADES-DOC-03" "DMP TD2.1, signature"
        "Le document ne doit contenir qu'une seule ds:Signature"
        / "The document must hold one ds:Signature only";
    UNIQUE_ID = "XADES-DOC-04" "W3C xmldsig-core §4.4.3.2"
        "Un identifiant ne doit désigner qu'un seul élément du document"
        / "An Id must name one element of the document only";
    SHAPE = "XADES-DOC-05" "W3C xmldsig-core §4"
        "La signature doit avoir la forme SignedInfo, SignatureValue, KeyInfo avec un certificat, puis des Object"
        / "The signature must be SignedInfo, SignatureValue, KeyInfo with one certificate, then Objects";
    ALGORITHM = "XADES-ALG-01" "W3C xmldsig-core §6"
        "Algorithme refusé : utiliser rsa-sha256 et SHA-256 (SHA-1 seulement si signature.allow_sha1)"
        / "Algorithm refused: use rsa-sha256 and SHA-256 (SHA-1 only with signature.allow_sha1)";
    SIGNATURE_VALUE = "XADES-SIG-01" "W3C xmldsig-core §3.2.2"
        "SignatureValue doit être la signature de SignedInfo par la clé du certificat joint"
        / "SignatureValue must be the signature of SignedInfo by the key of its certificate";
    CERTIFICATE = "XADES-CRT-01" "RFC 5280 §4"
        "Le certificat de KeyInfo doit être un certificat X.509 lisible"
        / "The certificate of KeyInfo must be a readable X.509 certificate";
    CERTIFICATE_CHAIN = "XADES-CRT-02" "RFC 5280 §6"
        "Le certificat du signataire doit venir d'une autorité reconnue"
        / "The certificate of the signer must come from a trusted authority";
    CERTIFICATE_HOLDER = "XADES-CRT-03" "DMP TD2.1, signature"
        "Le certificat du signataire doit être celui d'une personne ou d'une structure"
        / "The certificate of the signer must be that of a person or of a structure";
    CERTIFICATE_DATES = "XADES-CRT-04" "RFC 5280 §6.1.3"
        "Le certificat du signataire doit être en cours de validité"
        / "The certificate of the signer must be within its validity";
    CERTIFICATE_REVOKED = "XADES-CRT-05" "RFC 5280 §6.3"
        "Le certificat du signataire ne doit pas être révoqué"
        / "The certificate of the signer must not be revoked";
    CERTIFICATE_LIST = "XADES-CRT-06" "RFC 5280 §6.3"
        "La liste de révocation de l'autorité du signataire est absente ou périmée : prévenir l'exploitant"
        / "The revocation list of the signer's authority is missing or too old: tell the operator";
    CERTIFICATE_USAGE = "XADES-CRT-07" "RFC 5280 §4.2.1.3"
        "Le certificat du signataire doit être un certificat de signature"
        / "The certificate of the signer must be a signature certificate";
    REFERENCE = "XADES-REF-01" "W3C xmldsig-core §4.4.3.1"
        "Une référence de SignedInfo doit désigner par #Id un élément des Object ou du KeyInfo, et rien d'extérieur"
        / "A reference of SignedInfo must name an element of the Objects or of the KeyInfo by #Id, and nothing outside";
    REFERENCE_NUMBER = "XADES-REF-02" "W3C xmldsig-core §4.4"
        "SignedInfo doit porter de deux à huit références, chacune vers un autre élément"
        / "SignedInfo must hold two to eight references, each to another element";
    TRANSFORMS = "XADES-REF-03" "W3C xmldsig-core §4.4.3.4"
        "Une référence doit porter au plus une transformation, et ce doit être une canonicalisation"
        / "A reference must have one transform at most, and that must be a canonicalisation";
    DIGEST = "XADES-REF-04" "W3C xmldsig-core §3.2.1"
        "Le condensat d'une référence n'est pas celui de l'élément : il a été modifié après signature"
        / "The digest of a reference is not that of the element: it was changed after it was signed";
    MANIFEST_REFERENCE = "XADES-REF-05" "ITI TF-3: 5.5; W3C xmldsig-core §5.1"
        "Une référence de type Manifest doit désigner le seul ds:Manifest, d'Id IHEManifest, dans un ds:Object"
        / "A reference of type Manifest must name the only ds:Manifest, of Id IHEManifest, in a ds:Object";
    PROPERTIES_REFERENCE = "XADES-REF-06" "ETSI TS 101 903 §6.3.1"
        "Une référence doit désigner les seules SignedProperties, dans Object/QualifyingProperties"
        / "A reference must name the only SignedProperties, in Object/QualifyingProperties";
    MANIFEST_SET = "XADES-MAN-01" "DMP TD2.1, signature"
        "La première référence du manifeste doit être urn:oid: et l'uniqueId du lot"
        / "The first reference of the manifest must be urn:oid: and the uniqueId of the submission set";
    MANIFEST_DOCUMENT = "XADES-MAN-02" "DMP TD2.1, signature"
        "Une référence du manifeste doit être urn:oid: et l'uniqueId d'un document, avec son condensat"
        / "A reference of the manifest must be urn:oid: and the uniqueId of a document, with its digest";
    MANIFEST_REPEATED = "XADES-MAN-03" "DMP TD2.1, signature"
        "Le manifeste ne doit désigner un document qu'une fois, et ne pas en désigner trop"
        / "The manifest must name a document once only, and not too many of them";
    QUALIFYING = "XADES-PRO-01" "ETSI TS 101 903 §6.2"
        "QualifyingProperties doit désigner la signature par Target"
        / "QualifyingProperties must name the signature by Target";
    SIGNING_TIME = "XADES-PRO-02" "ETSI TS 101 903 §7.2.1"
        "SigningTime doit être une date et heure avec décalage horaire"
        / "SigningTime must be a date and time with its offset";
    SIGNED_IN_FUTURE = "XADES-PRO-03" "ETSI TS 101 903 §7.2.1"
        "SigningTime est dans le futur : vérifier l'horloge du poste"
        / "SigningTime is in the future: check the clock of the client";
    SIGNED_OUTSIDE = "XADES-PRO-04" "ETSI TS 101 903 §7.2.1"
        "Le certificat du signataire doit être valide à SigningTime"
        / "The certificate of the signer must be valid at SigningTime";
    SIGNING_CERTIFICATE = "XADES-PRO-05" "ETSI TS 101 903 §7.2.2; EN 319 132-1 §5.2.2"
        "SigningCertificate (ou SigningCertificateV2) doit désigner le certificat de KeyInfo par son condensat"
        / "SigningCertificate (or SigningCertificateV2) must name the certificate of KeyInfo by its digest";
    ISSUER_SERIAL = "XADES-PRO-06" "ETSI TS 101 903 §7.2.2; EN 319 132-1 §5.2.2"
        "IssuerSerial doit donner l'émetteur et le numéro de série du certificat de KeyInfo"
        / "IssuerSerial must give the issuer and the serial number of the certificate of KeyInfo";
    POLICY = "XADES-PRO-07" "DMP TD2.1, signature; ETSI TS 101 903 §7.2.3"
        "SignaturePolicyIdentifier doit contenir SignaturePolicyImplied, ou la politique urn:ihe:iti:dsg:detached:2014"
        / "SignaturePolicyIdentifier must hold SignaturePolicyImplied, or the policy urn:ihe:iti:dsg:detached:2014";
    PURPOSE = "XADES-PRO-08" "DMP TD2.1, signature; ASTM E1762"
        "Un SignatureProperty d'Id purposeOfSignature doit valoir 1.2.840.10065.1.12.1.14 et désigner la signature"
        / "One SignatureProperty of Id purposeOfSignature must be 1.2.840.10065.1.12.1.14 and name the signature";
}

/// A refused signature document: what a developer at the other side needs to find the mistake.
///
/// Holds names of elements, URIs and instants; never a person or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", rule.id, rule.en)]
pub struct XadesError {
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// Where in the signature document.
    pub xpath: Option<String>,
    /// What would have been taken.
    pub expected: Option<String>,
    /// What stood there, when it is harmless.
    pub found: Option<String>,
}

/// What a check answers.
pub(in crate::security::signature::xades) type Checked<T> = Result<T, XadesError>;

impl Rule {
    pub(in crate::security::signature::xades) fn broken(&'static self) -> XadesError {
        XadesError { rule: self, xpath: None, expected: None, found: None }
    }
}

impl XadesError {
    pub(in crate::security::signature::xades) fn at(mut self, xpath: impl Into<String>) -> Self {
        self.xpath = Some(xpath.into());
        self
    }

    pub(in crate::security::signature::xades) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(in crate::security::signature::xades) fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }
}

/// What is wrong with a part of the signature, in the name of `shape` where no rule of algorithms speaks.
pub(in crate::security::signature::xades) fn refusal(shape: &'static Rule) -> impl Fn(SignatureError) -> XadesError {
    move |error| match error {
        SignatureError::Shape { location, expected } => shape.broken().at(location.xpath).expected(expected),
        SignatureError::Algorithm { location, expected, found } => {
            ALGORITHM.broken().at(location.xpath).expected(expected).found(found)
        }
        SignatureError::Reference { location, expected, found } => {
            REFERENCE.broken().at(location.xpath).expected(expected).found(found)
        }
        SignatureError::Transforms { location } => TRANSFORMS.broken().at(location.xpath),
        SignatureError::Digest => DIGEST.broken(),
        SignatureError::Value => SIGNATURE_VALUE.broken(),
    }
}
