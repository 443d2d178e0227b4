//! On which database a test runs. See [`crate::support`].

use std::path::Path;

use crate::support::postgres;

/// The kinds of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    /// A file in the directory of the test.
    Sqlite,
    /// A database of its own on the private server of this run.
    Postgresql,
}

impl Database {
    /// `registry.url` of an empty registry. A file is made in that directory.
    pub(crate) fn fresh_url(self, directory: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", directory.join("registry/registry.db").display()),
            Self::Postgresql => postgres::fresh_database(),
        }
    }
}
