//! The gateway's specification as tests, one file per transaction or concern. This list is the table of contents.

mod architecture;
mod mtom;
mod soap;
mod config;
