//! The open DMP gateway.
pub mod datatype;
pub mod soap;
pub mod xml;
