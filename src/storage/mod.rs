//! What outlives a request: the registry in a database, the documents on a disk.
//!
//! Everything that touches the database is a named closure given to [`Store::read`] or [`Store::write`]; what it can
//! ask stands on [`Reader`] and [`Writer`] as questions of the domain, in [`registry`]. Every call blocks: it belongs
//! on a thread where waiting is allowed. SQL and diesel stay in this module, and what differs between databases in
//! `dialect`.

pub mod blob;
mod dialect;
pub mod migration;
pub mod registry;
mod schema;
pub mod secret;
pub mod transaction;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::r2d2::ManageConnection as _;

use crate::storage::blob::sweep::Sweep;
use crate::storage::blob::{BlobError, BlobId, BlobStore};
use crate::storage::dialect::{Connection, Location, Manager};
use crate::storage::migration::MigrationState;
use crate::storage::transaction::{Marks, Queue, Writers};

/// The registry and the documents. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    location: Arc<Location>,
    pool: diesel::r2d2::Pool<Manager>,
    writers: Arc<Writers>,
    blobs: BlobStore,
}

/// Where the store is.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The database: `sqlite://PATH`, or `postgres://USER@HOST/DATABASE` with the parameters of libpq.
    pub registry_url: String,
    /// The documents: `file://PATH`.
    pub repository_url: String,
    /// Connections to the database, at most.
    pub connections: u32,
}

/// For how long a request waits for a connection: longer than a server needs to start again.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(15);

/// What a closure may ask of the database.
pub struct Reader<'c> {
    connection: &'c mut Connection,
}

/// What a closure may ask and change.
pub struct Writer<'c> {
    reader: Reader<'c>,
}

/// Why the store could not answer. No variant carries metadata or document content.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The configuration names a database or a document store that this build does not know.
    #[error("{key} must begin with {expected}")]
    UnsupportedUrl {
        /// The configuration key.
        key: &'static str,
        /// The form taken.
        expected: &'static str,
    },
    /// The database could not be opened.
    #[error("cannot open the database {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// No connection to the database.
    #[error("no connection to the database: {0}")]
    Connection(String),
    /// A statement failed.
    #[error("the database refused a statement: {0}")]
    Database(#[from] diesel::result::Error),
    /// The connection went during a transaction, and no other one served.
    #[error("the connection to the database was lost: {0}")]
    ConnectionLost(diesel::result::Error),
    /// The transaction that also held others' writes was lost; whether it reached the disk is unknown.
    #[error("the commit failed: {0}")]
    Commit(Arc<diesel::result::Error>),
    /// The database was made by a later release.
    #[error("the database has migration {version}, which this release does not know")]
    NewerSchema {
        /// The first unknown migration.
        version: String,
    },
    /// The database lacks migrations that this release needs.
    #[error("the database lacks {count} migrations: run `dmp-gateway migrate up`")]
    OlderSchema {
        /// How many.
        count: usize,
    },
    /// A migration failed.
    #[error("migration failed: {0}")]
    Migration(String),
    /// A stored value that this release cannot read.
    #[error("unreadable {what} in the registry")]
    Corrupt {
        /// The column.
        what: &'static str,
    },
    /// A query found more than one answer may tell.
    #[error("the query finds more than {most} objects")]
    TooManyFound {
        /// How many it may find.
        most: usize,
    },
    /// The same document identifier is already kept with other bytes.
    #[error("a document of that identifier is kept with other bytes")]
    OtherDocumentKept,
    /// The documents on the disk.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl Store {
    /// Opens the store and brings the database to the schema of this release.
    pub fn open(settings: &Settings) -> Result<Self, StorageError> {
        let store = Self::connect(settings)?;
        store.migrate_up()?;
        Ok(store)
    }

    /// Opens the store as it is, for the `migrate` command.
    ///
    /// # Errors
    /// [`StorageError::NewerSchema`] when a later release has used it: nothing may be done to it.
    pub fn connect(settings: &Settings) -> Result<Self, StorageError> {
        let location = Location::parse(&settings.registry_url)?;
        let repository = path_of("repository.url", &settings.repository_url, "file://")?;
        location.prepare()?;
        let manager = Manager::new(location.clone());
        // At once and with its reason, where the pool would go on trying.
        manager.connect().map_err(|error| StorageError::Connection(location.scrub(&error.to_string())))?;
        let pool = diesel::r2d2::Pool::builder()
            .max_size(settings.connections.max(2))
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(WAIT_FOR_CONNECTION)
            .error_handler(Box::new(ConnectionLog))
            .build(manager)
            .map_err(|error| StorageError::Connection(location.scrub(&error.to_string())))?;
        let writers = match location {
            Location::Sqlite(_) => Writers::Grouped(Queue::default()),
            Location::Postgres(_) => Writers::Alone(Marks::default()),
        };
        let (location, writers) = (Arc::new(location), Arc::new(writers));
        let store = Self { location, pool, writers, blobs: BlobStore::open(repository)? };
        store.migration_state()?;
        Ok(store)
    }

    /// Where the database of these settings stands, asked without the documents and without a store.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub fn registry_state(settings: &Settings) -> Result<MigrationState, StorageError> {
        let location = Location::parse(&settings.registry_url)?;
        let connected = Manager::new(location.clone()).connect();
        let mut connection = connected.map_err(|error| StorageError::Connection(location.scrub(&error.to_string())))?;
        migration::state(&mut connection)
    }

    fn location(&self) -> &Location {
        &self.location
    }

    /// The documents.
    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    /// Removes documents that were removed or that no registration names. For the start, before requests are taken.
    pub fn sweep(&self, now: DateTime<Utc>) -> Result<Sweep, StorageError> {
        self.forget_old_marks()?;
        self.remove_noted_files()?;
        self.blobs.sweep(now, |ids: &[BlobId]| self.read("sweep", |reader| reader.documents_in(ids)))
    }

    /// Whether the database answers.
    pub fn check(&self) -> Result<(), StorageError> {
        self.migration_state()?.complete()
    }
}

/// Logs why a connection could not be opened; who waits for one is told no more than that there is none.
#[derive(Debug)]
struct ConnectionLog;

impl diesel::r2d2::HandleError<diesel::r2d2::Error> for ConnectionLog {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::warn!(%error, "a connection to the database could not be opened");
    }
}

impl<'c> std::ops::Deref for Writer<'c> {
    type Target = Reader<'c>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}

impl std::ops::DerefMut for Writer<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.reader
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("registry_url", &secret::mask(&self.registry_url))
            .field("repository_url", &secret::mask(&self.repository_url))
            .field("connections", &self.connections)
            .finish()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("blobs", &self.blobs).finish_non_exhaustive()
    }
}

fn path_of<'u>(key: &'static str, url: &'u str, expected: &'static str) -> Result<&'u Path, StorageError> {
    match url.strip_prefix(expected) {
        Some(path) if !path.is_empty() => Ok(Path::new(path)),
        _ => Err(StorageError::UnsupportedUrl { key, expected }),
    }
}
