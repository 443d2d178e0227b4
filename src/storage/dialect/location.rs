//! Where a registry is: the URL of its database.

use std::path::{Path, PathBuf};

use crate::storage::{StorageError, secret};

/// The database of a registry, by the kind that its URL names.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::storage) enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A server, by the URL that libpq takes: with password and TLS parameters.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite://PATH`, `postgres://…` or `postgresql://…`.
    pub(in crate::storage) fn parse(url: &str) -> Result<Self, StorageError> {
        if let Some(path) = url.strip_prefix("sqlite://").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(Path::new(path).to_owned()));
        }
        let is_server = |scheme: &&str| url.strip_prefix(*scheme).is_some_and(|rest| !rest.is_empty());
        if ["postgres://", "postgresql://"].iter().any(is_server) {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(StorageError::UnsupportedUrl {
            key: "registry.url",
            expected: "sqlite://PATH or postgres://USER@HOST/DATABASE",
        })
    }

    /// Makes the database file, for this user alone; `SQLite` gives its mode to the files beside it. A database of a
    /// server is made by whoever runs the server.
    pub(in crate::storage) fn prepare(&self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(path) => create_file(path).map_err(|source| StorageError::Open { path: path.clone(), source }),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// A message of the database or its library, which may quote the URL, without what must not be seen.
    pub(in crate::storage) fn scrub(&self, message: &str) -> String {
        match self {
            Self::Sqlite(_) => message.to_owned(),
            Self::Postgres(url) => secret::scrub(url, message),
        }
    }
}

fn create_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite(…)",
            Self::Postgres(_) => "Postgres(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::storage::dialect::Location;

    #[test]
    fn the_scheme_names_the_database_and_nothing_is_tried() {
        assert!(matches!(Location::parse("sqlite:///var/r.db"), Ok(Location::Sqlite(_))));
        assert!(matches!(Location::parse("postgres://dmp@db/registry"), Ok(Location::Postgres(_))));
        assert!(matches!(Location::parse("postgresql://db/registry?sslmode=verify-full"), Ok(Location::Postgres(_))));
        for url in ["", "sqlite://", "postgres://", "registry.db", "host=db dbname=registry", "mysql://db/registry"] {
            assert!(Location::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_place_is_not_told_for_debugging() {
        let location = Location::parse("postgres://dmp:s3cret@db/registry").unwrap();
        assert_eq!(format!("{location:?}"), "Postgres(…)");
    }
}
