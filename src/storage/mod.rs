//! What outlives a request: the registry in a database, the documents on a disk.

pub mod blob;
