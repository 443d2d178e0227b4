//! The gateway's specification as tests, one file per transaction or concern. This list is the table of contents.

mod architecture;
mod config;
mod mtom;
mod pki;
mod signature;
mod soap;
mod storage;
mod support;
mod vihf;
mod wsdl;
mod vihf_command;

mod xds_fixture;
mod xds_metadata;
mod soap;
mod wsdl;
