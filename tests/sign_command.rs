//! `sign` as people and scripts use it: what it makes, the gateway takes.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use chrono::Utc;
use dmp_gateway::security::pki::chain::TrustStore;
use dmp_gateway::security::signature::algorithm::Hash;
use dmp_gateway::security::signature::xades::Settings;
use dmp_gateway::security::signature::xades::verify::Verifier;

fn gateway(arguments: &[&str], directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dmp-gateway")).args(arguments).current_dir(directory).output().unwrap()
}

fn verifier(pki: &Path, settings: Settings) -> Verifier {
    let read = |path: &str| std::fs::read(pki.join(path)).unwrap();
    let lists = [read("ca/people.crl"), read("ca/organisations.crl")];
    Verifier::new(settings, Arc::new(TrustStore::from_pem(&read("trust.pem"), &lists).unwrap()))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the command signs by the wall clock")]
fn what_the_command_signs_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    assert!(gateway(&["pki", "init", "pki"], here).status.success());
    std::fs::write(here.join("cr.xml"), "<?p?><a b='1'/>").unwrap();
    std::fs::write(here.join("kos.dcm"), "DICM").unwrap();

    let base = ["sign", "--card", "pki/cards/medecin", "--submission-set", "1.2.3"];
    let both: Vec<&str> =
        base.into_iter().chain(["--document", "1.2.3.1=cr.xml", "--document", "1.2.3^2=kos.dcm"]).collect();
    let printed = gateway(&both, here);
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let verified = verifier(&here.join("pki"), Settings::default()).verify(&printed.stdout, Utc::now()).unwrap();
    assert_eq!((verified.holder().identifier(), verified.manifest().submission_set()), ("899700000017", "1.2.3"));
    let [cda, image] = verified.manifest().documents() else { panic!("two documents") };
    assert_eq!(cda.digest(), Hash::Sha256.digest(b"<?p?>\n<a b=\"1\"></a>"));
    assert_eq!((image.unique_id(), image.digest()), ("1.2.3^2", Hash::Sha256.digest(b"DICM").as_slice()));

    let old = ["--sha1", "--xades", "1.3.2", "--id", "1.2.3.9", "--out", "signature.xml"];
    let structure = ["sign", "--card", "pki/organisations/hopital", "--submission-set", "1.2.3"];
    let arguments: Vec<&str> = structure.into_iter().chain(["--document", "1.2.3.1=cr.xml"]).chain(old).collect();
    let written = gateway(&arguments, here);
    assert!(written.status.success() && written.stdout.is_empty());
    let bytes = std::fs::read(here.join("signature.xml")).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("Id=\"1.2.3.9\""));
    let allowing = Settings { allow_sha1: true, ..Settings::default() };
    let verified = verifier(&here.join("pki"), allowing).verify(&bytes, Utc::now()).unwrap();
    assert_eq!(verified.holder().identifier(), "1750099990");

    for (wrong, code) in [
        (vec!["--document", "1.2.3.1=nowhere.xml"], 3),
        (vec!["--document", "1.2.3.1=cr.xml", "--out", "nowhere/x.xml"], 3),
        (vec!["--document", "cr.xml"], 2),
        (vec!["--document", "1.2.3.1="], 2),
        (vec!["--document", "1.2.3.1=cr.xml", "--document", "1.2.3.1=kos.dcm"], 2),
        (vec!["--document", "1.2.3.1=cr.xml", "--id", "a b"], 2),
        (vec!["--document", "1.2.3.1=cr.xml", "--xades", "9"], 2),
        (vec![], 2),
    ] {
        let arguments: Vec<&str> = base.into_iter().chain(wrong.clone()).collect();
        let output = gateway(&arguments, here);
        assert_eq!(output.status.code(), Some(code), "{wrong:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{wrong:?}");
    }
}
