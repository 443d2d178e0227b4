//! The open DMP gateway.

pub mod cli;
pub mod config;
pub mod datatype;
pub mod security;
pub mod soap;
pub mod storage;
pub mod telemetry;
pub mod terminology;
pub mod xds;
pub mod xml;
