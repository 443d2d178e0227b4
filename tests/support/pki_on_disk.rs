//! One test PKI for all tests: drawing its keys takes seconds, so it is kept for as long as the code that makes it.

use std::fs::Permissions;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dmp_gateway::security::pki::issue::test_pki;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::x509::extension::{AuthorityKeyIdentifier, CrlNumber};
use openssl::x509::{X509, X509CrlBuilder, X509RevokedBuilder};

/// The directory of the shared test PKI. Read only: [`copy_to`] gives one that may be changed.
pub(crate) fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        include_str!("../../src/security/pki/issue.rs").hash(&mut hasher);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pki-{:016x}", hasher.finish()));
        if !directory.exists() {
            let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
            write(fresh.path());
            // Another test process may have been faster: then its PKI is as good as ours.
            let _ = std::fs::rename(fresh.path(), &directory);
        }
        directory
    })
}

/// Copies the shared test PKI to a place of the test's own.
pub(crate) fn copy_to(target: &Path) {
    copy(directory(), target);
}

#[expect(clippy::disallowed_methods, reason = "a test PKI is valid from today")]
fn write(directory: &Path) {
    for file in test_pki(chrono::Utc::now()).unwrap() {
        let path = directory.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &file.content).unwrap();
        if file.secret {
            std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
    }
}

fn copy(source: &Path, target: &Path) {
    std::fs::create_dir_all(target).unwrap();
    for entry in std::fs::read_dir(source).unwrap().map(Result::unwrap) {
        let to = target.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Puts a newer list of the people's authority in the place of the old: it holds this certificate only.
pub(crate) fn revoke(pki: &Path, certificate: &str) {
    let revoked = X509::from_pem(&std::fs::read(pki.join(certificate)).unwrap()).unwrap();
    let authority = X509::from_pem(&std::fs::read(pki.join("ca/people.pem")).unwrap()).unwrap();
    let key = PKey::private_key_from_pem(&std::fs::read(pki.join("ca/people.key")).unwrap()).unwrap();
    let (since, until) = (Asn1Time::days_from_now(0).unwrap(), Asn1Time::days_from_now(30).unwrap());
    let mut entry = X509RevokedBuilder::new().unwrap();
    entry.set_serial_number(revoked.serial_number()).unwrap();
    entry.set_revocation_date(&since).unwrap();
    let mut list = X509CrlBuilder::new().unwrap();
    list.set_issuer_name(authority.subject_name()).unwrap();
    list.set_last_update(&since).unwrap();
    list.set_next_update(&until).unwrap();
    list.add_revoked(entry.build()).unwrap();
    list.sort().unwrap();
    let context = X509::builder().unwrap();
    let context = context.x509v3_context(Some(&authority), None);
    list.append_extension(AuthorityKeyIdentifier::new().keyid(true).build(&context).unwrap()).unwrap();
    list.append_extension(CrlNumber::new(BigNum::from_u32(2).unwrap()).unwrap().build().unwrap()).unwrap();
    list.sign(&key, MessageDigest::sha256()).unwrap();
    std::fs::write(pki.join("ca/people.crl"), list.build().unwrap().to_pem().unwrap()).unwrap();
}
