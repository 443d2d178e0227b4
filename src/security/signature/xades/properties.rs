//! The signed properties: when, by which certificate, under which policy.
//! Spec: ETSI TS 101 903 §7.2, EN 319 132-1 §5.2, DMP TD2.1.

use chrono::{DateTime, Utc};

use crate::security::pki::certificate::Certificate;
use crate::security::signature::algorithm::{Hash, Sha1};
use crate::security::signature::reference::digest_method;
use crate::security::signature::xades::rule::{self, Checked, Rule, XadesError, refusal};
use crate::security::signature::xades::{DETACHED_POLICY, VERSIONS, issuer_serial};
use crate::security::signature::xmldsig::{base64_of, sequence, shown};
use crate::xml::document::{Node, child, children, is, plain_text};
use crate::xml::location::Location;
use crate::xml::namespace::DS;

/// The namespace of a version that the element of that name has, if it is one of those that are taken.
pub(super) fn version_of(node: Node<'_, '_>, local: &str) -> Option<&'static str> {
    VERSIONS.iter().map(|(namespace, _)| *namespace).find(|namespace| is(node, namespace, local))
}

/// Reads `SignedProperties`, which must speak of this certificate; gives the signing time.
pub(super) fn read(properties: Node<'_, '_>, certificate: &Certificate, sha1: Sha1) -> Checked<DateTime<Utc>> {
    let version = version_of(properties, "SignedProperties");
    let version = version.ok_or_else(|| broken(&rule::PROPERTIES_REFERENCE, properties))?;
    let signature = only(properties, version, "SignedSignatureProperties", &rule::PROPERTIES_REFERENCE)?;
    let time = signing_time(only(signature, version, "SigningTime", &rule::SIGNING_TIME)?)?;
    signing_certificates(signature, version, certificate, sha1)?;
    policy(only(signature, version, "SignaturePolicyIdentifier", &rule::POLICY)?, version)?;
    Ok(time)
}

fn broken(rule: &'static Rule, node: Node<'_, '_>) -> XadesError {
    rule.broken().at(Location::of(node).xpath)
}

/// The child of that name, which must stand there once.
fn only<'a, 'i>(
    parent: Node<'a, 'i>,
    namespace: &'static str,
    local: &'static str,
    rule: &'static Rule,
) -> Checked<Node<'a, 'i>> {
    let mut found = children(parent, namespace, local);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(broken(rule, parent).expected(format!("one {local}"))),
    }
}

fn signing_time(element: Node<'_, '_>) -> Checked<DateTime<Utc>> {
    let text = plain_text(element).unwrap_or("");
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    time.map_err(|_| {
        let expected = "a date and time with offset, such as 2025-03-10T10:30:00+01:00";
        broken(&rule::SIGNING_TIME, element).expected(expected).found(shown(text))
    })
}

/// One of the two forms stands there; each that does names the certificate.
fn signing_certificates(
    signature: Node<'_, '_>,
    version: &'static str,
    certificate: &Certificate,
    sha1: Sha1,
) -> Checked<()> {
    let mut stand = 0;
    for local in ["SigningCertificate", "SigningCertificateV2"] {
        if child(signature, version, local).is_some() {
            signing_certificate(
                only(signature, version, local, &rule::SIGNING_CERTIFICATE)?,
                version,
                certificate,
                sha1,
            )?;
            stand += 1;
        }
    }
    if stand > 0 { Ok(()) } else { Err(broken(&rule::SIGNING_CERTIFICATE, signature).expected("SigningCertificate")) }
}

/// Among the certificates that are listed (a client lists its whole chain) is the one of `KeyInfo`.
fn signing_certificate(
    element: Node<'_, '_>,
    version: &'static str,
    certificate: &Certificate,
    sha1: Sha1,
) -> Checked<()> {
    let der = certificate.to_der().map_err(|_| broken(&rule::CERTIFICATE, element))?;
    let mut unread = None;
    for listed in children(element, version, "Cert") {
        match digest_of(listed, version, sha1) {
            Ok((hash, digest)) if hash.digest(&der) == digest => {
                return check_issuer(listed, version, certificate);
            }
            Ok(_) => {}
            Err(error) => unread = unread.or(Some(error)),
        }
    }
    Err(unread.unwrap_or_else(|| broken(&rule::SIGNING_CERTIFICATE, element)))
}

/// `CertDigest`. Up to version 1.1.1 its two elements are of `XAdES`, later of XML Signature: both are read.
fn digest_of(listed: Node<'_, '_>, version: &'static str, sha1: Sha1) -> Checked<(Hash, Vec<u8>)> {
    let digest = only(listed, version, "CertDigest", &rule::SIGNING_CERTIFICATE)?;
    let parts: Vec<_> = digest.children().filter(Node::is_element).collect();
    let named = |node: Node<'_, '_>, local| is(node, DS, local) || is(node, version, local);
    match parts.as_slice() {
        [method, value] if named(*method, "DigestMethod") && named(*value, "DigestValue") => {
            let refused = refusal(&rule::SIGNING_CERTIFICATE);
            Ok((digest_method(*method, sha1).map_err(&refused)?, base64_of(*value).map_err(&refused)?))
        }
        _ => Err(broken(&rule::SIGNING_CERTIFICATE, digest).expected("DigestMethod, DigestValue")),
    }
}

/// `IssuerSerial`, or `IssuerSerialV2`, which may be left out.
fn check_issuer(listed: Node<'_, '_>, version: &'static str, certificate: &Certificate) -> Checked<()> {
    let refused = refusal(&rule::ISSUER_SERIAL);
    let matches = if is(listed.parent().unwrap_or(listed), version, "SigningCertificateV2") {
        let Some(second) = child(listed, version, "IssuerSerialV2") else { return Ok(()) };
        let sent = base64_of(second).map_err(&refused)?;
        issuer_serial::der(certificate).is_ok_and(|der| der == sent)
    } else {
        let serial = only(listed, version, "IssuerSerial", &rule::ISSUER_SERIAL)?;
        let [issuer, number] = sequence(serial, ["X509IssuerName", "X509SerialNumber"]).map_err(&refused)?;
        let text = |node| plain_text(node).unwrap_or("");
        issuer_serial::names(certificate, text(issuer), text(number))
    };
    if matches { Ok(()) } else { Err(broken(&rule::ISSUER_SERIAL, listed)) }
}

fn policy(identifier: Node<'_, '_>, version: &'static str) -> Checked<()> {
    let implied = child(identifier, version, "SignaturePolicyImplied").is_some();
    let named = child(identifier, version, "SignaturePolicyId")
        .and_then(|policy| child(policy, version, "SigPolicyId"))
        .and_then(|policy| child(policy, version, "Identifier"))
        .and_then(plain_text);
    let one = identifier.children().filter(Node::is_element).count() == 1;
    if one && (implied || named == Some(DETACHED_POLICY)) {
        return Ok(());
    }
    Err(broken(&rule::POLICY, identifier).found(shown(named.unwrap_or(""))))
}
