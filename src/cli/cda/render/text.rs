//! For people: the place as compilers write it, the line of the document, and how to mend it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::cda::finding::Finding;
use crate::cda::report::Report;
use crate::cda::rule::Severity;
use crate::cli::cda::excerpt::{Lines, printable};
use crate::cli::cda::judgement::Judged;
use crate::cli::cda::language::Language;
use crate::xml::document::text_of_bytes;

/// The report on one document.
pub(in crate::cli::cda) fn document(judged: &Judged, language: Language) -> String {
    let (name, report) = (printable(&judged.name), &judged.report);
    let mut out = format!("{name}{} {} ({})\n", colon(language), verdict(report, language), about(report, language));
    let mut lines = Lines::of(text_of_bytes(&judged.bytes).unwrap_or_default());
    for finding in &report.findings {
        out.push('\n');
        one(&name, finding, &mut lines, language, &mut out);
    }
    if report.left_out > 0 {
        let more =
            language.count(report.left_out, ["autre constat", "autres constats"], ["more finding", "more findings"]);
        let _ = writeln!(out, "\n  … {more}");
    }
    if !report.findings.is_empty() {
        out.push('\n');
    }
    out
}

/// A document that could not be read.
pub(in crate::cli::cda) fn unreadable(name: &str, cause: &str, language: Language) -> String {
    let (name, cause) = (printable(name), printable(cause));
    format!("{name}{} {} ({cause})\n", colon(language), language.say("non lu", "not read"))
}

/// Its verdict, with how many findings stand behind it.
pub(super) fn verdict(report: &Report, language: Language) -> String {
    let word = if report.passes() { language.say("conforme", "pass") } else { language.say("non conforme", "fail") };
    let number = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let mut parts = vec![word.to_owned()];
    let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
    if errors > 0 {
        parts.push(language.count(errors, ["erreur", "erreurs"], ["error", "errors"]));
    }
    if warnings > 0 {
        parts.push(language.count(warnings, ["avertissement", "avertissements"], ["warning", "warnings"]));
    }
    parts.join(", ")
}

fn about(report: &Report, language: Language) -> String {
    let level = report.level.map(|level| language.level(level));
    let volet = report.volet.as_ref().map(|volet| language.help(&volet.name));
    let wrapper = report.wrapper.and_then(|wrapper| language.wrapper(wrapper));
    std::iter::once(language.schema(report.schema))
        .chain(level)
        .chain(volet)
        .chain(wrapper)
        .collect::<Vec<_>>()
        .join(", ")
}

fn one(name: &str, finding: &Finding, lines: &mut Lines<'_>, language: Language, out: &mut String) {
    let place = &finding.location;
    let (severity, rule) = (language.severity(finding.severity), &finding.rule);
    let colon = colon(language);
    let _ = writeln!(out, "{name}:{}:{}: {severity}{colon} {rule}", place.line, place.column);
    if let Some(excerpt) = lines.excerpt(place.line, place.column) {
        out.push_str(&excerpt);
    }
    for (word, value) in told(finding, language) {
        let _ = writeln!(out, "  {word}{colon} {}", printable(&value));
    }
}

/// What is said of a finding beside its place.
pub(super) fn told(finding: &Finding, language: Language) -> Vec<(&'static str, Cow<'_, str>)> {
    let found = finding.found.as_ref().map(|found| (language.say("trouvé", "found"), Cow::Borrowed(found.as_str())));
    let expected = (language.say("attendu", "expected"), language.expectation(&finding.expected));
    let help = (language.say("aide", "help"), Cow::Borrowed(language.help(&finding.help)));
    let xpath = ("XPath", Cow::Borrowed(finding.location.xpath.as_str()));
    found.into_iter().chain([expected, help, xpath]).filter(|(_, value)| !value.is_empty()).collect()
}

/// French sets a space before it.
pub(super) fn colon(language: Language) -> &'static str {
    language.say(" :", ":")
}
