//! Makes one signature document: for the command line, the demonstration and the tests.
//! Spec: DMP TD2.1 signature of the submission set, ETSI TS 101 903 v1.1.1 and v1.3.2.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use openssl::error::ErrorStack;

use crate::security::pki::certificate::{Certificate, PrivateKey, Unreadable};
use crate::security::signature::algorithm::{Hash, INCLUSIVE_C14N_WITH_COMMENTS};
use crate::security::signature::xades::{
    MANIFEST_ID, MANIFEST_TYPE, PURPOSE, UNIQUE_ID_PREFIX, VERSIONS, issuer_serial, limits,
};
use crate::security::signature::xmldsig::signature_of;
use crate::xml::canonical::Canonicalization;
use crate::xml::document::{Document, Node, plain_attribute, text_of_bytes};
use crate::xml::guard::Refused;
use crate::xml::limits::Limits;
use crate::xml::namespace::DS;
use crate::xml::writer::{push_attribute, push_text};

/// Which version of `XAdES` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The one of the DMP.
    V111,
    /// The later one, with the second form of `SigningCertificate`.
    V132,
}

/// What shall be signed.
#[derive(Debug, Clone)]
pub struct SignatureRequest {
    /// `ds:Signature/@Id`: clients take the uniqueId of the signature document.
    pub id: String,
    /// The uniqueId of the submission set.
    pub submission_set: String,
    /// The documents of the set.
    pub documents: Vec<SignedDocument>,
    /// The hash of every digest and of the signature.
    pub hash: Hash,
    /// The version of the signed properties.
    pub version: Version,
}

/// A document with its digest.
#[derive(Debug, Clone)]
pub struct SignedDocument {
    unique_id: String,
    is_xml: bool,
    digest: Vec<u8>,
}

impl SignedDocument {
    /// Digests a document: XML in its canonical form with comments, anything else as it is.
    pub fn of(unique_id: &str, content: &[u8], hash: Hash, limits: &Limits) -> Self {
        let text = text_of_bytes(content).ok();
        let tree = text.and_then(|text| Document::parse(text, limits).ok());
        let digest = match &tree {
            Some(tree) => hash.digest(&Canonicalization::inclusive().with_comments().canonicalize_document(tree)),
            None => hash.digest(content),
        };
        Self { unique_id: unique_id.to_owned(), is_xml: tree.is_some(), digest }
    }

    /// Whether its canonical form was digested.
    pub fn is_xml(&self) -> bool {
        self.is_xml
    }
}

