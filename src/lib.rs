//! The open DMP gateway.
pub mod datatype;
pub mod storage;
pub mod xds;
pub mod xml;
pub mod soap;
pub mod xds;
