//! How a closure becomes a transaction: names, retries, and several writers sharing one sync of the disk.
//!
//! A database file has one writer at a time, and a commit waits for the disk far longer than its statements take. So
//! the writers queue here rather than in `SQLite` (which would make them sleep and poll), and whoever finds others
//! waiting behind it leaves its work in the open transaction for the last of them to commit. Each writer but the
//! first works inside a savepoint: one that fails takes back its own statements and no others. Nobody is told of
//! success before the commit that holds its work is on the disk.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use diesel::Connection as _;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::PooledConnection;
use diesel::result::Error;

use crate::storage::dialect::{BEGIN_WRITE, Connection, Manager, is_transient};
use crate::storage::{Reader, StorageError, Store, Writer};
use crate::telemetry::metric;

/// How often a transaction is run in all when the database is busy. Each run has already waited for the lock.
const ATTEMPTS: u32 = 4;

/// Writers that share a commit, at most: the first of them waits for all the others.
const GROUP: u32 = 64;

/// The queue of the writers.
#[derive(Default)]
pub(super) struct Writers {
    /// How many are about to lock `open`.
    arriving: AtomicUsize,
    open: Mutex<Option<Open>>,
    committed: Condvar,
}

/// A transaction that its writers have not committed yet.
struct Open {
    connection: PooledConnection<Manager>,
    group: Arc<Group>,
    members: u32,
}

/// Those who share a commit.
#[derive(Default)]
struct Group {
    outcome: Mutex<Option<Result<(), Arc<Error>>>>,
}

impl Store {
    /// Answers a question from one consistent state of the registry. `name` shows in metrics and logs.
    pub fn read<T>(
        &self,
        name: &'static str,
        mut question: impl FnMut(&mut Reader<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        attempts(name, || {
            let mut connection = self.connection()?;
            connection.transaction(|connection| question(&mut Reader { connection }))
        })
    }

    /// Makes a change whole or not at all; when this returns `Ok`, it is on the disk. `name` shows in metrics and logs.
    ///
    /// The closure may be run again when the database was busy, so it must have no other effect. A refusal that it
    /// returns as a value is committed as the nothing that it wrote.
    pub fn write<T>(
        &self,
        name: &'static str,
        mut change: impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        attempts(name, || self.write_once(&mut change))
    }

    pub(super) fn connection(&self) -> Result<PooledConnection<Manager>, StorageError> {
        self.pool.get().map_err(|error| StorageError::Connection(error.to_string()))
    }

    fn write_once<T>(
        &self,
        change: &mut impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let writers = &*self.writers;
        let mut open = writers.enter();
        let mut current = match open.take() {
            Some(current) => current,
            None => Open { connection: begin(self.connection()?)?, group: Arc::default(), members: 0 },
        };
        let first = current.members == 0;
        let result = catch_unwind(AssertUnwindSafe(|| {
            if first {
                in_transaction(&mut current.connection, change)
            } else {
                in_savepoint(&mut current.connection, change)
            }
        }));
        if first && !matches!(result, Ok(Ok(_))) {
            // Nobody else's work is in it yet. If it cannot be rolled back, the pool throws the connection away.
            drop(AnsiTransactionManager::rollback_transaction(&mut *current.connection));
            return result.unwrap_or_else(|panic| resume_unwind(panic));
        }
        current.members += 1;
        let last = current.members >= GROUP || writers.arriving.load(Ordering::SeqCst) == 0;
        let group = Arc::clone(&current.group);
        if last {
            group.settle(commit(current.connection));
            writers.committed.notify_all();
            drop(open);
        } else {
            *open = Some(current);
            writers.wait_for(&group, open);
        }
        let result = result.unwrap_or_else(|panic| resume_unwind(panic))?;
        group.outcome().map_err(StorageError::Commit)?;
        Ok(result)
    }
}

impl Writers {
    /// Waits for the turn of this writer. Whoever is counted as arriving will come: between the two lines nothing
    /// can fail.
    fn enter(&self) -> MutexGuard<'_, Option<Open>> {
        self.arriving.fetch_add(1, Ordering::SeqCst);
        let guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.arriving.fetch_sub(1, Ordering::SeqCst);
        guard
    }

    fn wait_for(&self, group: &Group, mut open: MutexGuard<'_, Option<Open>>) {
        while group.is_open() {
            open = self.committed.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Group {
    fn settle(&self, outcome: Result<(), Error>) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome.map_err(Arc::new));
    }

    fn is_open(&self) -> bool {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn outcome(&self) -> Result<(), Arc<Error>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or(Ok(()))
    }
}

impl StorageError {
    /// Whether running the same transaction again may help.
    fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => is_transient(error),
            Self::Commit(error) => is_transient(error),
            Self::UnsupportedUrl { .. }
            | Self::Open { .. }
            | Self::Connection(_)
            | Self::NewerSchema { .. }
            | Self::OlderSchema { .. }
            | Self::Migration(_)
            | Self::Corrupt { .. }
            | Self::OtherDocumentKept
            | Self::TooManyFound { .. }
            | Self::Blob(_) => false,
        }
    }
}

/// Runs a transaction until it succeeds or fails for good, and measures it.
fn attempts<T>(name: &'static str, mut run: impl FnMut() -> Result<T, StorageError>) -> Result<T, StorageError> {
    let started = Instant::now();
    let mut attempt = 1;
    let result = loop {
        match run() {
            Err(error) if attempt < ATTEMPTS && error.is_transient() => {
                tracing::debug!(operation = name, attempt, %error, "the database was busy; tried again");
                metrics::counter!(metric::STORE_RETRIES, "operation" => name).increment(1);
                attempt += 1;
            }
            result => break result,
        }
    };
    let outcome = if result.is_ok() { "ok" } else { "error" };
    metrics::histogram!(metric::STORE_DURATION, "operation" => name, "outcome" => outcome)
        .record(started.elapsed().as_secs_f64());
    result
}

fn begin(mut connection: PooledConnection<Manager>) -> Result<PooledConnection<Manager>, Error> {
    AnsiTransactionManager::begin_transaction_sql(&mut *connection, BEGIN_WRITE)?;
    Ok(connection)
}

/// Runs the first change of a transaction: its failure undoes the whole, so it needs no savepoint.
fn in_transaction<T>(
    connection: &mut Connection,
    change: &mut impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    change(&mut Writer { reader: Reader { connection } })
}

/// Runs a change so that its failure undoes no more than itself.
fn in_savepoint<T>(
    connection: &mut Connection,
    change: &mut impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    connection.transaction(|connection| change(&mut Writer { reader: Reader { connection } }))
}

/// Commits. After a failure the transaction is rolled back, or the pool throws the connection away.
fn commit(mut connection: PooledConnection<Manager>) -> Result<(), Error> {
    AnsiTransactionManager::commit_transaction(&mut *connection)
}
