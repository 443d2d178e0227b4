//! The gateway's specification as tests, one file per transaction or concern. This list is the table of contents.

mod architecture;
mod config;
mod mtom;
mod soap;
mod wsdl;
