//! What many documents had in common: how they ended, and which rules spoke.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::cda::rule::Severity;
use crate::cli::cda::judgement::{Judgement, Outcome};
use crate::cli::cda::language::Language;

/// How often one rule spoke.
#[derive(Default)]
struct Count {
    findings: usize,
    files: usize,
}

/// All documents together.
#[derive(Default)]
pub(super) struct Summary {
    good: usize,
    warned: usize,
    failed: usize,
    unreadable: usize,
    left_out: usize,
    rules: BTreeMap<(Severity, String), Count>,
}

impl Summary {
    pub(super) fn add(&mut self, judgement: &Judgement) {
        match judgement.outcome {
            Outcome::Good => self.good += 1,
            Outcome::Warned => self.warned += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Unreadable(_) => self.unreadable += 1,
        }
        self.left_out += judgement.left_out;
        for (rule, findings) in &judgement.rules {
            let count = self.rules.entry(rule.clone()).or_default();
            count.findings += findings;
            count.files += 1;
        }
    }

    pub(super) fn files(&self) -> usize {
        self.good + self.warned + self.failed + self.unreadable
    }

    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    pub(super) fn warned(&self) -> usize {
        self.warned
    }

    pub(super) fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// For people: errors first, what is found most often first.
    pub(super) fn text(&self, language: Language) -> String {
        let files = language.count(self.files(), ["fichier", "fichiers"], ["file", "files"]);
        let good = self.good + self.warned;
        let mut parts = vec![language.count(good, ["conforme", "conformes"], ["passes", "pass"])];
        if self.warned > 0 {
            let with = language.say("avec avertissements", "with warnings");
            parts.push(format!("{} {with}", self.warned));
        }
        parts.push(language.count(self.failed, ["non conforme", "non conformes"], ["fails", "fail"]));
        if self.unreadable > 0 {
            parts.push(format!("{} {}", self.unreadable, language.say("non lus", "not read")));
        }
        let mut out = format!("{files}{} {}\n", language.say(" :", ":"), parts.join(", "));
        if self.left_out > 0 {
            let more =
                language.say("constats au-delà de la limite d'un rapport", "findings beyond the most of a report");
            let _ = writeln!(out, "{} {more}", self.left_out);
        }
        let mut rules: Vec<_> = self.rules.iter().collect();
        rules.sort_by_key(|((severity, _), count)| (std::cmp::Reverse(*severity), std::cmp::Reverse(count.findings)));
        let longest = rules.iter().map(|((_, rule), _)| rule.len()).max().unwrap_or_default();
        for ((severity, rule), count) in rules {
            let findings = language.count(count.findings, ["constat", "constats"], ["finding", "findings"]);
            let within = language.count(count.files, ["fichier", "fichiers"], ["file", "files"]);
            let (word, place) = (language.severity(*severity), language.say("dans", "in"));
            let _ = writeln!(out, "  {rule:<longest$}  {word:<13}  {findings} {place} {within}");
        }
        out
    }
}
