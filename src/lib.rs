//! The open DMP gateway.
pub mod datatype;
pub mod telemetry;
pub mod xml;
