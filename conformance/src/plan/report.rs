//! What came of a run, held against the deviations that are known.

use std::fmt::Write;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::failure::Failure;

/// One step, run.
pub struct Outcome {
    /// Which plan.
    pub plan: String,
    /// Which step.
    pub step: String,
    /// `TD2.1` and its like.
    pub transaction: String,
    /// Time of the exchange.
    pub duration: Duration,
    /// What was not as expected; nothing means it passed.
    pub findings: Vec<String>,
}

/// Known deviations: a step, why it fails, what the specification says, since when.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    #[serde(default, rename = "deviation")]
    deviations: Vec<Deviation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    plan: String,
    step: String,
    reason: String,
    #[expect(dead_code, reason = "for the reader of the file; its presence is what is checked")]
    spec: String,
    #[expect(dead_code, reason = "for the reader of the file; its presence is what is checked")]
    since: String,
}

/// How a step counts.
enum Verdict<'a> {
    Passed,
    Failed,
    KnownDeviation(&'a str),
    DeviationIsGone,
}

impl Expected {
    /// Reads the list.
    pub fn read(text: &str) -> Result<Self, Failure> {
        toml::from_str(text).map_err(|e| Failure::Usage(format!("expected deviations: {e}")))
    }

    fn verdict(&self, outcome: &Outcome) -> Verdict<'_> {
        let known = self.deviations.iter().find(|d| d.plan == outcome.plan && d.step == outcome.step);
        match (known, outcome.findings.is_empty()) {
            (None, true) => Verdict::Passed,
            (None, false) => Verdict::Failed,
            (Some(deviation), false) => Verdict::KnownDeviation(&deviation.reason),
            (Some(_), true) => Verdict::DeviationIsGone,
        }
    }

    /// The report for people; true when nothing unexpected happened.
    pub fn text(&self, outcomes: &[Outcome]) -> (String, bool) {
        let (mut out, mut bad, mut plan) = (String::new(), 0, "");
        for outcome in outcomes {
            if outcome.plan != plan {
                plan = &outcome.plan;
                let _ = writeln!(out, "{plan}");
            }
            let (word, remark) = match self.verdict(outcome) {
                Verdict::Passed => ("ok", ""),
                Verdict::Failed => ("FAILED", ""),
                Verdict::KnownDeviation(reason) => ("known", reason),
                Verdict::DeviationIsGone => ("FAILED", "passes now: take it out of the known deviations"),
            };
            bad += usize::from(word == "FAILED");
            let milliseconds = outcome.duration.as_secs_f64() * 1000.0;
            let _ =
                writeln!(out, "  {word:6} {:5} {milliseconds:7.1} ms  {}  {remark}", outcome.transaction, outcome.step);
            for finding in &outcome.findings {
                let _ = writeln!(out, "           {finding}");
            }
        }
        let _ = writeln!(out, "conformance: {} steps, {bad} not as expected", outcomes.len());
        (out, bad == 0)
    }

    /// The report for programs: one line of JSON for each step.
    pub fn json(&self, outcomes: &[Outcome]) -> (String, bool) {
        let (mut out, mut good) = (String::new(), true);
        for outcome in outcomes {
            let verdict = match self.verdict(outcome) {
                Verdict::Passed => "pass",
                Verdict::KnownDeviation(_) => "known",
                Verdict::Failed | Verdict::DeviationIsGone => "fail",
            };
            good &= verdict != "fail";
            let line = json!({
                "plan": outcome.plan,
                "step": outcome.step,
                "transaction": outcome.transaction,
                "milliseconds": outcome.duration.as_secs_f64() * 1000.0,
                "verdict": verdict,
                "findings": outcome.findings,
            });
            let _ = writeln!(out, "{line}");
        }
        (out, good)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(findings: &[&str]) -> Outcome {
        Outcome {
            plan: "dmp/x".to_owned(),
            step: "a step".to_owned(),
            transaction: "TD2.1".to_owned(),
            duration: Duration::ZERO,
            findings: findings.iter().map(|f| (*f).to_owned()).collect(),
        }
    }

    #[test]
    fn a_known_deviation_is_no_failure_and_one_that_is_gone_is() {
        let list = "[[deviation]]\nplan='dmp/x'\nstep='a step'\nreason='r'\nspec='s'\nsince='0.1'";
        let expected = Expected::read(list).unwrap();
        assert!(expected.text(&[outcome(&["wrong"])]).1);
        assert!(!expected.text(&[outcome(&[])]).1);
        assert!(!Expected::default().json(&[outcome(&["wrong"])]).1);
    }
}
