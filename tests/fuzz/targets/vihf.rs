//! The VIHF verifier: it never panics, and whatever it takes says what the holders of the keys once signed.
//!
//! Input: a `wsse:Security` element. The fixture holds authorities and two certificates, but no key: so an accepted
//! assertion that says anything else than the seeds do is a forgery.
#![no_main]

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeZone, Utc};
use dmp_gateway::security::pki::certificate::Certificate;
use dmp_gateway::security::pki::chain::TrustStore;
use dmp_gateway::security::tls::PeerIdentity;
use dmp_gateway::security::vihf::Settings;
use dmp_gateway::security::vihf::verify::Verifier;
use dmp_gateway::xml::document::{Document, text_of_bytes};
use dmp_gateway::xml::limits::Limits;
use libfuzzer_sys::fuzz_target;

struct Fixture {
    verifier: Verifier,
    peers: Vec<PeerIdentity>,
    now: DateTime<Utc>,
}

static FIXTURE: OnceLock<Fixture> = OnceLock::new();

fn fixture() -> Fixture {
    let now = Utc.with_ymd_and_hms(2025, 3, 10, 9, 30, 0).unwrap();
    let lists =
        [include_bytes!("../fixture/people.crl").to_vec(), include_bytes!("../fixture/organisations.crl").to_vec()];
    let trust = Arc::new(TrustStore::from_pem(include_bytes!("../fixture/trust.pem"), &lists).unwrap());
    let certificates = [&include_bytes!("../fixture/medecin.pem")[..], include_bytes!("../fixture/cabinet.pem")];
    let peers =
        certificates.map(|pem| PeerIdentity::establish(&Certificate::from_pem(pem).unwrap(), &trust, now).unwrap());
    let settings = Settings { allow_sha1: true, ..Settings::default() };
    Fixture { verifier: Verifier::new(settings, trust), peers: peers.into(), now }
}

fuzz_target!(|input: &[u8]| {
    let Fixture { verifier, peers, now } = FIXTURE.get_or_init(fixture);
    let Ok(text) = text_of_bytes(input) else { return };
    let Ok(document) = Document::parse(text, &Limits::default()) else { return };
    for peer in peers {
        if let Ok(vihf) = verifier.verify(document.root(), Some(peer), *now) {
            assert_eq!(vihf.name_id(), "899700000017");
            assert_eq!(vihf.structure_id(), "499700000017001");
            assert_eq!(vihf.purpose_of_use().as_str(), "normal");
            let patient = vihf.resource_id().expect("a patient").to_string();
            assert_eq!(patient, "284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH");
        }
    }
});
