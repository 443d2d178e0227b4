//! The gateway's specification as tests, one file per transaction or concern. This list is the table of contents.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test may fail as loudly as the test; `.clippy.toml` covers the tests themselves only"
)]

mod architecture;
mod cli;
mod config;
mod limits;
mod mtom;
mod operation;
mod pki;
mod signature;
mod soap;
mod storage;
mod support;
mod tls;
mod vihf;
mod vihf_command;
mod wsdl;
mod xds_fixture;
mod xds_metadata;
mod xds_query;
mod xds_registration;
mod xds_validation;
