//! For programs: one object a line. The names are a promise; others may come beside them.

use serde_json::{Value, json};

use crate::cda::document::{Level, Wrapper};
use crate::cda::finding::{Finding, Found};
use crate::cda::report::SchemaVerdict;
use crate::cli::cda::judgement::Judged;

/// The report on one document.
pub(in crate::cli::cda) fn document(judged: &Judged) -> String {
    let report = &judged.report;
    let findings: Vec<Value> = report.findings.iter().map(of_finding).collect();
    let level = report.level.map(|level| match level {
        Level::One => 1,
        Level::Three => 3,
    });
    let wrapper = report.wrapper.map(|wrapper| match wrapper {
        Wrapper::Bare => "none",
        Wrapper::Stylesheet => "stylesheet",
        Wrapper::Signature => "signature, not verified",
    });
    let line = json!({
        "file": judged.name,
        "schema": report.schema.as_str(),
        "verdict": if report.passes() { "pass" } else { "fail" },
        "level": level,
        "volet": report.volet.as_ref().map(|volet| volet.id.as_str()),
        "wrapper": wrapper,
        "findings": findings,
        "left_out": report.left_out,
    });
    format!("{line}\n")
}

/// A document that could not be read: nothing is known of it, so it does not pass.
pub(in crate::cli::cda) fn unreadable(name: &str, cause: &str) -> String {
    let schema = SchemaVerdict::Malformed.as_str();
    let line = json!({ "file": name, "schema": schema, "verdict": "fail", "findings": [], "unreadable": cause });
    format!("{line}\n")
}

fn of_finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule,
        "severity": finding.severity.as_str(),
        "xpath": finding.location.xpath,
        "line": finding.location.line,
        "column": finding.location.column,
        "found": finding.found.as_ref().map(Found::as_str),
        "expected": finding.expected,
        "help": { "fr": finding.help.fr, "en": finding.help.en },
    })
}
