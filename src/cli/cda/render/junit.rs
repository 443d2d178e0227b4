//! For continuous integration: a suite for each document, in it a test case for each rule that spoke.
//!
//! The form is the one that Jenkins, GitLab and GitHub actions read: `testsuites`, `testsuite`, `testcase`, and in it `failure`
//! (an error), `system-out` (warnings) or `error` (a document that could not be read). What counts all suites is left out, since
//! suites are written as they come.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::cda::finding::Finding;
use crate::cda::rule::Severity;
use crate::cli::cda::judgement::Judged;
use crate::cli::cda::language::Language;
use crate::cli::cda::render::text::{colon, told, verdict};

/// What stands before the suites.
pub(in crate::cli::cda) const OPENING: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dmp-gateway cda validate\">\n";
/// What stands after them.
pub(in crate::cli::cda) const CLOSING: &str = "</testsuites>\n";

/// The suite of one document. A finding of that severity, or a graver one, is a failure. A document without one has a test case
/// of its own, so that something passes.
pub(in crate::cli::cda) fn document(judged: &Judged, fails_on: Severity, language: Language) -> String {
    let (name, report) = (&judged.name, &judged.report);
    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        rules.entry(&finding.rule).or_default().push(finding);
    }
    let fails = |findings: &[&Finding]| findings.iter().any(|finding| finding.severity >= fails_on);
    let mut failures = rules.values().filter(|findings| fails(findings)).count();
    let mut cases = Vec::new();
    if failures == 0 {
        let said = verdict(report, language);
        // It fails by what was left out of the report.
        let inside = if report.passes() { String::new() } else { failure("verdict", &said, &said) };
        failures += usize::from(!report.passes());
        cases.push(("document", inside));
    }
    cases.extend(rules.iter().map(|(rule, findings)| (*rule, of_rule(rule, findings, fails(findings), language))));
    suite(name, judged.took, &cases, [failures, 0])
}

/// The suite of a document that could not be read.
pub(in crate::cli::cda) fn unreadable(name: &str, cause: &str) -> String {
    let error = format!("      <error type=\"input\" message=\"{}\"/>\n", escaped(cause));
    suite(name, Duration::ZERO, &[("document", error)], [0, 1])
}

/// Readers that add up the time of test cases and those that read that of the suite come to the same.
fn suite(file: &str, took: Duration, cases: &[(&str, String)], [failures, errors]: [usize; 2]) -> String {
    let (file, took, tests) = (escaped(file), took.as_secs_f64(), cases.len());
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"");
    let mut out = format!("  <testsuite name=\"{file}\" {counts} time=\"{took:.3}\">\n");
    for (at, (name, inside)) in cases.iter().enumerate() {
        let (name, took) = (escaped(name), if at == 0 { took } else { 0.0 });
        let case = format!("<testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" time=\"{took:.3}\"");
        let _ = match inside.as_str() {
            "" => writeln!(out, "    {case}/>"),
            inside => writeln!(out, "    {case}>\n{inside}    </testcase>"),
        };
    }
    out.push_str("  </testsuite>\n");
    out
}

fn of_rule(rule: &str, findings: &[&Finding], fails: bool, language: Language) -> String {
    let text: String = findings.iter().map(|finding| of_finding(finding, language)).collect();
    let help = findings.first().map(|finding| language.help(&finding.help)).unwrap_or_default();
    if fails { failure(rule, help, &text) } else { format!("      <system-out>{}</system-out>\n", escaped(&text)) }
}

fn failure(kind: &str, message: &str, text: &str) -> String {
    let (kind, message, text) = (escaped(kind), escaped(message), escaped(text));
    format!("      <failure type=\"{kind}\" message=\"{message}\">{text}</failure>\n")
}

fn of_finding(finding: &Finding, language: Language) -> String {
    let place = &finding.location;
    let (line, column) = (language.say("ligne", "line"), language.say("colonne", "column"));
    let (severity, colon) = (language.severity(finding.severity), colon(language));
    let mut out = format!("{line} {}, {column} {}{colon} {severity}\n", place.line, place.column);
    for (word, value) in told(finding, language) {
        let _ = writeln!(out, "  {word}{colon} {value}");
    }
    out
}

/// A text as content or attribute; what XML 1.0 has no character for is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{CLOSING, OPENING, unreadable};
    use crate::xml::document::Document;
    use crate::xml::limits::Limits;

    #[test]
    fn whatever_a_file_is_called_the_report_is_xml() {
        let suite = unreadable("a<b>&\"'\u{1}\u{ffff}.xml", "n'existe pas\u{1b}");
        let text = format!("{OPENING}{suite}{CLOSING}");
        let document = Document::parse(&text, &Limits::default()).unwrap();
        let case = document.root().descendants().find(|node| node.has_tag_name("testcase")).unwrap();
        assert_eq!(case.attribute("classname"), Some("a<b>&\"'\u{fffd}\u{fffd}.xml"));
    }
}
