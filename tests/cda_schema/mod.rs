//! The schema of CDA: the verdict is that of the official schema, whatever is wrong with a document, and whoever sent it.

mod hostile;
mod memory;
mod mutant;
mod official;

use std::path::{Path, PathBuf};

use dmp_gateway::cda::report::{Report, SchemaVerdict};
use dmp_gateway::cda::validation::{Settings, Validator};

/// A folder or file of the shared data; nothing, and a line that says so, on a machine without it.
fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path);
    if !path.exists() {
        eprintln!("{} is absent: what official documents and schemas say is not compared", path.display());
        return None;
    }
    Some(path)
}

fn validator() -> Validator {
    Validator::new(Settings::default())
}

/// What the schema found, for the message of a failed test.
fn told(report: &Report) -> Vec<String> {
    let of_schema = report.findings.iter().filter(|finding| !finding.rule.starts_with("SM"));
    of_schema.map(|finding| format!("{} {} {}", finding.rule, finding.location, finding.expected)).take(3).collect()
}

fn word(verdict: SchemaVerdict) -> &'static str {
    verdict.as_str()
}
