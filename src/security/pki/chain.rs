//! From a certificate to the authorities that a deployment trusts: chain, dates, revocation, use.
//!
//! The cryptography of a chain never changes, so it is verified once for each certificate; dates and revocation are
//! looked at on every call, against the lists in force at that moment. Spec: RFC 5280 §6.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509ExtendedKeyUsage, X509KeyUsage, X509StoreContext};

use crate::security::pki::certificate::{Certificate, Fingerprint, Unreadable, Validity};
use crate::security::pki::holder::Holder;
use crate::security::pki::name::DistinguishedName;
use crate::security::pki::revocation::{ListError, MissingList, RevocationPolicy, Revocations, Standing};

/// What a certificate is about to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The client side of a TLS connection: `digitalSignature` and `clientAuth`.
    TlsClient,
    /// The signature of an assertion.
    Signature(KeyUsageRule),
}

/// Which certificate may sign an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUsageRule {
    /// A signature certificate: `nonRepudiation` or `digitalSignature`, and no TLS use.
    SignatureOnly,
    /// That, or an authentication certificate: seen in real assertions of the mode indirecte renforcée.
    SignatureOrAuthentication,
}

/// Why a certificate was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The bytes are no certificate.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// No chain to a trusted authority.
    #[error("no chain to a trusted authority: {0}")]
    Untrusted(&'static str),
    /// The certificate, or an authority above it, is not valid yet.
    #[error("not valid before {0}")]
    NotYetValid(DateTime<Utc>),
    /// The certificate, or an authority above it, has expired.
    #[error("expired since {0}")]
    Expired(DateTime<Utc>),
    /// The certificate, or an authority above it, was revoked.
    #[error("revoked")]
    Revoked,
    /// The authority that issued the certificate has no revocation list here.
    #[error("its authority has no revocation list here")]
    NoRevocationList,
    /// The revocation list should have been replaced at that instant.
    #[error("the revocation list of its authority should have been replaced on {0}")]
    RevocationListTooOld(DateTime<Utc>),
    /// The certificate is not made for this use.
    #[error("not made for this use: expected {0}")]
    Usage(&'static str),
    /// Neither a person nor an organisation.
    #[error("the certificate names neither a person nor a structure")]
    UnknownHolder,
}

/// Why a trust store could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No certificate in the PEM text, or one that cannot be read.
    #[error("the trusted authorities are not a PEM text of certificates")]
    Authorities,
    /// One of the lists.
    #[error(transparent)]
    List(#[from] ListError),
}

/// A certificate whose chain was verified. Made only by [`TrustStore::verify`].
#[derive(Debug)]
pub struct Trusted {
    certificate: Certificate,
    holder: Holder,
    /// From the certificate to the root.
    path: Vec<Link>,
}

impl Trusted {
    /// Whom the certificate proves.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The subject as it stands in the certificate.
    pub fn subject(&self) -> &DistinguishedName {
        self.certificate.subject()
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

#[derive(Debug)]
struct Link {
    validity: Validity,
    serial: Vec<u8>,
    /// The authority above; none for the root.
    issuer: Option<Fingerprint>,
}

/// The authorities that a deployment trusts, with their revocation lists.
pub struct TrustStore {
    store: X509Store,
    authorities: Vec<Certificate>,
    revocations: Revocations,
    policy: RevocationPolicy,
    known: RwLock<BTreeMap<Fingerprint, Arc<Trusted>>>,
}

/// How many verified chains are kept. Beyond it the memory of them starts anew.
const KNOWN_CHAINS: usize = 20_000;

/// RSA 2048 and SHA-256 or better throughout the chain: 112 bits.
const SECURITY_LEVEL: i32 = 2;

impl TrustStore {
    /// Reads all certificates of a PEM text as trusted authorities, and the revocation lists (PEM or DER).
    ///
    /// # Errors
    /// [`TrustError`] when a text cannot be read or a list was signed by none of the authorities.
    pub fn from_pem(trust_pem: &[u8], crls: &[Vec<u8>]) -> Result<Self, TrustError> {
        let read = X509::stack_from_pem(trust_pem).map_err(|_| TrustError::Authorities)?;
        let authorities: Result<Vec<_>, _> = read.iter().cloned().map(Certificate::new).collect();
        let authorities = authorities.map_err(|_| TrustError::Authorities)?;
        if authorities.is_empty() {
            return Err(TrustError::Authorities);
        }
        let store = store_of(read).map_err(|_| TrustError::Authorities)?;
        let revocations = Revocations::read(&authorities, crls)?;
        Ok(Self { store, authorities, revocations, policy: RevocationPolicy::default(), known: RwLock::default() })
    }

    /// The same with another policy on revocation lists that are missing or late.
    #[must_use]
    pub fn with_policy(self, policy: RevocationPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Verifies chain, dates, revocation and use, and says who the holder is.
    ///
    /// # Errors
    /// The first reason not to take the certificate.
    pub fn verify(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Result<Arc<Trusted>, ChainError> {
        let trusted = match self.known(certificate.fingerprint()) {
            Some(known) => known,
            None => self.remember(self.build(certificate)?),
        };
        self.recheck(&trusted, at)?;
        check_usage(&trusted.certificate, purpose)?;
        Ok(trusted)
    }

    /// Looks again at dates and revocation: for connections that stay open after the handshake.
    ///
    /// # Errors
    /// What has changed since.
    pub fn recheck(&self, trusted: &Trusted, at: DateTime<Utc>) -> Result<(), ChainError> {
        for (depth, link) in trusted.path.iter().enumerate() {
            check_dates(link.validity, at)?;
            let Some(issuer) = &link.issuer else { continue };
            match self.revocations.standing(issuer, &link.serial, at, self.policy.grace) {
                Standing::Revoked => return Err(ChainError::Revoked),
                Standing::ListTooOld(since) => return Err(ChainError::RevocationListTooOld(since)),
                // Roots publish their lists rarely or nowhere: only the holder's own authority must have one.
                Standing::NoList if depth == 0 && self.policy.missing == MissingList::Refuse => {
                    return Err(ChainError::NoRevocationList);
                }
                Standing::Good | Standing::NoList => {}
            }
        }
        Ok(())
    }

    /// The certificate of these DER bytes, without reading it again when its chain is already known.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub(in crate::security) fn certificate(&self, der: &[u8]) -> Result<Certificate, Unreadable> {
        match self.known(&openssl::sha::sha256(der)) {
            Some(known) => Ok(known.certificate.clone()),
            None => Certificate::from_der(der),
        }
    }

    fn known(&self, fingerprint: &Fingerprint) -> Option<Arc<Trusted>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(fingerprint).cloned()
    }

    fn remember(&self, trusted: Trusted) -> Arc<Trusted> {
        let trusted = Arc::new(trusted);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_CHAINS {
            known.clear();
        }
        known.insert(*trusted.certificate.fingerprint(), Arc::clone(&trusted));
        trusted
    }

    /// Finds and verifies the chain. Dates are left to the caller, who looks at them on every call.
    fn build(&self, certificate: &Certificate) -> Result<Trusted, ChainError> {
        const FAILED: ChainError = ChainError::Untrusted("openssl failed");
        let none = Stack::new().map_err(|_| FAILED)?;
        let mut context = X509StoreContext::new().map_err(|_| FAILED)?;
        let outcome = context.init(&self.store, certificate.x509(), &none, |context| {
            if !context.verify_cert()? {
                return Ok(Err(context.error().error_string()));
            }
            let chain = context.chain().into_iter().flatten();
            Ok(Ok(chain.map(ToOwned::to_owned).collect::<Vec<X509>>()))
        });
        let chain = outcome.map_err(|_| FAILED)?.map_err(ChainError::Untrusted)?;
        let chain: Vec<Certificate> = chain.into_iter().map(Certificate::new).collect::<Result<_, _>>()?;
        let above = chain.iter().skip(1).map(|issuer| Some(*issuer.fingerprint())).chain([None]);
        let link = |(link, issuer): (&Certificate, _)| Link {
            validity: link.validity(),
            serial: link.serial().to_vec(),
            issuer,
        };
        let path = chain.iter().zip(above).map(link).collect();
        let holder = Holder::of(certificate.subject(), certificate.issuer()).ok_or(ChainError::UnknownHolder)?;
        Ok(Trusted { certificate: certificate.clone(), holder, path })
    }
}

impl std::fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrustStore({} authorities)", self.authorities.len())
    }
}

fn store_of(authorities: Vec<X509>) -> Result<X509Store, ErrorStack> {
    let mut parameters = X509VerifyParam::new()?;
    parameters.set_flags(X509VerifyFlags::NO_CHECK_TIME)?;
    parameters.set_auth_level(SECURITY_LEVEL);
    let mut store = X509StoreBuilder::new()?;
    store.set_param(&parameters)?;
    for authority in authorities {
        store.add_cert(authority)?;
    }
    Ok(store.build())
}

fn check_dates(validity: Validity, at: DateTime<Utc>) -> Result<(), ChainError> {
    if at < validity.not_before {
        return Err(ChainError::NotYetValid(validity.not_before));
    }
    // The last second is part of the validity.
    if at.timestamp() > validity.not_after.timestamp() {
        return Err(ChainError::Expired(validity.not_after));
    }
    Ok(())
}

fn check_usage(certificate: &Certificate, purpose: Purpose) -> Result<(), ChainError> {
    let authority = certificate.key_usage_allows(X509KeyUsage::KEY_CERT_SIGN | X509KeyUsage::CRL_SIGN);
    let authenticates = certificate.key_usage_allows(X509KeyUsage::DIGITAL_SIGNATURE)
        && certificate.extended_usage_names(X509ExtendedKeyUsage::SSL_CLIENT);
    let of_tls = X509ExtendedKeyUsage::SSL_CLIENT | X509ExtendedKeyUsage::SSL_SERVER | X509ExtendedKeyUsage::ANYEKU;
    let signs = certificate.key_usage_allows(X509KeyUsage::NON_REPUDIATION | X509KeyUsage::DIGITAL_SIGNATURE)
        && !certificate.extended_usage_names(of_tls);
    let (taken, expected) = match purpose {
        Purpose::TlsClient => (authenticates, "digitalSignature with clientAuth"),
        Purpose::Signature(KeyUsageRule::SignatureOnly) => {
            (signs, "nonRepudiation or digitalSignature, without clientAuth or serverAuth")
        }
        Purpose::Signature(KeyUsageRule::SignatureOrAuthentication) => {
            (signs || authenticates, "a signature certificate or a client authentication certificate")
        }
    };
    if taken && !authority { Ok(()) } else { Err(ChainError::Usage(expected)) }
}
