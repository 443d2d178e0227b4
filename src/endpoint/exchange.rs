//! One exchange, as the log and the metrics tell of it: one line each, without patient, professional or content.

use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::endpoint::destination::Reply;
use crate::soap::tolerance::Tolerance;
use crate::telemetry::correlation::Correlation;
use crate::telemetry::metric;
use crate::transaction::catalogue::{Row, Service};
use crate::xds::error::{Finding, Severity};

/// What is known of an exchange so far.
pub(super) struct Exchange {
    pub(super) service: Service,
    pub(super) correlation: Correlation,
    pub(super) now: DateTime<Utc>,
    /// The transaction, once it is known.
    pub(super) row: Option<&'static Row>,
    /// `wsa:MessageID`, once it is known.
    pub(super) message_id: Option<String>,
    /// Whether the request came as a package.
    pub(super) packaged: bool,
    /// The structure that the assertion names, once it was verified.
    pub(super) structure: Option<String>,
    /// The software that the assertion names, once it was verified.
    pub(super) software: Option<String>,
    /// Ids of the tolerances that were needed.
    pub(super) tolerated: Vec<&'static str>,
    /// Rules and codes of the findings, or of the fault.
    pub(super) rules: Vec<String>,
    pub(super) outcome: Outcome,
    pub(super) bytes_in: u64,
    /// How long the answer is; nothing if it is still to be made: who makes it tells when it is written.
    pub(super) bytes_out: Option<u64>,
    /// Where the answer goes, once the caller was heard.
    pub(super) reply: Reply,
    /// How many objects or documents the answer holds.
    pub(super) results: Option<usize>,
    started: Instant,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Partial,
    Failure,
    Fault,
    /// Its answer comes on another connection and has a line of its own.
    Accepted,
}

/// Whether a `MessageID` is a UUID and no more: what else a caller writes there might name a patient.
fn is_random(message_id: &str) -> bool {
    let uuid = message_id.strip_prefix("urn:uuid:").or_else(|| message_id.strip_prefix("uuid:")).unwrap_or(message_id);
    uuid.len() == 36 && uuid::Uuid::try_parse(uuid).is_ok()
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Partial => "partial",
            Self::Failure => "failure",
            Self::Fault => "fault",
            Self::Accepted => "accepted",
        }
    }
}

impl Exchange {
    pub(super) fn begin(service: Service, correlation: Correlation, now: DateTime<Utc>) -> Self {
        Self {
            service,
            correlation,
            now,
            row: None,
            message_id: None,
            packaged: false,
            structure: None,
            software: None,
            tolerated: Vec::new(),
            rules: Vec::new(),
            outcome: Outcome::Fault,
            bytes_in: 0,
            bytes_out: Some(0),
            results: None,
            reply: Reply::default(),
            started: Instant::now(),
        }
    }

    /// The same exchange as its answer tells of it, when that comes later.
    pub(super) fn continued(&self) -> Self {
        Self {
            service: self.service,
            correlation: self.correlation.clone(),
            now: self.now,
            row: self.row,
            message_id: self.message_id.clone(),
            packaged: self.packaged,
            structure: self.structure.clone(),
            software: self.software.clone(),
            tolerated: Vec::new(),
            rules: Vec::new(),
            outcome: Outcome::Fault,
            bytes_in: self.bytes_in,
            bytes_out: Some(0),
            results: None,
            reply: self.reply.clone(),
            started: self.started,
        }
    }

    /// Notes the deviations that were taken.
    pub(super) fn tolerate(&mut self, deviations: impl IntoIterator<Item = Tolerance>) {
        self.tolerated.extend(deviations.into_iter().filter_map(Tolerance::row).map(|row| row.id));
    }

    /// Notes what the answer says.
    pub(super) fn note(&mut self, outcome: Outcome, findings: &[Finding]) {
        self.outcome = outcome;
        self.rules = findings.iter().map(|finding| format!("{}:{}", finding.rule, finding.code)).collect();
        for finding in findings {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            metrics::counter!(metric::VALIDATION_FINDINGS, "rule" => finding.rule, "severity" => severity).increment(1);
        }
    }

    pub(super) fn end(self, status: u16) {
        let transaction = self.row.map_or("unknown", |row| row.number);
        let outcome = self.outcome.as_str();
        let elapsed = self.started.elapsed();
        metrics::counter!(metric::REQUESTS, "transaction" => transaction, "outcome" => outcome).increment(1);
        metrics::histogram!(metric::REQUEST_DURATION, "transaction" => transaction).record(elapsed.as_secs_f64());
        tracing::info!(
            correlation = %self.correlation,
            transaction,
            service = self.service.path(),
            outcome,
            http.status = status,
            duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            bytes_in = self.bytes_in,
            bytes_out = self.bytes_out,
            results = self.results,
            actor_org = self.structure.as_deref().map(tracing::field::debug),
            software = self.software.as_deref().map(tracing::field::debug),
            message_id = self.message_id.as_deref().filter(|id| is_random(id)).map(tracing::field::debug),
            rules = %self.rules.join(" "),
            tolerated = %self.tolerated.join(" "),
            "exchange"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::is_random;

    #[test]
    fn a_message_id_is_logged_only_if_it_is_a_uuid() {
        assert!(is_random("urn:uuid:0d5a1a5e-33b1-4d9c-9d0f-6a1f8f9a1001"));
        for other in
            ["284067510512388", "urn:uuid:284067510512388", "urn:uuid:0d5a1a5e-33b1-4d9c-9d0f-6a1f8f9a1001 MARTIN", ""]
        {
            assert!(!is_random(other), "{other}");
        }
    }
}
