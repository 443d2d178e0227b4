//! `metadata derive`: what a CDA document implies, printed so that it can be deposited, read and judged.

use std::path::Path;
use std::process::{Command, Output};

use dmp_gateway::dmp::derivation::{NOT_DERIVED, TABLE, derive};

use crate::support::caller::sha1;
use crate::support::cda::{CONSULTATION, changed, files_of};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dmp-gateway")).args(arguments).env_clear().output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What `derive` prints for a document, and what it says beside.
fn derived(document: &str, arguments: &[&str]) -> (String, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.xml");
    std::fs::write(&file, document).unwrap();
    let output = run(&[&["metadata", "derive"], arguments, &[file.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

fn json(document: &str) -> serde_json::Value {
    serde_json::from_str(&derived(document, &["--format", "json"]).0).unwrap()
}

/// The values of one attribute.
fn values(document: &str, attribute: &str) -> serde_json::Value {
    let report = json(document);
    let all = report["attributes"].as_array().unwrap();
    all.iter().find(|line| line["attribute"] == attribute).unwrap()["values"].clone()
}

#[track_caller]
fn check(document: &str, attribute: &str, expected: &[&str]) {
    let found = values(document, attribute);
    let found: Vec<String> = found.as_array().unwrap().iter().map(shown).collect();
    assert_eq!(found, expected, "{attribute}");
}

/// A code as `code^^scheme`, an author by its slots.
fn shown(value: &serde_json::Value) -> String {
    match (value.as_str(), value.get("code")) {
        (Some(text), _) => text.to_owned(),
        (None, Some(code)) => format!("{}^^{}", code.as_str().unwrap(), value["scheme"].as_str().unwrap()),
        (None, None) => value.to_string(),
    }
}

#[test]
fn what_is_derived_from_our_samples_is_metadata_that_the_dmp_takes() {
    for file in files_of("cda-samples") {
        let directory = tempfile::tempdir().unwrap();
        let submission = directory.path().join("submission.xml");
        let output = run(&["metadata", "derive", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        std::fs::write(&submission, &output.stdout).unwrap();
        let judged = run(&["metadata", "validate", "--profile", "dmp", submission.to_str().unwrap()]);
        assert_eq!(judged.status.code(), Some(0), "{}: {}", file.display(), text(&judged.stdout));
    }
}

#[test]
fn each_attribute_is_taken_from_its_place_in_the_header() {
    let check = |attribute, expected: &[&str]| check(CONSULTATION, attribute, expected);
    check("mimeType", &["text/xml"]);
    check("uniqueId", &["1.2.250.1.999.77.1.3.1"]);
    check("patientId", &["284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH"]);
    check("sourcePatientId", &["0004471^^^&1.2.250.1.999.77.1.2&ISO^PI"]);
    check(
        "sourcePatientInfo",
        &[
            "PID-5|MARTIN^CLAIRE^CLAIRE ANNE^^^^L",
            "PID-5|LEROY^CLAIRE^^^^^D",
            "PID-7|19840612",
            "PID-8|F",
            "PID-11|3 impasse du Bac à Sable^^PARIS^^75005^FRANCE^H",
            "PID-11|^^PARIS^^^^BDL^^75105",
        ],
    );
    check("creationTime", &["20251117094500"]);
    check("serviceStopTime", &["20251117093000"]);
    check("languageCode", &["fr-FR"]);
    check("title", &["Compte rendu de consultation"]);
    check("typeCode", &["11488-4^^2.16.840.1.113883.6.1"]);
    check("classCode", &["10^^1.2.250.1.213.1.1.4.1"]);
    check("formatCode", &["urn:asipSante:modelesHorsProfils:2011^^1.2.250.1.213.1.1.4.2.282"]);
    check("confidentialityCode", &["N^^2.16.840.1.113883.5.25"]);
    check("healthcareFacilityTypeCode", &["SA07^^1.2.250.1.71.4.2.4"]);
    check("practiceSettingCode", &["AMBULATOIRE^^1.2.250.1.213.1.1.4.9"]);
    check("legalAuthenticator", &["899700000017^DUMONT^ALICE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"]);
    check("hash", &[&sha1(CONSULTATION.as_bytes())]);
    check("size", &[&CONSULTATION.len().to_string()]);
    let author = &values(CONSULTATION, "author")[0];
    assert_eq!(author["authorPerson"], "899700000017^DUMONT^ALICE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS");
    assert_eq!(author["authorInstitution"], "CABINET DU PONT^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^499700000017001");
    assert_eq!(author["authorRole"], "Médecin traitant");
    assert_eq!(
        author["authorSpecialty"],
        "G15_10/SM26^Médecin - Qualifié en Médecine Générale (SM)^1.2.250.1.213.1.1.4.5"
    );
}

#[test]
fn the_format_follows_the_volet_and_the_body() {
    let volet = |root: &str| changed(CONSULTATION, "1.3.6.1.4.1.19376.1.5.3.1.1.1", root);
    check(&volet("1.2.250.1.213.1.1.1.13"), "formatCode", &["urn:asip:ci-sis:vsm:2012^^1.2.250.1.213.1.1.4.2.282"]);
    check(&volet("1.3.6.1.4.1.19376.1.3.3"), "formatCode", &["urn:ihe:lab:xd-lab:2008^^1.3.6.1.4.1.19376.1.2.3"]);
    let level_one = include_str!("../cda-samples/adressage.xml");
    check(level_one, "formatCode", &["urn:ihe:iti:xds-sd:pdf:2008^^1.3.6.1.4.1.19376.1.2.3"]);
}

#[test]
fn a_patient_without_a_local_number_is_named_by_the_ins() {
    let document = changed(CONSULTATION, "<id root=\"1.2.250.1.999.77.1.2\" extension=\"0004471\"/>", "");
    check(&document, "sourcePatientId", &["284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH"]);
}

#[test]
fn persons_are_named_by_the_kind_of_their_identifier() {
    let author = "<id root=\"1.2.250.1.71.4.2.1\" extension=\"899700000017\"/>";
    let person = |id: &str| values(&changed(CONSULTATION, author, id), "author")[0]["authorPerson"].clone();
    let id = |root: &str, extension: &str| format!("<id root=\"{root}\" extension=\"{extension}\"/>");
    assert_eq!(
        person(&id("1.2.250.1.71.4.2.1", "3750803447/12")),
        "3750803447/12^DUMONT^ALICE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^EI"
    );
    assert_eq!(
        person(&id("1.2.250.1.213.1.4.10", "279035121518989")),
        "279035121518989^DUMONT^ALICE^^^^^^&1.2.250.1.213.1.4.10&ISO^D^^^NH"
    );
    assert_eq!(person("<id nullFlavor=\"UNK\"/>"), "^DUMONT^ALICE^^^^^^^D");
    let start = CONSULTATION.find("<assignedPerson>").unwrap();
    let end = CONSULTATION.find("</assignedPerson>").unwrap() + "</assignedPerson>".len();
    let device = "<assignedAuthoringDevice><manufacturerModelName>M&amp;X</manufacturerModelName>\
                  <softwareName>Logiciel</softwareName></assignedAuthoringDevice>";
    let document = changed(CONSULTATION, &CONSULTATION[start..end], device);
    assert_eq!(
        values(&document, "author")[0]["authorPerson"],
        "899700000017^Logiciel^M\\T\\X^^^^^^&1.2.250.1.71.4.2.1&ISO^U^^^RI"
    );
}

#[test]
fn what_cannot_be_derived_is_said() {
    let document = changed(CONSULTATION, "code=\"11488-4\"", "code=\"99999-9\"");
    let (_, notes) = derived(&document, &[]);
    assert!(notes.contains("classCode: the type of the document goes with no class that is known"), "{notes}");
    assert!(notes.contains("sourceId of the software that sends: drawn"), "{notes}");
    let (shown, _) = derived(&document, &["--format", "text"]);
    assert!(shown.contains("(the type of the document goes with no class that is known)"), "{shown}");
    assert!(shown.contains("repositoryUniqueId: filled in by the repository"), "{shown}");
    let report = json(&document);
    assert_eq!(report["not_derived"].as_array().unwrap().len(), NOT_DERIVED.len());
    assert_eq!(report["attributes"].as_array().unwrap().len(), TABLE.len());
}

#[test]
fn what_the_sender_says_stands_in_the_submission_set() {
    let (xml, notes) = derived(
        CONSULTATION,
        &[
            "--content-type",
            "03",
            "--source-id",
            "1.2.250.1.999.7",
            "--set-id",
            "1.2.250.1.999.8",
            "--replaces",
            "urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21",
        ],
    );
    for said in [
        "nodeRepresentation=\"03\"",
        "value=\"1.2.250.1.999.7\"",
        "value=\"1.2.250.1.999.8\"",
        "targetObject=\"urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21\"",
    ] {
        assert!(xml.contains(said), "no {said} in {xml}");
    }
    assert!(!notes.contains("drawn"), "{notes}");
    let wrong = |arguments: &[&str]| {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("cda-samples/consultation.xml");
        run(&[&["metadata", "derive"], arguments, &[sample.to_str().unwrap()]].concat()).status.code()
    };
    assert_eq!(wrong(&["--content-type", "nothing"]), Some(2));
    assert_eq!(wrong(&["--source-id", "nothing"]), Some(2));
    assert_eq!(wrong(&["--replaces", "nothing"]), Some(2));
}

#[test]
fn what_is_no_document_is_refused_and_what_is_no_file_too() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("document.xml");
    for wrong in ["<a/>", "<a>", "<!DOCTYPE a><a/>", "\u{0}"] {
        std::fs::write(&file, wrong).unwrap();
        assert_eq!(run(&["metadata", "derive", file.to_str().unwrap()]).status.code(), Some(1), "{wrong}");
    }
    assert_eq!(run(&["metadata", "derive", "/nowhere.xml"]).status.code(), Some(3));
}

#[test]
fn every_national_example_implies_every_attribute_that_its_header_can() {
    let files = files_of("../shared/data/cda/examples");
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let missing = crate::support::cda::with_header(&bytes, |header| {
            let facts = dmp_gateway::dmp::derivation::FileFacts {
                hash: dmp_gateway::datatype::hash::Sha1::OF_NOTHING,
                size: 0,
            };
            let lines = derive(header, facts);
            let missing = lines.iter().filter(|line| line.mapping.required && line.derived.values.is_empty());
            missing.map(|line| line.mapping.attribute.name).collect::<Vec<_>>()
        });
        assert_eq!(missing, Vec::<&str>::new(), "{}", file.display());
    }
}
