//! The open DMP gateway.
pub mod datatype;
pub mod xml;
pub mod soap;
pub mod xds;
pub mod storage;
