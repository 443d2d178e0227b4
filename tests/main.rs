//! The gateway's specification as tests, one file per transaction or concern. This list is the table of contents.

mod architecture;

mod xds_fixture;
mod xds_metadata;
mod xds_query;
mod xds_registration;
mod xds_validation;