/// Why a signature document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// What was written cannot be read back: an identifier holds what XML does not carry.
    #[error("the signature document: {0}")]
    Text(#[from] Refused),
    /// The certificate cannot be written.
    #[error(transparent)]
    Certificate(#[from] Unreadable),
    /// The key refused.
    #[error("the key did not sign: {0}")]
    Key(#[from] ErrorStack),
}

const PROPERTIES_ID: &str = "S0-SignedProperties";

/// Signs, at the instant `time`.
///
/// # Errors
/// [`SigningError`].
pub fn sign(
    request: &SignatureRequest,
    key: &PrivateKey,
    certificate: &Certificate,
    time: DateTime<Utc>,
) -> Result<String, SigningError> {
    let objects = objects(request, certificate, time)?;
    let leaf = STANDARD.encode(certificate.to_der()?);
    // Each digest is taken from the document around it, since the canonical form takes over its namespaces.
    let whole = |signed_info: &str, value: &str| {
        let mut out = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ds:Signature".to_vec();
        push_attribute(&mut out, "xmlns:ds", DS);
        push_attribute(&mut out, "Id", &request.id);
        let rest = [
            ">",
            signed_info,
            &format!(
                "<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{leaf}"
            ),
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
            &objects,
            "</ds:Signature>\n",
        ];
        for part in rest {
            out.extend_from_slice(part.as_bytes());
        }
        // Everything that was pushed is text.
        String::from_utf8_lossy(&out).into_owned()
    };
    let unsigned = whole("", "");
    let tree = Document::parse(&unsigned, &limits())?;
    let digest = |id: &str| {
        let element = tree.root().descendants().find(|node| plain_attribute(*node, "Id") == Some(id));
        let canonical = element.map(|element| Canonicalization::inclusive().canonicalize(element, None));
        STANDARD.encode(request.hash.digest(&canonical.unwrap_or_default()))
    };
    let signed_info = signed_info(request, &digest(MANIFEST_ID), &digest(PROPERTIES_ID));
    let text = whole(&signed_info, "");
    let tree = Document::parse(&text, &limits())?;
    let apex = tree.root().children().find(Node::is_element).unwrap_or_else(|| tree.root());
    let canonical = Canonicalization::inclusive().with_comments().canonicalize(apex, None);
    let value = signature_of(key, request.hash, &canonical)?;
    Ok(whole(&signed_info, &value))
}

fn signed_info(request: &SignatureRequest, manifest: &str, properties: &str) -> String {
    let (_, properties_type) = version(request.version);
    let reference = |kind: &str, target: &str, digest: &str| {
        format!(
            "<ds:Reference Type=\"{kind}\" URI=\"#{target}\"><ds:DigestMethod Algorithm=\"{}\"/>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>",
            request.hash.digest_uri()
        )
    };
    format!(
        "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{INCLUSIVE_C14N_WITH_COMMENTS}\"/>\
         <ds:SignatureMethod Algorithm=\"{}\"/>{}{}</ds:SignedInfo>",
        request.hash.signature_uri(),
        reference(MANIFEST_TYPE, MANIFEST_ID, manifest),
        reference(properties_type, PROPERTIES_ID, properties)
    )
}

fn version(version: Version) -> (&'static str, &'static str) {
    let [v111, _, v132] = VERSIONS;
    match version {
        Version::V111 => v111,
        Version::V132 => v132,
    }
}

fn objects(request: &SignatureRequest, certificate: &Certificate, time: DateTime<Utc>) -> Result<String, SigningError> {
    let mut out = b"<ds:Object><ds:SignatureProperties><ds:SignatureProperty Id=\"purposeOfSignature\"".to_vec();
    push_attribute(&mut out, "Target", &format!("#{}", request.id));
    out.extend_from_slice(
        format!(
            ">{PURPOSE}</ds:SignatureProperty></ds:SignatureProperties></ds:Object>\
             <ds:Object><ds:Manifest Id=\"{MANIFEST_ID}\">"
        )
        .as_bytes(),
    );
    // One zero octet stands for the digest of the set, which has none. Spec: DMP TD2.1.
    push_reference(&mut out, &request.submission_set, None, request.hash, &[0]);
    for document in &request.documents {
        let transform = document.is_xml.then_some(INCLUSIVE_C14N_WITH_COMMENTS);
        push_reference(&mut out, &document.unique_id, transform, request.hash, &document.digest);
    }
    let (namespace, _) = version(request.version);
    out.extend_from_slice(b"</ds:Manifest></ds:Object><ds:Object><xad:QualifyingProperties");
    push_attribute(&mut out, "xmlns:xad", namespace);
    push_attribute(&mut out, "Target", &format!("#{}", request.id));
    out.extend_from_slice(
        format!(
            "><xad:SignedProperties Id=\"{PROPERTIES_ID}\"><xad:SignedSignatureProperties><xad:SigningTime>{}\
             </xad:SigningTime>",
            time.to_rfc3339_opts(SecondsFormat::Secs, false)
        )
        .as_bytes(),
    );
    push_certificate(&mut out, request, certificate)?;
    out.extend_from_slice(
        b"<xad:SignaturePolicyIdentifier><xad:SignaturePolicyImplied/></xad:SignaturePolicyIdentifier>\
          </xad:SignedSignatureProperties></xad:SignedProperties></xad:QualifyingProperties></ds:Object>",
    );
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn push_reference(out: &mut Vec<u8>, unique_id: &str, transform: Option<&str>, hash: Hash, digest: &[u8]) {
    out.extend_from_slice(b"<ds:Reference");
    push_attribute(out, "URI", &format!("{UNIQUE_ID_PREFIX}{unique_id}"));
    out.push(b'>');
    let mut text = String::new();
    if let Some(algorithm) = transform {
        // Writing to a String cannot fail.
        let _ = write!(text, "<ds:Transforms><ds:Transform Algorithm=\"{algorithm}\"/></ds:Transforms>");
    }
    let _ = write!(
        text,
        "<ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue>{}</ds:DigestValue></ds:Reference>",
        hash.digest_uri(),
        STANDARD.encode(digest)
    );
    out.extend_from_slice(text.as_bytes());
}

/// `SigningCertificate` in the form of the version.
fn push_certificate(
    out: &mut Vec<u8>,
    request: &SignatureRequest,
    certificate: &Certificate,
) -> Result<(), SigningError> {
    let digest = STANDARD.encode(request.hash.digest(&certificate.to_der()?));
    let method = request.hash.digest_uri();
    match request.version {
        Version::V111 => {
            let start = format!(
                "<xad:SigningCertificate><xad:Cert><xad:CertDigest><xad:DigestMethod Algorithm=\"{method}\"/>\
                 <xad:DigestValue>{digest}</xad:DigestValue></xad:CertDigest><xad:IssuerSerial><ds:X509IssuerName>"
            );
            out.extend_from_slice(start.as_bytes());
            push_text(out, &certificate.issuer().to_rfc2253());
            let end = format!(
                "</ds:X509IssuerName><ds:X509SerialNumber>{}</ds:X509SerialNumber></xad:IssuerSerial></xad:Cert>\
                 </xad:SigningCertificate>",
                issuer_serial::decimal_serial(certificate)?
            );
            out.extend_from_slice(end.as_bytes());
        }
        Version::V132 => {
            let text = format!(
                "<xad:SigningCertificateV2><xad:Cert><xad:CertDigest><ds:DigestMethod Algorithm=\"{method}\"/>\
                 <ds:DigestValue>{digest}</ds:DigestValue></xad:CertDigest><xad:IssuerSerialV2>{}\
                 </xad:IssuerSerialV2></xad:Cert></xad:SigningCertificateV2>",
                STANDARD.encode(issuer_serial::der(certificate)?)
            );
            out.extend_from_slice(text.as_bytes());
        }
    }
    Ok(())
}
