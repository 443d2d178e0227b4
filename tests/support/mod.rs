//! What the specifications share: the test PKI, in memory and on disk, a client on the wire, a gateway of their
//! own, callers who speak to it and what they hear.
//!
//! # On both databases
//!
//! A file of tests runs on both databases when it is named in `tests/main.rs` and again in `tests/postgresql/mod.rs`
//! (with its `#[path]`). It is written once and takes the database from the module above it: `super::DATABASE`, for a file in a
//! folder by a `use super::DATABASE;` of the folder's `mod.rs`. A gateway starts on it by `Setup::toml(…).on(super::DATABASE)`
//! or `Shared::on(super::DATABASE)`, a store by `DATABASE.fresh_url(directory)`. Whatever such a file takes from its own
//! folder it names by `super::`, since `crate::` would lead to the file on `SQLite`.

pub(crate) mod answer;
pub(crate) mod caller;
pub(crate) mod cda;
pub(crate) mod child;
pub(crate) mod feed;
pub(crate) mod database;
pub(crate) mod gateway;
pub(crate) mod message;
pub(crate) mod pki;
pub(crate) mod pki_on_disk;
pub(crate) mod receiver;
pub(crate) mod postgres;
pub(crate) mod story;
pub(crate) mod vihf;
pub(crate) mod wire;
pub(crate) mod xades;
