//! Revocation lists: what each authority has taken back, and until when its list may be believed.
//!
//! Complete lists only; delta lists and lists partitioned by distribution point are not read. Spec: RFC 5280 §5.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use openssl::x509::X509Crl;

use crate::security::pki::certificate::{Certificate, Fingerprint, instant, serial};

/// What is done when the revocation of a certificate cannot be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationPolicy {
    /// The authority of a holder's certificate has no list.
    pub missing: MissingList,
    /// How long after its `nextUpdate` a list is still believed.
    pub grace: TimeDelta,
}

/// What is done when an authority has no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingList {
    /// Its certificates are refused.
    Refuse,
    /// Its certificates are taken: for set-ups that have no lists at all.
    Accept,
}

impl Default for RevocationPolicy {
    fn default() -> Self {
        Self { missing: MissingList::Refuse, grace: TimeDelta::zero() }
    }
}

/// Why a set of lists was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Bytes that are no list in PEM or DER, or one without `nextUpdate`.
    #[error("not a readable revocation list with a next update")]
    Unreadable,
    /// A list that no trusted authority has signed.
    #[error("a revocation list that no trusted authority has signed")]
    UnknownAuthority,
}

/// What was found about one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::security::pki) enum Standing {
    Good,
    Revoked,
    NoList,
    /// The list should have been replaced at that instant.
    ListTooOld(DateTime<Utc>),
}

/// The lists in force, by the authority that signed them.
#[derive(Default)]
pub(in crate::security::pki) struct Revocations(BTreeMap<Fingerprint, AuthorityList>);

struct AuthorityList {
    next_update: DateTime<Utc>,
    revoked: BTreeSet<Vec<u8>>,
}

impl Revocations {
    pub(in crate::security::pki) fn read(authorities: &[Certificate], lists: &[Vec<u8>]) -> Result<Self, ListError> {
        let mut all = Self::default();
        for bytes in lists {
            let list = if bytes.trim_ascii_start().starts_with(b"-----") {
                X509Crl::from_pem(bytes)
            } else {
                X509Crl::from_der(bytes)
            };
            let list = list.map_err(|_| ListError::Unreadable)?;
            let authority = authorities
                .iter()
                .find(|authority| list.verify(authority.key()).unwrap_or(false) && names(authority, &list))
                .ok_or(ListError::UnknownAuthority)?;
            all.0.insert(*authority.fingerprint(), AuthorityList::read(&list)?);
        }
        Ok(all)
    }

    pub(in crate::security::pki) fn standing(
        &self,
        authority: &Fingerprint,
        serial: &[u8],
        at: DateTime<Utc>,
        grace: TimeDelta,
    ) -> Standing {
        match self.0.get(authority) {
            None => Standing::NoList,
            // A certificate that was revoked stays so, however old the list that says it.
            Some(list) if list.revoked.contains(serial) => Standing::Revoked,
            Some(list) if at > list.next_update + grace => Standing::ListTooOld(list.next_update),
            Some(_) => Standing::Good,
        }
    }
}

impl AuthorityList {
    fn read(list: &X509Crl) -> Result<Self, ListError> {
        let next_update = list.next_update().ok_or(ListError::Unreadable)?;
        let next_update = instant(next_update).map_err(|_| ListError::Unreadable)?;
        let revoked = list.get_revoked().into_iter().flatten();
        let serials: Result<_, _> = revoked.map(|entry| serial(entry.serial_number())).collect();
        Ok(Self { next_update, revoked: serials.map_err(|_| ListError::Unreadable)? })
    }
}

fn names(authority: &Certificate, list: &X509Crl) -> bool {
    let subject = authority.x509().subject_name();
    subject.try_cmp(list.issuer_name()).is_ok_and(std::cmp::Ordering::is_eq)
}
