//! The volets on real documents: what the official check of a volet takes is taken, and the volet is told.

use std::collections::BTreeMap;
use std::path::Path;

use dmp_gateway::cda::report::Report;
use dmp_gateway::cda::rule::Severity;
use dmp_gateway::cda::rule::volet::Volets;
use dmp_gateway::cda::validation::{Settings, Validator};

/// The examples of the national agency with the columns of `index.tsv` about each; nothing where the folder is not.
fn examples() -> Option<Vec<(Vec<String>, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cda");
    let Ok(index) = std::fs::read_to_string(folder.join("index.tsv")) else {
        eprintln!("{} is absent: the volets are not asked of the national examples", folder.display());
        return None;
    };
    let rows = index.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let read = |row: Vec<String>| std::fs::read(folder.join(&row[0])).ok().map(|bytes| (row, bytes));
    Some(rows.filter_map(read).collect())
}

/// The errors of volets and of what they share.
fn errors(report: &Report) -> Vec<String> {
    let ids: Vec<&str> = Volets::built_in_rules().map(|(_, rule)| rule.id.as_ref()).collect();
    let of_volets = report.findings.iter().filter(|finding| ids.contains(&finding.rule.as_ref()));
    let errors = of_volets.filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| format!("{} {}", finding.rule, finding.location)).collect()
}

#[test]
fn what_the_official_check_of_its_volet_takes_is_taken() {
    let Some(examples) = examples() else { return };
    let validator = Validator::new(Settings::default());
    let mut recognised: BTreeMap<String, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for (row, bytes) in examples.iter().filter(|(row, _)| row[8] == "0/0") {
        let report = validator.validate(bytes);
        if let Some(volet) = &report.volet {
            *recognised.entry(volet.id.clone()).or_default() += 1;
        }
        faults.extend(errors(&report).into_iter().map(|error| format!("{}: {error}", row[0])));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let all: Vec<&str> = recognised.keys().map(String::as_str).collect();
    assert_eq!(all, ["BIO", "EP", "IMG", "LDL-EES", "LDL-SES", "VAC", "VSM"]);
}

#[test]
fn a_document_of_level_one_follows_no_volet() {
    let Some(examples) = examples() else { return };
    let validator = Validator::new(Settings::default());
    let level_one: Vec<_> = examples.iter().filter(|(row, _)| row[4] == "N1").collect();
    assert!(!level_one.is_empty());
    for (row, bytes) in level_one {
        let report = validator.validate(bytes);
        assert_eq!((report.volet.as_ref(), errors(&report)), (None, vec![]), "{}", row[0]);
    }
}
