//! What a mutual TLS handshake proved, as a value that cannot be made otherwise.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::security::pki::certificate::{Certificate, Fingerprint};
use crate::security::pki::chain::{ChainError, Purpose, TrustStore, Trusted};
use crate::security::pki::holder::Holder;
use crate::security::pki::name::DistinguishedName;

/// The holder at the other end of a TLS connection. Made only by [`PeerIdentity::establish`].
#[derive(Debug)]
pub struct PeerIdentity(Arc<Trusted>);

impl PeerIdentity {
    /// Verifies the certificate that the peer presented in its handshake: chain, dates, revocation, `clientAuth`.
    ///
    /// The handshake itself proves possession of the key; the caller hands over only certificates from there.
    ///
    /// # Errors
    /// The first reason not to take the certificate.
    pub fn establish(certificate: &Certificate, trust: &TrustStore, now: DateTime<Utc>) -> Result<Self, ChainError> {
        trust.verify(certificate, Purpose::TlsClient, now).map(Self)
    }

    /// Looks again at dates and revocation: a resumed session and an open connection outlive their handshake.
    ///
    /// # Errors
    /// What has changed since.
    pub fn recheck(&self, trust: &TrustStore, now: DateTime<Utc>) -> Result<(), ChainError> {
        trust.recheck(&self.0, now)
    }

    /// Whom the certificate proves.
    pub fn holder(&self) -> &Holder {
        self.0.holder()
    }

    /// The subject of the certificate.
    pub fn subject(&self) -> &DistinguishedName {
        self.0.subject()
    }

    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> &Fingerprint {
        self.0.certificate().fingerprint()
    }
}
