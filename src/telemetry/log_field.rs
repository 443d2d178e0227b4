//! Names of the fields of a log line that are written in more than one place. They are promises: dashboards read them.
//!
//! Used as `tracing::error!({ log_field::CAUSE } = %cause, "…")`, so that a name is written once. The line of an exchange has
//! its own, where it is written (`endpoint`, `mllp`). There is deliberately no field for a patient, a professional or a title.

/// First rule that was broken.
pub const RULE: &str = "rule";
/// What went wrong inside, for the operator.
pub const CAUSE: &str = "cause";
