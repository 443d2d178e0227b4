//! The sample documents: a good one of each kind breaks no rule, a broken one breaks those that the index names and no other.
//!
//! `cda-samples/index.tsv` has a line for each file. What a good sample warns of, and what a broken one does, is what the
//! README, the demonstration and an editor who tries the validator rely on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use dmp_gateway::cda::finding::Finding;
use dmp_gateway::cda::report::Report;
use dmp_gateway::cda::rule::Severity;
use dmp_gateway::cda::validation::{Settings, Validator};
use dmp_gateway::datatype::ins::Ins;

use crate::support::cda::{provide_and_register, with_header};
use crate::support::gateway::{DMP, Setup};

/// The INS of test patients.
const TEST_INS: &str = "1.2.250.1.213.1.4.10";

/// A line of the index.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    file: String,
    schema: String,
    verdict: String,
    errors: BTreeSet<String>,
    warnings: BTreeSet<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cda-samples")
}

fn index() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("index.tsv")).unwrap();
    let rules = |cell: &str| cell.split(' ').filter(|rule| *rule != "-").map(str::to_owned).collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [file, _kind, schema, verdict, errors, warnings] = cells[..] else { panic!("not six cells: {line}") };
        Row {
            file: file.to_owned(),
            schema: schema.to_owned(),
            verdict: verdict.to_owned(),
            errors: rules(errors),
            warnings: rules(warnings),
        }
    };
    text.lines().skip(1).map(row).collect()
}

/// The documents below a folder, by their path in it.
fn documents(below: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder().join(below)).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: PathBuf| format!("{below}{}", path.file_name().unwrap().to_str().unwrap());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "xml")).map(name).collect()
}

fn judged(validator: &Validator, file: &str) -> Row {
    let report = validator.validate(&std::fs::read(folder().join(file)).unwrap());
    Row {
        file: file.to_owned(),
        schema: report.schema.as_str().to_owned(),
        verdict: if report.passes() { "pass" } else { "fail" }.to_owned(),
        errors: rules_of(&report, Severity::Error),
        warnings: rules_of(&report, Severity::Warning),
    }
}

fn rules_of(report: &Report, severity: Severity) -> BTreeSet<String> {
    let rules = |finding: &Finding| (finding.severity == severity).then(|| finding.rule.to_string());
    report.findings.iter().filter_map(rules).collect()
}

#[test]
fn each_document_has_its_line_and_each_line_its_document() {
    let named: Vec<String> = index().into_iter().map(|row| row.file).collect();
    let there: Vec<String> = documents("").into_iter().chain(documents("broken/")).collect();
    assert_eq!(named, there);
}

#[test]
fn each_document_gets_the_verdict_of_the_index_by_those_rules_and_no_other() {
    let validator = Validator::new(Settings::default());
    let rows = index();
    assert!(rows.iter().any(|row| row.verdict == "pass") && rows.iter().any(|row| row.verdict == "fail"));
    let other: Vec<(Row, &Row)> =
        rows.iter().map(|row| (judged(&validator, &row.file), row)).filter(|(is, should)| is != *should).collect();
    assert!(other.is_empty(), "what is, and what the index says: {other:#?}");
}

#[test]
fn a_good_sample_passes_and_a_broken_one_says_what_it_breaks() {
    for row in index() {
        let text = String::from_utf8_lossy(&std::fs::read(folder().join(&row.file)).unwrap()).into_owned();
        assert!(text.contains("<!-- Fictitious: no such patient"), "{}", row.file);
        if row.file.starts_with("broken/") {
            assert!(text.contains("<!-- Broken on purpose: "), "{}", row.file);
            assert!(!row.errors.is_empty() || !row.warnings.is_empty(), "{}", row.file);
        } else {
            assert_eq!((row.schema.as_str(), row.verdict.as_str()), ("valid", "pass"), "{}", row.file);
        }
    }
}

#[test]
fn the_readme_names_each_good_sample() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for file in documents("") {
        assert!(readme.contains(&format!("| `{file}` |")), "{file}");
    }
}

#[test]
fn the_signature_of_the_signed_sample_is_good_in_xmlsec1() {
    let arguments = ["--verify", "--id-attr:Id", "Object", "--insecure", "certificat-signe.xml"];
    match Command::new("xmlsec1").args(arguments).current_dir(folder()).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => eprintln!("xmlsec1 is missing ({error}); `make test` installs it"),
    }
}

/// What the wire needs to know of a document: its uniqueId, the INS of its patient, its version and what it replaces.
struct Named {
    unique_id: String,
    patient: String,
    version: u64,
    replaced: Option<String>,
}

fn named(document: &[u8]) -> Named {
    with_header(document, |header| {
        let ids = &header.patient.as_ref().unwrap().ids;
        let ins = ids.iter().map(|id| &id.value).find(|id| id.root == TEST_INS).unwrap();
        Named {
            unique_id: header.id.as_ref().unwrap().value.to_unique_id(),
            patient: format!("{}^^^&{TEST_INS}&ISO^NH", ins.extension.as_ref().unwrap()),
            version: header.version_number.as_ref().unwrap().value,
            replaced: header.replaced.first().map(|old| old.ids[0].value.to_unique_id()),
        }
    })
}

#[test]
fn each_good_sample_is_deposited_found_and_fetched_with_the_metadata_of_its_header() {
    let gateway = Setup::toml(&format!("{DMP}[cda]\n")).serve();
    let read = |file: &String| std::fs::read(folder().join(file)).unwrap();
    let mut samples: Vec<(String, Vec<u8>)> = documents("").iter().map(|file| (file.clone(), read(file))).collect();
    // A replacement comes after what it replaces.
    samples.sort_by_key(|(_, document)| named(document).version);
    for (file, document) in &samples {
        let Named { unique_id, patient, replaced, .. } = named(document);
        assert!(Ins::parse(&patient).is_ok(), "{file}: the key of the INS");
        let doctor = gateway.treating_doctor(&patient);
        let old = replaced.map(|old| doctor.entry_uuid(&old));
        let request = provide_and_register(document, document, old.as_deref());
        let answer = doctor.provide(&request, &[("document", document)]);
        assert_eq!(answer.status_urn(), "Success", "{file}: {}", answer.envelope());
        let incoherent: Vec<String> = answer.errors().into_iter().map(|error| error.context).collect();
        assert!(!incoherent.iter().any(|context| context.contains("[COH-")), "{file}: {incoherent:#?}");
        doctor.finds_and_fetches(&unique_id, document);
    }
}
