//! The schema of the database and its history. Migrations are part of the binary; each can be undone.

use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::storage::dialect::{Connection, Database};
use crate::storage::{StorageError, Store};

pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("src/storage/migrations/sqlite");

/// The same steps as in [`SQLITE`], under the same versions. None runs in a transaction, since some engines keep no
/// transaction that defines tables and writes rows: each may be made again over what a former attempt left.
pub(super) const POSTGRESQL: EmbeddedMigrations = embed_migrations!("src/storage/migrations/postgresql");

/// The table of the migrations that were made.
const VERSIONS: &str = "__diesel_schema_migrations";

/// How often a step is tried that other processes may be making at the same moment. A statement of it fails because another
/// process has just made the same thing, so that each failure is somebody's progress; no migration has so many statements.
const ATTEMPTS: u32 = 100;

/// Where a database stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Migrations already made, oldest first.
    pub applied: Vec<String>,
    /// Migrations of this release still to be made, in order.
    pub pending: Vec<String>,
}

impl MigrationState {
    /// Whether this release can work with the database.
    ///
    /// # Errors
    /// [`StorageError::OlderSchema`] when migrations are still to be made.
    pub fn complete(&self) -> Result<(), StorageError> {
        if self.pending.is_empty() { Ok(()) } else { Err(StorageError::OlderSchema { count: self.pending.len() }) }
    }
}

impl Store {
    /// Where the database stands.
    ///
    /// # Errors
    /// [`StorageError::NewerSchema`] when it knows a migration that this release does not.
    pub fn migration_state(&self) -> Result<MigrationState, StorageError> {
        state(&mut *self.connection()?)
    }

    /// Makes the pending migrations and says which they were.
    pub fn migrate_up(&self) -> Result<Vec<String>, StorageError> {
        let mut connection = self.connection()?;
        let pending = state(&mut connection)?.pending;
        let (mut attempt, mut left) = (1, pending.len());
        while left > 0 {
            let migrations = migrations_of(&connection);
            let outcome = connection.run_pending_migrations(migrations).map(drop);
            let now = state(&mut connection)?.pending.len();
            match outcome {
                Err(error) if attempt == ATTEMPTS && now == left => return Err(failed(error)),
                // Whoever makes a migration, this process or another, gives the next one its own attempts.
                Ok(()) | Err(_) => attempt = if now < left { 1 } else { attempt + 1 },
            }
            left = now;
        }
        Ok(pending)
    }
}

pub(super) fn migrations_of(connection: &Connection) -> EmbeddedMigrations {
    match connection {
        Connection::Sqlite(_) => SQLITE,
        Connection::Pg(_) => POSTGRESQL,
    }
}

pub(super) fn state(connection: &mut Connection) -> Result<MigrationState, StorageError> {
    let known: Vec<Box<dyn Migration<Database>>> = migrations_of(connection).migrations().map_err(failed)?;
    let known: Vec<String> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    let mut applied = applied(connection)?;
    applied.sort_unstable();
    if let Some(version) = applied.iter().find(|version| !known.contains(version)) {
        return Err(StorageError::NewerSchema { version: version.clone() });
    }
    let pending = known.into_iter().filter(|version| !applied.contains(version)).collect();
    Ok(MigrationState { applied, pending })
}

/// The migrations that were made. The library makes the table of them when it is asked, in the way of other processes that do so
/// at this moment: who only looks makes nothing.
fn applied(connection: &mut Connection) -> Result<Vec<String>, StorageError> {
    if !connection.has_table(VERSIONS)? {
        return Ok(Vec::new());
    }
    Ok(connection.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect())
}

/// An empty registry in memory.
#[cfg(test)]
pub(super) fn in_memory() -> Connection {
    use diesel::Connection as _;
    let file = diesel::sqlite::SqliteConnection::establish(":memory:").unwrap();
    let mut connection = Connection::Sqlite(file);
    connection.run_pending_migrations(SQLITE).unwrap();
    connection
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StorageError {
    StorageError::Migration(error.to_string())
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::migration::MigrationSource;
    use diesel::sqlite::Sqlite;
    use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
    use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

    use crate::storage::StorageError;
    use crate::storage::dialect::Connection;
    use crate::storage::migration::{POSTGRESQL, SQLITE, in_memory, state};

    #[derive(QueryableByName)]
    struct Definition {
        #[diesel(sql_type = sql_types::Text)]
        sql: String,
    }

    fn definitions(connection: &mut Connection) -> Vec<String> {
        let wanted = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' ORDER BY name";
        let rows: Vec<Definition> = sql_query(wanted).load(connection).unwrap();
        rows.into_iter().map(|row| row.sql).collect()
    }

    #[test]
    fn every_migration_can_be_made_undone_and_made_again() {
        let mut connection = in_memory();
        let made = definitions(&mut connection);
        assert!(made.len() > 10);
        connection.revert_all_migrations(SQLITE).unwrap();
        assert_eq!(definitions(&mut connection), Vec::<String>::new());
        connection.run_pending_migrations(SQLITE).unwrap();
        assert_eq!(definitions(&mut connection), made);
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        let versions = |source: &EmbeddedMigrations| -> Vec<String> {
            let migrations = MigrationSource::<Sqlite>::migrations(source).unwrap();
            migrations.iter().map(|migration| migration.name().to_string()).collect()
        };
        assert_eq!(versions(&SQLITE), versions(&POSTGRESQL));
    }

    #[test]
    fn a_migration_of_a_server_runs_outside_of_a_transaction() {
        for migration in MigrationSource::<Sqlite>::migrations(&POSTGRESQL).unwrap() {
            assert!(!migration.metadata().run_in_transaction(), "{}", migration.name());
        }
    }

    #[test]
    fn a_database_of_a_later_release_is_refused() {
        let mut connection = in_memory();
        assert!(state(&mut connection).unwrap().pending.is_empty());
        connection.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231235959')").unwrap();
        let refusal = state(&mut connection);
        assert!(matches!(refusal, Err(StorageError::NewerSchema { version }) if version == "20991231235959"));
    }
}
