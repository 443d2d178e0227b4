//! The open DMP gateway.
pub mod datatype;
pub mod xml;
