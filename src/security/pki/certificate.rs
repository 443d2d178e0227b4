//! One certificate, read once: what checks ask of it again and again is kept in Rust values. And private keys.

use chrono::{DateTime, TimeDelta, Utc};
use openssl::asn1::{Asn1IntegerRef, Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, PKeyRef, Private, Public};
use openssl::x509::{X509, X509ExtendedKeyUsage, X509KeyUsage, X509Ref};

use crate::security::pki::name::DistinguishedName;

/// SHA-256 of the DER form.
pub type Fingerprint = [u8; 32];

/// A certificate that was read. Nothing is said about its chain: see `chain::Trusted` for that.
#[derive(Clone)]
pub struct Certificate {
    x509: X509,
    key: PKey<Public>,
    subject: DistinguishedName,
    issuer: DistinguishedName,
    validity: Validity,
    serial: Vec<u8>,
    fingerprint: Fingerprint,
}

/// From the first to the last second of use, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// `notBefore`.
    pub not_before: DateTime<Utc>,
    /// `notAfter`.
    pub not_after: DateTime<Utc>,
}

/// Bytes that are no certificate, or one whose key or dates cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a readable X.509 certificate")]
pub struct Unreadable;

impl Certificate {
    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, Unreadable> {
        X509::from_pem(pem).map_err(|_| Unreadable).and_then(Self::new)
    }

    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_der(der: &[u8]) -> Result<Self, Unreadable> {
        X509::from_der(der).map_err(|_| Unreadable).and_then(Self::new)
    }

    /// Takes a certificate that openssl has read, such as that of a TLS peer.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn new(x509: X509) -> Result<Self, Unreadable> {
        let read = |x509: &X509Ref| -> Result<_, ErrorStack> {
            let validity = Validity { not_before: instant(x509.not_before())?, not_after: instant(x509.not_after())? };
            let digest = x509.digest(openssl::hash::MessageDigest::sha256())?;
            Ok((x509.public_key()?, validity, serial(x509.serial_number())?, digest))
        };
        let (key, validity, serial, digest) = read(&x509).map_err(|_| Unreadable)?;
        let fingerprint = digest.as_ref().try_into().map_err(|_| Unreadable)?;
        let subject = DistinguishedName::of(x509.subject_name());
        let issuer = DistinguishedName::of(x509.issuer_name());
        Ok(Self { x509, key, subject, issuer, validity, serial, fingerprint })
    }

    /// Whose certificate it is.
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// Which authority says so.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// The public key.
    pub(in crate::security) fn key(&self) -> &PKeyRef<Public> {
        &self.key
    }

    /// Between which instants it may be used.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The serial number, big-endian, as revocation lists hold it.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// SHA-256 of the DER form.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Whether `KeyUsage` is there and allows one of these.
    pub(in crate::security) fn key_usage_allows(&self, any: X509KeyUsage) -> bool {
        self.x509.key_usage().is_some_and(|usage| usage.intersects(any))
    }

    /// Whether `ExtendedKeyUsage` is there and names one of these.
    pub(in crate::security) fn extended_usage_names(&self, any: X509ExtendedKeyUsage) -> bool {
        self.x509.extended_key_usage().is_some_and(|usage| usage.intersects(any))
    }

    pub(in crate::security) fn x509(&self) -> &X509 {
        &self.x509
    }

    /// The DER form, for `KeyInfo`.
    ///
    /// # Errors
    /// [`Unreadable`] if openssl cannot write what it read.
    pub fn to_der(&self) -> Result<Vec<u8>, Unreadable> {
        self.x509.to_der().map_err(|_| Unreadable)
    }
}

impl std::fmt::Debug for Certificate {
    /// Shows no name: the subject of a card is a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate(serial ")?;
        self.serial.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The private half of a pair, for the side that signs.
#[derive(Clone)]
pub struct PrivateKey(PKey<Private>);

impl PrivateKey {
    /// Reads a PEM key without password.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, Unreadable> {
        // The callback answers "no password", so that openssl never asks the terminal for one.
        PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map(Self).map_err(|_| Unreadable)
    }

    pub(in crate::security) fn key(&self) -> &PKeyRef<Private> {
        &self.0
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// The bytes of a serial number.
pub(in crate::security::pki) fn serial(number: &Asn1IntegerRef) -> Result<Vec<u8>, ErrorStack> {
    Ok(number.to_bn()?.to_vec())
}

/// The instant of an ASN.1 time.
pub(in crate::security::pki) fn instant(time: &Asn1TimeRef) -> Result<DateTime<Utc>, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    Ok(DateTime::UNIX_EPOCH + TimeDelta::days(since.days.into()) + TimeDelta::seconds(since.secs.into()))
}

#[cfg(test)]
mod tests {
    use super::{Certificate, PrivateKey, instant};
    use openssl::asn1::Asn1Time;

    #[test]
    fn an_asn1_time_is_read_to_the_second() {
        for text in ["19600102030405Z", "20250310093001Z", "20991231235959Z"] {
            let read = instant(&Asn1Time::from_str(text).unwrap()).unwrap();
            assert_eq!(read.format("%Y%m%d%H%M%SZ").to_string(), text);
        }
    }

    #[test]
    fn what_is_no_certificate_and_no_key_is_refused() {
        assert!(Certificate::from_pem(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----").is_err());
        assert!(Certificate::from_der(b"").is_err());
        assert!(PrivateKey::from_pem(b"x").is_err());
    }
}
