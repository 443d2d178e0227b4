//! The gateway's specification as tests, one file per transaction or concern. This list is the table of contents.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr, reason = "a specification that fails may panic")]

mod architecture;
mod mtom;
mod soap;
mod config;
mod pki;
mod signature;
mod support;
mod vihf;
