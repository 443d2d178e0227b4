//! The open DMP gateway.
pub mod config;
pub mod datatype;
pub mod telemetry;
pub mod xml;
