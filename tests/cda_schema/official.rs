//! Documents whose official verdict is known: published ones, faulty ones that were published, and mutants.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use dmp_gateway::cda::validation::{Settings, Validator};
use dmp_gateway::xml::schema::Schema;
use dmp_gateway::xml::schema::source::Sources;
use tempfile::TempDir;

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
fn differences(validator: &Validator, folder: &Path, verdicts: &[(String, String)]) -> Vec<String> {
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
    assert_eq!(differences(&validator(), &folder, &verdicts), Vec::<String>::new());
}

/// The mutants unpacked, and the folder of the tables that judge them.
fn mutants() -> Option<(TempDir, std::path::PathBuf)> {
    let folder = shared("cda/mutants")?;
    let unpacked = tempfile::tempdir().unwrap();
    let status = Command::new("tar")
        .args(["--extract", "--gzip", "--file"])
        .arg(folder.join("mutants.tar.gz"))
        .arg("--directory")
        .arg(unpacked.path())
        .status()
        .unwrap();
    assert!(status.success());
    Some((unpacked, folder))
}

/// The mutants whose verdict differs from that of Xerces, which is the one that holds where engines differ.
fn different_mutants(validator: &Validator) -> Vec<String> {
    let Some((unpacked, folder)) = mutants() else { return Vec::new() };
    let mut all = Vec::new();
    for (set, count) in [("header", 360), ("any", 350)] {
        let verdicts = verdicts(&folder.join(set).with_extension("tsv"), 1, 6);
        assert_eq!(verdicts.len(), count);
        all.extend(differences(validator, &unpacked.path().join(set), &verdicts));
    }
    all
}

#[test]
fn mutants_of_published_documents_have_the_official_verdict() {
    assert_eq!(different_mutants(&validator()), Vec::<String>::new());
}

#[test]
fn the_official_schema_may_stand_in_for_the_gateway_s_own() {
    let Some(folder) = shared("official-schemas/ans-cda") else { return };
    let mut files = Vec::new();
    let mut open = vec![folder.clone()];
    while let Some(directory) = open.pop() {
        for path in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
                files.push((name, text.trim_start_matches('\u{feff}').to_owned().into()));
            }
        }
    }
    files.retain(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "xsd"));
    let schema = Schema::compile(Sources::new(files).unwrap(), "CDA_extended.xsd").unwrap();
    let validator = Validator::new(Settings { schema: Some(Arc::new(schema)), ..Settings::default() });
    assert_eq!(different_mutants(&validator), Vec::<String>::new());
    // A child that the official schema forbids with `maxOccurs="0"`.
    let text = std::fs::read_to_string(folder.join("../../cda/pair/IMG-CR-IMG_N1_v1.xml")).unwrap();
    assert_eq!(word(validator.validate(text.as_bytes()).schema), "valid");
    let at = text.find("<confidentialityCode").unwrap();
    let end = at + text[at..].find("/>").unwrap();
    let forbidden = format!("{}><qualifier/></confidentialityCode>{}", &text[..end], &text[end + 2..]);
    assert_eq!(word(validator.validate(forbidden.as_bytes()).schema), "invalid");
}
