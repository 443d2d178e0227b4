//! `pki init` and `vihf` as people and scripts use them: what the commands make, the gateway takes.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use dmp_gateway::security::pki::chain::TrustStore;
use dmp_gateway::security::vihf::Settings;
use dmp_gateway::security::vihf::assertion::{Mode, PurposeOfUse};
use dmp_gateway::security::vihf::verify::{VerifiedVihf, Verifier};
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::limits::Limits;

fn gateway(arguments: &[&str], directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dmp-gateway")).args(arguments).current_dir(directory).output().unwrap()
}

/// Verifies what the command printed, at the instant that it says to be issued.
fn verified(output: &Output, pki: &Path) -> VerifiedVihf {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let header = format!("<Security>{}</Security>", String::from_utf8_lossy(&output.stdout));
    let document = Document::parse(&header, &Limits::default()).unwrap();
    let issued = document.root().first_element_child().unwrap().attribute("IssueInstant").unwrap();
    let issued: DateTime<Utc> = issued.parse().unwrap();
    let read = |path: &str| std::fs::read(pki.join(path)).unwrap();
    let lists = [read("ca/people.crl"), read("ca/organisations.crl")];
    let trust = TrustStore::from_pem(&read("trust.pem"), &lists).unwrap();
    Verifier::new(Settings::default(), Arc::new(trust)).verify(document.root(), None, issued).unwrap()
}

#[test]
fn a_printed_assertion_is_taken_in_every_mode() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    assert!(gateway(&["pki", "init", "pki"], here).status.success());
    let pki = here.join("pki");
    let ins = "284067510512388";

    let card = gateway(&["vihf", "--card", "pki/cards/medecin", "--ins", ins], here);
    let vihf = verified(&card, &pki);
    assert_eq!((vihf.mode(), vihf.name_id(), vihf.structure_id()), (Mode::Direct, "899700000017", "499700000017001"));
    assert_eq!(vihf.resource_id().unwrap().id(), ins);

    let emergency = ["vihf", "--card", "pki/cards/regulateur", "--ins", ins, "--purpose", "centre_15"];
    assert_eq!(verified(&gateway(&emergency, here), &pki).purpose_of_use(), PurposeOfUse::Centre15);

    let structure = gateway(&["vihf", "--card", "pki/organisations/ehpad"], here);
    let vihf = verified(&structure, &pki);
    assert_eq!((vihf.mode(), vihf.name_id(), vihf.resource_id()), (Mode::Indirect, "899700000033", None));

    let named = ["vihf", "--card", "pki/organisations/hopital", "--mode", "air", "--professional", "medecin"];
    let vihf = verified(&gateway(&named, here), &pki);
    assert_eq!((vihf.mode(), vihf.name_id(), vihf.structure_id()), (Mode::Air, "899700000017", "1750099990"));

    for (wrong, code) in [
        (vec!["pki", "init", "pki"], 2),
        (vec!["vihf", "--card", "pki/cards/medecin", "--ins", "284067510512389"], 2),
        (vec!["vihf", "--card", "pki/cards/medecin", "--mode", "air"], 2),
        (vec!["vihf", "--card", "pki/organisations/hopital", "--mode", "directe"], 2),
        (vec!["vihf", "--card", "pki/organisations/hopital", "--professional", "nobody"], 2),
        (vec!["vihf", "--card", "pki"], 2),
        (vec!["vihf", "--card", "pki/cards/nobody"], 3),
        (vec!["vihf", "--card", "nowhere/cards/medecin"], 3),
    ] {
        let output = gateway(&wrong, here);
        assert_eq!(output.status.code(), Some(code), "{wrong:?}");
        assert!(output.stdout.is_empty() && output.stderr.starts_with(b"dmp-gateway: "), "{wrong:?}");
    }
}
