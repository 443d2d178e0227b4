//! One test PKI for the whole run, drawn on first use, and the holders in it by name.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeZone, Utc};
use dmp_gateway::security::pki::certificate::{Certificate, PrivateKey};
use dmp_gateway::security::pki::chain::TrustStore;
use dmp_gateway::security::pki::issue::{PkiFile, test_pki};
use dmp_gateway::security::tls::PeerIdentity;

/// The clock of the specifications.
pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 3, 10, 9, 30, 0).unwrap()
}

/// Every file of the shared test PKI.
pub(crate) fn files() -> &'static [PkiFile] {
    static FILES: OnceLock<Vec<PkiFile>> = OnceLock::new();
    FILES.get_or_init(|| test_pki(now()).unwrap())
}

/// Every file of another PKI with the same names.
pub(crate) fn foreign_files() -> &'static [PkiFile] {
    static FILES: OnceLock<Vec<PkiFile>> = OnceLock::new();
    FILES.get_or_init(|| test_pki(now()).unwrap())
}

/// The content of one file.
pub(crate) fn file(path: &str) -> &'static [u8] {
    let found = files().iter().find(|file| file.path == path);
    &found.unwrap_or_else(|| panic!("no {path} in the test PKI")).content
}

/// A fresh trust store, with nothing remembered.
pub(crate) fn trust() -> Arc<TrustStore> {
    Arc::new(TrustStore::from_pem(file("trust.pem"), &lists()).unwrap())
}

/// The revocation lists.
pub(crate) fn lists() -> Vec<Vec<u8>> {
    vec![file("ca/people.crl").to_vec(), file("ca/organisations.crl").to_vec()]
}

/// A pair by its path without extension, such as `cards/medecin/sign`.
pub(crate) fn pair(path: &str) -> (PrivateKey, Certificate) {
    let key = PrivateKey::from_pem(file(&format!("{path}.key"))).unwrap();
    (key, certificate(path))
}

/// A certificate by its path without extension.
pub(crate) fn certificate(path: &str) -> Certificate {
    Certificate::from_pem(file(&format!("{path}.pem"))).unwrap()
}

/// What TLS proves of the holder in that directory, such as `cards/medecin`.
pub(crate) fn peer(holder: &str) -> PeerIdentity {
    PeerIdentity::establish(&certificate(&format!("{holder}/auth")), &trust(), now()).unwrap()
}
