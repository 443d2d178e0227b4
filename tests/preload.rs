//! `dmp-gateway preload`: registries filled for measurements, on both databases, found by callers like any other.

use std::process::{Command, Output};

use crate::support::gateway::Setup;
use crate::support::message::{FIND_DOCUMENTS, GET_ALL, query};
use crate::support::postgres::fresh_database;

const PATIENT: &str = "199019900000008^^^&1.2.250.1.213.1.4.10&ISO^NH";

fn preload(file: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dmp-gateway"));
    command.args(["preload", "--config", file]).args(arguments).env_clear().output().unwrap()
}

fn said(text: &[u8]) -> String {
    String::from_utf8(text.to_vec()).unwrap()
}

/// How many elements of that name the caller gets.
fn count(body: &str, element: &str) -> usize {
    body.matches(&format!("<ns4:{element} ")).count()
}

fn check(database: &str) {
    let gateway = Setup::toml(database).serve();
    let file = gateway.directory().join("gateway.toml").to_str().unwrap().to_owned();

    let output = preload(&file, &["--patients", "3", "--entries", "7"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    assert!(said(&output.stdout).starts_with("21 entries of 3 patients in "), "{}", said(&output.stdout));
    assert!(said(&output.stdout).contains(&format!("the first patient is {PATIENT}\n")), "{}", said(&output.stdout));

    let caller = gateway.treating_doctor(PATIENT);
    let approved = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')";
    let patient = format!("'{PATIENT}'");
    let found = caller.ask(&query(
        FIND_DOCUMENTS,
        "LeafClass",
        &[("$XDSDocumentEntryPatientId", &patient), ("$XDSDocumentEntryStatus", approved)],
    ));
    assert_eq!(count(&found.text(), "ExtrinsicObject"), 7);
    let all = caller.ask(&query(
        GET_ALL,
        "LeafClass",
        &[
            ("$patientId", &patient),
            ("$XDSDocumentEntryStatus", approved),
            ("$XDSSubmissionSetStatus", approved),
            ("$XDSFolderStatus", approved),
        ],
    ));
    // Sets and one folder; each entry is in a set, those of the first set in the folder too.
    let (packages, associations) = (count(&all.text(), "RegistryPackage"), count(&all.text(), "Association"));
    assert!(
        (3..=8).contains(&packages) && (7 + 1 + 2..=7 + 1 + 2 * 5).contains(&associations),
        "{packages} {associations}"
    );

    let output = preload(&file, &["--patients", "1000000", "--entries", "1"]);
    assert_ne!(output.status.code(), Some(0));
    assert!(said(&output.stderr).contains("of 1000000 fictitious identifiers 3 are taken"), "{}", said(&output.stderr));

    // What comes later are other patients.
    let output = preload(&file, &["--patients", "1", "--entries", "2", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["entries"], &told["patients"]), (&serde_json::json!(2), &serde_json::json!(1)));
    assert_ne!(told["first_patient"], PATIENT);
}

#[test]
fn a_registry_is_filled_with_patients_who_do_not_exist() {
    check("");
}

#[test]
fn a_registry_on_postgresql_is_filled_too() {
    check(&format!("[registry]\nurl = \"{}\"\n", fresh_database()));
}

#[test]
fn a_registry_with_other_patients_is_left_alone_unless_forced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gateway.toml");
    std::fs::write(&path, "[tls]\nmode = \"off\"\n[vihf]\nrequired = false\n[domain]\nprofile = \"ihe\"\n").unwrap();
    let file = path.to_str().unwrap();
    let mut add = Command::new(env!("CARGO_BIN_EXE_dmp-gateway"));
    add.args(["patient", "add", "--config", file, "A-1^^^&1.2.250.1.213.1.4.10&ISO"]).env_clear();
    assert!(add.status().unwrap().success());

    let output = preload(file, &["--patients", "1", "--entries", "1"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(said(&output.stderr).contains("patients that this command did not make"), "{}", said(&output.stderr));
    assert_eq!(preload(file, &["--patients", "1", "--entries", "1", "--force"]).status.code(), Some(0));
}

#[test]
fn a_domain_of_real_persons_gets_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gateway.toml");
    let domain = "[domain]\nprofile = \"ihe\"\nassigning_authorities = [\"1.2.250.1.213.1.4.8\"]\n";
    std::fs::write(&path, format!("[tls]\nmode = \"off\"\n[vihf]\nrequired = false\n{domain}")).unwrap();
    let output = preload(path.to_str().unwrap(), &["--patients", "1", "--entries", "1"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(said(&output.stderr).contains("no domain of fictitious patients"), "{}", said(&output.stderr));
}
