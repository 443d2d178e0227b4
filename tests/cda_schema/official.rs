//! Documents whose official verdict is known: published ones, faulty ones that were published, and mutants.

use std::path::Path;
use std::process::Command;

use crate::cda_schema::{shared, told, validator, word};

/// Lines of a table without its heading: the path of a document and what the official schema says of it.
fn verdicts(table: &Path, name: usize, verdict: usize) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(table).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        (cells[name].to_owned(), cells[verdict].to_owned())
    });
    rows.collect()
}

/// The documents of a folder for which the verdict is another one.
fn differences(folder: &Path, verdicts: &[(String, String)]) -> Vec<String> {
    let validator = validator();
    let mut differences = Vec::new();
    for (name, official) in verdicts {
        let report = validator.validate(&std::fs::read(folder.join(name)).unwrap());
        if word(report.schema) != official {
            differences.push(format!("{name}: {official}, here {} {:?}", word(report.schema), told(&report)));
        }
    }
    differences
}

#[test]
fn published_documents_have_the_official_verdict() {
    let Some(folder) = shared("cda") else { return };
    let verdicts = verdicts(&folder.join("index.tsv"), 0, 6);
    assert!(verdicts.len() > 50, "{} documents", verdicts.len());
    assert_eq!(differences(&folder, &verdicts), Vec::<String>::new());
}

#[test]
fn mutants_of_published_documents_have_the_official_verdict() {
    let Some(folder) = shared("cda/mutants") else { return };
    let unpacked = tempfile::tempdir().unwrap();
    let status = Command::new("tar")
        .args(["--extract", "--gzip", "--file"])
        .arg(folder.join("mutants.tar.gz"))
        .arg("--directory")
        .arg(unpacked.path())
        .status()
        .unwrap();
    assert!(status.success());
    for (set, count) in [("header", 360), ("any", 350)] {
        // The verdict of Xerces, which is the one that holds where engines differ.
        let verdicts = verdicts(&folder.join(set).with_extension("tsv"), 1, 6);
        assert_eq!(verdicts.len(), count);
        assert_eq!(differences(&unpacked.path().join(set), &verdicts), Vec::<String>::new());
    }
}
