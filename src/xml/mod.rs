//! XML in and out: a linear guard before every tree, names by namespace, locations, an escaping writer.
//!
//! What is read is UTF-8, XML 1.0, without DOCTYPE and within [`limits::Limits`]; a [`document::Document`]
//! cannot be made otherwise. The tree is `roxmltree`: no C parser touches the bytes of a caller who is
//! not yet authenticated.

pub mod canonical;
pub mod document;
pub mod guard;
pub mod limits;
pub mod location;
pub mod namespace;
pub mod schema;
pub mod writer;
