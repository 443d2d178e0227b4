//! One document: read, judged and written, in the thread that took it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::cda::report::Report;
use crate::cda::rule::Severity;
use crate::cda::validation::Validator;
use crate::cli::cda::files::{Content, Source};

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No error, no warning.
    Good,
    /// No error.
    Warned,
    /// At least one error.
    Failed,
    /// It could not be judged, with the reason.
    Unreadable(String),
}

/// What is kept of one document until its turn to be printed.
pub(super) struct Judgement {
    /// Its report, written.
    pub(super) rendered: String,
    pub(super) outcome: Outcome,
    /// How often each rule spoke, and how.
    pub(super) rules: BTreeMap<(Severity, String), usize>,
    /// Findings beyond the most that are told.
    pub(super) left_out: usize,
}

/// A document that was judged, for whoever writes about it.
pub(super) struct Judged {
    pub(super) name: String,
    /// Nothing, when it is larger than what is read.
    pub(super) bytes: Vec<u8>,
    pub(super) report: Report,
    /// Reading and judging.
    pub(super) took: Duration,
}

/// Judges a document. `render` writes the report.
pub(super) fn judge(source: &Source, validator: &Validator, render: impl Fn(&Judged) -> String) -> Judgement {
    let (name, begun) = (source.name(), Instant::now());
    let (bytes, report) = match source.read(validator.largest()) {
        Err(cause) => return unreadable(format!("cannot read {name}: {cause}")),
        Ok(Content::TooLarge(bytes)) => (Vec::new(), validator.too_large(bytes)),
        Ok(Content::Whole(bytes)) => {
            // A fault of this program in one document is no reason not to judge the others.
            let judged = catch_unwind(AssertUnwindSafe(|| validator.validate(&bytes)));
            let Ok(report) = judged else {
                return unreadable(format!("cannot judge {name}: a fault of this program; please report it"));
            };
            (bytes, report)
        }
    };
    let mut rules = BTreeMap::new();
    for finding in &report.findings {
        *rules.entry((finding.severity, finding.rule.to_string())).or_default() += 1;
    }
    let outcome = match (report.passes(), report.findings.is_empty() && report.left_out == 0) {
        (true, true) => Outcome::Good,
        (true, false) => Outcome::Warned,
        (false, _) => Outcome::Failed,
    };
    let judged = Judged { name, bytes, report, took: begun.elapsed() };
    Judgement { rendered: render(&judged), outcome, rules, left_out: judged.report.left_out }
}

fn unreadable(cause: String) -> Judgement {
    Judgement { rendered: String::new(), outcome: Outcome::Unreadable(cause), rules: BTreeMap::new(), left_out: 0 }
}
