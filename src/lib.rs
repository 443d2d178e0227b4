//! The open DMP gateway.
pub mod datatype;
pub mod xds;
pub mod xml;
