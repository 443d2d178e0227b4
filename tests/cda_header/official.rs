//! Documents whose official verdict on the header is known: published ones, and mutants of their headers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use dmp_gateway::cda::finding::Finding;
use dmp_gateway::cda::rule::Severity;
use dmp_gateway::cda::validation::{Settings, Validator};

/// What the header rules find in a document: errors and warnings, and the places of each.
struct Verdict {
    errors: usize,
    warnings: usize,
    error_places: BTreeSet<String>,
    warning_places: BTreeSet<String>,
    text: String,
}

/// The folder of the shared data, if this machine has it.
fn shared(inside: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(inside);
    if !folder.exists() {
        eprintln!("{} is absent: the header rules are not compared with the official ones", folder.display());
        return None;
    }
    Some(folder)
}

fn judge(validator: &Validator, bytes: &[u8]) -> Verdict {
    let report = validator.validate(bytes);
    // What the official check asks: the table, its data types and what is not in the model.
    let official = |finding: &&Finding| ["SM", "DT-", "SW"].iter().any(|family| finding.rule.starts_with(family));
    let findings: Vec<&Finding> = report.findings.iter().filter(official).collect();
    let of = |severity| findings.iter().filter(move |finding| finding.severity == severity);
    let places = |severity| of(severity).map(|finding| plain(&finding.location.xpath)).collect();
    let lines = findings.iter().map(|own| format!("  {} {} ({})\n", own.rule, own.location.xpath, own.expected));
    Verdict {
        errors: of(Severity::Error).count(),
        warnings: of(Severity::Warning).count(),
        error_places: places(Severity::Error),
        warning_places: places(Severity::Warning),
        text: lines.collect(),
    }
}

/// A place as the official check writes it: without position where it is the first.
fn plain(xpath: &str) -> String {
    let from = xpath.find("/ClinicalDocument").unwrap_or(0);
    xpath.get(from..).unwrap_or(xpath).replace("[1]", "")
}

/// The places of a cell, without prefixes.
fn places(cell: &str) -> BTreeSet<String> {
    let step = |step: &str| step.rsplit(':').next().unwrap_or(step).to_owned();
    cell.split(' ')
        .filter(|place| !place.is_empty())
        .map(|place| place.split('/').map(step).collect::<Vec<_>>().join("/"))
        .collect()
}

#[test]
fn mutants_of_published_headers_have_the_official_verdict_at_the_official_places() {
    let Some(folder) = shared("cda/mutants") else { return };
    let inside = tempfile::tempdir().unwrap();
    let archive = folder.join("mutants.tar.gz");
    let unpacked = Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(inside.path()).status().unwrap();
    assert!(unpacked.success());
    let table = std::fs::read_to_string(folder.join("header.tsv")).unwrap();
    let validator = Validator::new(Settings::default());
    let mut differences: Vec<String> = Vec::new();
    let mut number = 0;
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let (mutant, errors, warnings) = (cells[1], cells[8], cells[9]);
        let (error_places, warning_places) =
            (cells.get(10).copied().unwrap_or(""), cells.get(11).copied().unwrap_or(""));
        let verdict = judge(&validator, &std::fs::read(inside.path().join("header").join(mutant)).unwrap());
        number += 1;
        if errors == "X" {
            // The official check stops at an xsi:type whose prefix is not bound; ours tells it.
            let told = verdict.text.trim_start();
            assert!(verdict.errors == 1 && told.starts_with("SM119/xsi:type"), "{mutant}: {told}");
            continue;
        }
        let same = verdict.errors.to_string() == errors
            && verdict.warnings.to_string() == warnings
            && verdict.error_places == places(error_places)
            && verdict.warning_places == places(warning_places);
        if !same {
            differences.push(format!(
                "{mutant} {} {} {}: official {errors}/{warnings} {error_places} | {warning_places}; ours {}/{} {:?} | {:?}\n{}",
                cells[2], cells[3], cells[4], verdict.errors, verdict.warnings, verdict.error_places, verdict.warning_places, verdict.text
            ));
        }
    }
    assert_eq!(number, 360);
    assert!(differences.is_empty(), "\n{}", differences.concat());
}

#[test]
fn published_documents_have_the_official_number_of_findings() {
    let Some(folder) = shared("cda") else { return };
    let table = std::fs::read_to_string(folder.join("index.tsv")).unwrap();
    let validator = Validator::new(Settings::default());
    let mut differences: Vec<String> = Vec::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let verdict = judge(&validator, &std::fs::read(folder.join(cells[0])).unwrap());
        let ours = format!("{}/{}", verdict.errors, verdict.warnings);
        // `-`: the official check was not asked.
        if cells[7] != "-" && ours != cells[7] {
            differences.push(format!("{}: official {}, ours {ours}\n{}", cells[0], cells[7], verdict.text));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.concat());
}
