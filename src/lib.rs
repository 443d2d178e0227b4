//! The open DMP gateway.
pub mod datatype;
pub mod terminology;
pub mod xds;
pub mod xml;
