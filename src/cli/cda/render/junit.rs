//! For continuous integration: a suite for each document, in it a test case for each rule that spoke.
//!
//! The form is the one that Jenkins, GitLab and GitHub actions read: `testsuites`, `testsuite`, `testcase`, and in it `failure`
//! (an error), `system-out` (warnings) or `error` (a document that could not be read). What counts all suites is left out, since
//! suites are written as they come.

use std::collections::BTreeMap;

use crate::cda::finding::Finding;
use crate::cda::report::Report;
use crate::cda::rule::Severity;
use crate::cli::cda::language::Language;
use crate::cli::cda::render::text::{colon, told, verdict};

/// What stands before the suites.
pub(in crate::cli::cda) const OPENING: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dmp-gateway cda validate\">\n";
/// What stands after them.
pub(in crate::cli::cda) const CLOSING: &str = "</testsuites>\n";

/// The suite of one document. A document without an error has a test case of its own, so that something passes.
pub(in crate::cli::cda) fn document(name: &str, report: &Report, language: Language) -> String {
    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        rules.entry(&finding.rule).or_default().push(finding);
    }
    let failing = rules.values().filter(|findings| fails(findings)).count();
    let silent = failing == 0 && !report.passes();
    let mut cases = String::new();
    if report.passes() || silent {
        let said = verdict(report, language);
        cases.push_str(&case(name, "document", &if silent { failure("verdict", &said, &said) } else { String::new() }));
    }
    for (rule, findings) in &rules {
        cases.push_str(&case(name, rule, &of_rule(rule, findings, language)));
    }
    let tests = rules.len() + usize::from(report.passes() || silent);
    suite(name, [tests, failing + usize::from(silent), 0], &cases)
}

/// The suite of a document that could not be read.
pub(in crate::cli::cda) fn unreadable(name: &str, cause: &str) -> String {
    let error = format!("      <error type=\"input\" message=\"{}\"/>\n", escaped(cause));
    suite(name, [1, 0, 1], &case(name, "document", &error))
}

fn suite(name: &str, [tests, failures, errors]: [usize; 3], cases: &str) -> String {
    let name = escaped(name);
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"");
    format!("  <testsuite name=\"{name}\" {counts}>\n{cases}  </testsuite>\n")
}

fn case(file: &str, name: &str, inside: &str) -> String {
    let opening = format!("    <testcase classname=\"{0}\" name=\"{1}\" file=\"{0}\"", escaped(file), escaped(name));
    if inside.is_empty() { format!("{opening}/>\n") } else { format!("{opening}>\n{inside}    </testcase>\n") }
}

fn fails(findings: &[&Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

fn of_rule(rule: &str, findings: &[&Finding], language: Language) -> String {
    let text: String = findings.iter().map(|finding| of_finding(finding, language)).collect();
    let help = findings.first().map(|finding| language.help(&finding.help)).unwrap_or_default();
    if fails(findings) {
        failure(rule, help, &text)
    } else {
        format!("      <system-out>{}</system-out>\n", escaped(&text))
    }
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
        out.push_str(&format!("  {word}{colon} {value}\n"));
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
