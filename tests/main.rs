//! The gateway's specification as tests, one file per transaction or concern. This list is the table of contents.

mod architecture;
mod config;
mod mtom;
mod pki;
mod signature;
mod soap;
mod support;
mod vihf;
