//! The rules of the header: each family of demand broken and kept, and the verdicts of the official check.

mod demands;
mod official;
mod settings;

use dmp_gateway::cda::finding::Finding;
use dmp_gateway::cda::rule::Severity;
use dmp_gateway::cda::validation::{Settings, Validator};

/// A small header of a fictitious patient that keeps every rule.
const HEADER: &str = include_str!("header.xml");

/// What the header rules find, whatever the schema and the body rules say.
fn found_by(settings: Settings, document: &str) -> Vec<Finding> {
    let ours = |finding: &Finding| ["SM", "SW", "SV", "DT-"].iter().any(|family| finding.rule.starts_with(family));
    let report = Validator::new(settings).validate(document.as_bytes());
    report.findings.into_iter().filter(ours).collect()
}

fn found(document: &str) -> Vec<Finding> {
    found_by(Settings::default(), document)
}

/// Each finding as `rule place`, a warning with a question mark.
fn told(document: &str) -> Vec<String> {
    let line = |finding: &Finding| {
        let mark = if finding.severity == Severity::Warning { "?" } else { "" };
        let place = finding.location.xpath.trim_start_matches("/ClinicalDocument");
        format!("{}{mark} {place}", finding.rule)
    };
    let mut lines: Vec<String> = found(document).iter().map(line).collect();
    lines.sort();
    lines
}

/// The header with one text replaced; a change that changes nothing is a mistake of the test.
#[track_caller]
fn changed(from: &str, to: &str) -> String {
    crate::support::cda::changed(HEADER, from, to)
}
