//! The open DMP gateway.

pub mod datatype;
pub mod telemetry;
pub mod terminology;
pub mod xml;
pub mod soap;
pub mod security;
pub mod xds;
pub mod hl7v3;
pub mod hl7v2;
pub mod cda;
pub mod dmp;
pub mod storage;
pub mod transaction;
pub mod endpoint;
pub mod mllp;
pub mod server;
pub mod config;
pub mod cli;
