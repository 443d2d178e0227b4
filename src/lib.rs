//! The open DMP gateway.
pub mod datatype;
pub mod security;
pub mod xml;
