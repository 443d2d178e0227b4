//! Names that logs and metrics share, and the correlation id that joins them to an answer.
//!
//! Only names and handles: what writes a log line or serves a metric stands in `server`. No value that names a
//! patient, a professional or a document may be used as a field or a label.

pub mod correlation;
pub mod log_field;
pub mod metric;
