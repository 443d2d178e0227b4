//! Names of the metrics, with their meaning. They are promises: dashboards and alarms read them.
//!
//! Labels are bounded: transaction numbers, error codes, rule ids. None names a patient or a professional.

/// Answers given. Labels: `transaction`, `outcome`, `error_code`.
pub const REQUESTS: &str = "dmpgw_requests_total";
/// Time to an answer. Label: `transaction`.
pub const REQUEST_DURATION: &str = "dmpgw_request_duration_seconds";
/// Bytes of document parts, both ways. Label: `direction` (`in`, `out`).
pub const MTOM_BYTES: &str = "dmpgw_mtom_bytes_total";
/// Documents deposited. Label: `type`, the `typeCode` when the value set knows it, else `other`.
pub const DOCUMENTS: &str = "dmpgw_documents";
/// Rules broken by callers. Label: `rule`.
pub const VALIDATION_FINDINGS: &str = "dmpgw_validation_findings_total";
/// Seconds until a certificate of ours expires. Label: `certificate`.
pub const CERT_EXPIRY: &str = "dmpgw_cert_expiry_seconds";
/// Time of one storage operation. Labels: `operation`, `outcome`.
pub const STORE_DURATION: &str = "dmpgw_store_duration_seconds";
/// Write operations tried again because the database was busy. Label: `operation`.
pub const STORE_RETRIES: &str = "dmpgw_store_retries_total";
/// Messages of the `HL7v2` feed. Labels: `event`, `ack`.
pub const HL7_MESSAGES: &str = "dmpgw_hl7_messages_total";
/// Audit records waiting to be sent.
pub const AUDIT_QUEUE: &str = "dmpgw_audit_queue";
/// Connections refused after the handshake, or cut. Label: `reason`.
pub const CONNECTIONS_CUT: &str = "dmpgw_connections_cut_total";

/// Answers that went elsewhere than the connection of their request. Label: `outcome`.
pub const ASYNCHRONOUS_ANSWERS: &str = "dmpgw_asynchronous_answers_total";

/// How a metric is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations in [`SECONDS_BUCKETS`].
    Histogram,
}

/// One metric: what it counts and what that means.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Name as exported.
    pub name: &'static str,
    /// How it is counted.
    pub kind: Kind,
    /// One sentence for the reader of a dashboard.
    pub help: &'static str,
}

/// Every metric the gateway exports.
pub const TABLE: &[Row] = &[
    row(REQUESTS, Kind::Counter, "Answers given, by transaction, outcome and first error code"),
    row(REQUEST_DURATION, Kind::Histogram, "Time from the first byte of a request to its answer"),
    row(MTOM_BYTES, Kind::Counter, "Bytes of document parts received and sent"),
    row(DOCUMENTS, Kind::Counter, "Documents deposited, by typeCode"),
    row(VALIDATION_FINDINGS, Kind::Counter, "Rules broken by submissions and queries"),
    row(CERT_EXPIRY, Kind::Gauge, "Seconds until a certificate of the gateway expires"),
    row(STORE_DURATION, Kind::Histogram, "Time of storage operations"),
    row(STORE_RETRIES, Kind::Counter, "Storage operations tried again because the database was busy"),
    row(ASYNCHRONOUS_ANSWERS, Kind::Counter, "Answers for another connection: delivered, undelivered, lost at the end"),
    row(HL7_MESSAGES, Kind::Counter, "Messages of the `HL7v2` feed, by event and acknowledgement"),
    row(AUDIT_QUEUE, Kind::Gauge, "Audit records waiting to be sent"),
    row(CONNECTIONS_CUT, Kind::Counter, "Connections refused after the handshake or cut, by reason"),
];

/// Upper bounds of the histogram buckets, in seconds.
pub const SECONDS_BUCKETS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Gives every metric its help text in the recorder that is installed.
pub fn describe() {
    for row in TABLE {
        match row.kind {
            Kind::Counter => metrics::describe_counter!(row.name, row.help),
            Kind::Gauge => metrics::describe_gauge!(row.name, row.help),
            Kind::Histogram => metrics::describe_histogram!(row.name, row.help),
        }
    }
}

const fn row(name: &'static str, kind: Kind, help: &'static str) -> Row {
    Row { name, kind, help }
}

#[cfg(test)]
mod tests {
    use super::{Kind, TABLE};

    #[test]
    fn every_metric_has_our_prefix_one_row_and_the_suffix_of_its_unit() {
        for (at, row) in TABLE.iter().enumerate() {
            assert!(row.name.starts_with("dmpgw_"), "{}", row.name);
            assert!(!row.help.is_empty() && !row.help.ends_with('.'), "{}", row.name);
            assert!(row.kind != Kind::Histogram || row.name.ends_with("_seconds"), "{}", row.name);
            assert!(TABLE.iter().skip(at + 1).all(|other| other.name != row.name), "{} twice", row.name);
        }
    }
}
