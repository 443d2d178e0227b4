//! The open DMP gateway.

pub mod datatype;
pub mod telemetry;
pub mod terminology;
pub mod xml;
pub mod soap;
pub mod security;
pub mod xds;
pub mod storage;
pub mod server;
pub mod config;
pub mod cli;
