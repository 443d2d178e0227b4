//! A connection to either database, opened and tuned by the kind that the URL names.

// The derive writes public items without documentation, and one arm per database.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    clippy::wildcard_enum_match_arm,
    reason = "written by the derive"
)]

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::r2d2::{Error, ManageConnection, R2D2Connection};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, ConnectionError, MultiConnection, RunQueryDsl, select};

use crate::storage::dialect::Location;

/// The connection that queries run on; `Connection` elsewhere, which the code of the derive understands as the trait.
#[derive(MultiConnection)]
pub(in crate::storage) enum AnyConnection {
    /// A file of this machine.
    Sqlite(SqliteConnection),
    /// A server that speaks the protocol of PostgreSQL.
    Pg(PgConnection),
}

/// The database of [`AnyConnection`].
pub(in crate::storage) type Database = MultiBackend;

/// Opens connections for the pool.
///
/// `AnyConnection::establish` would try one kind of database after the other and take the first that opens, so that a server
/// which is down becomes an empty file: here nothing is tried but what the URL names.
#[derive(Debug, Clone)]
pub(in crate::storage) struct Manager {
    location: Location,
}

impl Manager {
    /// A manager of connections to that place.
    pub(in crate::storage) fn new(location: Location) -> Self {
        Self { location }
    }
}

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = Error;

    fn connect(&self) -> Result<AnyConnection, Error> {
        match &self.location {
            Location::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                connection.batch_execute(SQLITE_SETTINGS)?;
                Ok(AnyConnection::Sqlite(connection))
            }
            Location::Postgres(url) => {
                let scrubbed =
                    |error: ConnectionError| ConnectionError::BadConnection(self.location.scrub(&error.to_string()));
                let mut connection = PgConnection::establish(url).map_err(scrubbed)?;
                refuse_other_encodings(&mut connection)?;
                // A setting that an engine does not know is one that it does not need.
                for setting in POSTGRES_SETTINGS {
                    drop(connection.batch_execute(setting));
                }
                Ok(AnyConnection::Pg(connection))
            }
        }
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), Error> {
        connection.ping().map_err(Error::QueryError)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

/// In a database of another encoding some names could not be written, on the day on which the first such name comes.
fn refuse_other_encodings(connection: &mut PgConnection) -> Result<(), ConnectionError> {
    let encoding = select(sql::<Text>("current_setting('server_encoding')")).get_result::<String>(connection);
    match encoding {
        // An engine that does not know the setting has one encoding.
        Err(_) => Ok(()),
        Ok(encoding) if encoding.eq_ignore_ascii_case("UTF8") => Ok(()),
        Ok(encoding) => Err(ConnectionError::BadConnection(format!(
            "the encoding of the database is {encoding}; create it with ENCODING 'UTF8' (and TEMPLATE template0)"
        ))),
    }
}

impl AnyConnection {
    /// Whether a table of that name is there; asking makes nothing.
    pub(in crate::storage) fn has_table(&mut self, name: &str) -> QueryResult<bool> {
        let found: i64 = match self {
            Self::Sqlite(connection) => select(sql::<BigInt>(
                "(SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ",
            ).bind::<Text, _>(name).sql(")")).get_result(connection)?,
            Self::Pg(connection) => select(sql::<BigInt>(
                "(SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = ",
            ).bind::<Text, _>(name).sql(")")).get_result(connection)?,
        };
        Ok(found > 0)
    }

    /// Begins a transaction that sees one state of the registry and changes nothing.
    pub(in crate::storage) fn begin_read(&mut self) -> QueryResult<()> {
        match self {
            // The first statement fixes what is seen.
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN"),
            Self::Pg(connection) => AnsiTransactionManager::begin_transaction_sql(
                connection,
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            ),
        }
    }

    /// Begins a transaction that ends as if no other had run beside it.
    pub(in crate::storage) fn begin_write(&mut self) -> QueryResult<()> {
        match self {
            // With the right to write, since a transaction that asks for it half-way may be refused.
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE"),
            Self::Pg(connection) => {
                AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN ISOLATION LEVEL SERIALIZABLE")
            }
        }
    }

    /// Commits the transaction.
    pub(in crate::storage) fn commit(&mut self) -> QueryResult<()> {
        <Self as TransactionManager<Self>>::commit_transaction(self)
    }

    /// Begins a part of the transaction that can be taken back alone.
    pub(in crate::storage) fn begin_part(&mut self) -> QueryResult<()> {
        <Self as TransactionManager<Self>>::begin_transaction(self)
    }

    /// Ends such a part: it belongs to the transaction.
    pub(in crate::storage) fn end_part(&mut self) -> QueryResult<()> {
        <Self as TransactionManager<Self>>::commit_transaction(self)
    }

    /// Takes such a part back.
    pub(in crate::storage) fn roll_back_part(&mut self) -> QueryResult<()> {
        <Self as TransactionManager<Self>>::rollback_transaction(self)
    }

    /// Takes the transaction back. When that fails, the connection is broken and the pool throws it away.
    pub(in crate::storage) fn roll_back(&mut self) {
        drop(<Self as TransactionManager<Self>>::rollback_transaction(self));
    }
}

/// Settings of each `SQLite` connection.
///
/// `synchronous = FULL` syncs the log at every commit: what was acknowledged survives a power cut. The log is copied
/// back every 4,000 pages rather than 1,000, so that pages written again and again are copied once. The file is not
/// mapped into memory: an error of the disk is then an error of one request and not the end of the process. LIKE
/// compares code points, as the stored queries ask.
const SQLITE_SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA cache_size = -8000;
    PRAGMA temp_store = MEMORY;
    PRAGMA case_sensitive_like = ON;
";

/// Settings of each PostgreSQL session.
///
/// A scan of a whole table would make a serialisable transaction depend on every row of it, and so fail whenever another
/// one writes there; every question here has its index. Without the scans the estimated costs lose their meaning, so the
/// compiler that costs start stays off. A commit waits for the disk, whatever the server's default is. A session that the
/// server takes for idle within a transaction is one whose client is gone; what it holds is let go.
const POSTGRES_SETTINGS: [&str; 6] = [
    "SET application_name = 'dmp-gateway'",
    "SET client_min_messages = warning",
    "SET enable_seqscan = off",
    "SET jit = off",
    "SET idle_in_transaction_session_timeout = '30s'",
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
];
