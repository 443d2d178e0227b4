//! The verifier of signature documents: it never panics, and whatever it takes says what the holders of the keys once signed.
//!
//! The fixture holds authorities, but no key: so an accepted signature whose manifest says anything else than those of the seeds do is a
//! forgery.
#![no_main]

use std::sync::{Arc, OnceLock};

use chrono::{TimeZone, Utc};
use dmp_gateway::security::pki::chain::TrustStore;
use dmp_gateway::security::signature::xades::Settings;
use dmp_gateway::security::signature::xades::verify::Verifier;
use dmp_gateway::xml::limits::Limits;
use libfuzzer_sys::fuzz_target;

static VERIFIER: OnceLock<Verifier> = OnceLock::new();

fn verifier() -> Verifier {
    let lists = [
        include_bytes!("../fixture/xades/people.crl").to_vec(),
        include_bytes!("../fixture/xades/organisations.crl").to_vec(),
    ];
    let trust = TrustStore::from_pem(include_bytes!("../fixture/xades/trust.pem"), &lists).unwrap();
    Verifier::new(Settings { allow_sha1: true, ..Settings::default() }, Arc::new(trust))
}

const DOCUMENTS: [(&str, &[u8]); 2] = [
    ("1.2.250.1.999.77.1.3.1", "<?x y?><a b=\"1\"><!-- c -->é</a>".as_bytes()),
    ("1.2.250.1.999.77.1.3.2", b"DICM"),
];

fuzz_target!(|input: &[u8]| {
    let now = Utc.with_ymd_and_hms(2026, 11, 25, 19, 0, 0).unwrap();
    let Ok(verified) = VERIFIER.get_or_init(verifier).verify(input, now) else { return };
    assert!(["899700000017", "1750099990"].contains(&verified.holder().identifier()));
    let manifest = verified.manifest();
    assert_eq!(manifest.submission_set(), "1.2.250.1.999.77.1.1.1");
    assert_eq!(manifest.documents().len(), DOCUMENTS.len());
    for (reference, (unique_id, content)) in manifest.documents().iter().zip(DOCUMENTS) {
        assert_eq!(reference.unique_id(), unique_id);
        assert_eq!(reference.digest_of(content, &Limits::default()).unwrap(), reference.digest());
    }
});
