//! Names of the fields of a log line. They are promises: dashboards read them.
//!
//! Used as `tracing::info!({ log_field::TRANSACTION } = "ITI-41", …)`, so that a name is written once. There is
//! deliberately no field for a patient, a professional or a title.

/// The id that the caller also gets, in the HTTP header and in faults.
pub const CORRELATION_ID: &str = "correlation_id";
/// `MessageID` of WS-Addressing, as the caller wrote it.
pub const MESSAGE_ID: &str = "message_id";
/// Number of the transaction: `ITI-41`, `TD0.2`.
pub const TRANSACTION: &str = "transaction";
/// National identifier of the calling structure.
pub const ACTOR_ORG: &str = "actor_org";
/// `success`, `partial`, `failure` or `fault`.
pub const OUTCOME: &str = "outcome";
/// First error code of the answer.
pub const ERROR_CODE: &str = "error_code";
/// First rule that was broken.
pub const RULE: &str = "rule";
/// HTTP status of the answer.
pub const STATUS: &str = "status";
/// From the first byte of the request to the last of the answer's head, in milliseconds.
pub const DURATION_MS: &str = "duration_ms";
/// Bytes of the request body.
pub const BYTES_IN: &str = "bytes_in";
/// Bytes of the answer's body; of a large one that is written while it is read, in a line of its own when it is written.
pub const BYTES_OUT: &str = "bytes_out";
/// Documents deposited or fetched.
pub const DOCUMENTS: &str = "documents";
/// SHA-256 of the certificate of the TLS peer.
pub const PEER_FINGERPRINT: &str = "peer_fingerprint";
/// Name of a storage operation.
pub const OPERATION: &str = "operation";
/// What went wrong inside, for the operator.
pub const CAUSE: &str = "cause";
