//! The open DMP gateway.
pub mod datatype;
pub mod storage;
pub mod xml;
