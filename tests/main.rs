//! The gateway's specification as tests, one file per transaction or concern. This list is the table of contents.

#![allow(
    clippy::print_stderr,
    clippy::cloned_ref_to_slice_refs,
    clippy::duplicate_mod,
    clippy::needless_for_each,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing; .clippy.toml does not reach its helpers"
)]

mod architecture;
mod asynchronous;
mod cda_header;
mod cda_samples;
mod cda_schema;
mod cda_volets;
mod cli;
mod cli_cda;
mod codes;
mod coherence;
mod config;
mod durability;
mod examples;
mod iti18;
mod iti41;
mod iti42;
mod iti43;
mod iti44;
mod iti51;
mod iti57;
mod iti61;
mod iti62;
mod iti86;
mod iti92;
mod iti8;
mod kept;
mod limits;
mod log;
mod model;
mod metadata_derive;
mod mllp;
mod mtom;
mod operation;
mod pki;
mod postgresql;
mod preload;
mod race;
mod rules;
mod sign_command;
mod signature;
mod slow;
mod soap;
mod soap_wire;
mod sqlite;
mod storage;
mod support;
mod tls;
mod vihf;
mod vihf_command;
mod wsdl;
mod xades;
mod xds_fixture;
mod xds_metadata;
mod xds_query;
mod xds_registration;
mod xds_validation;
mod zeep;

use crate::support::database::Database;

/// What the tests of these files run on; `postgresql` has some of them again.
const DATABASE: Database = Database::Sqlite;
