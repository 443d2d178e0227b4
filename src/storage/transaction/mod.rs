//! How a closure becomes a transaction: names, retries, and what each database asks of its writers.
//!
//! A file has one writer at a time: its writers queue here and share commits (`group`). On a server each writer has a
//! transaction of its own, which the database serialises with the others (`alone`).

mod alone;
mod group;

use std::time::Instant;

use diesel::r2d2::{PooledConnection, R2D2Connection};

use crate::storage::dialect::{Connection, Manager, Remedy, remedy};
use crate::storage::{Reader, StorageError, Store, Writer};
use crate::telemetry::metric;

pub(super) use crate::storage::transaction::alone::Marks;
pub(super) use crate::storage::transaction::group::Queue;

/// How often a transaction is run in all when it meets others. Each run has already waited for them.
const ATTEMPTS: u32 = 4;

/// What the writers of a process share, by the kind of their database.
pub(super) enum Writers {
    /// Of a file: a queue, and the commit that several share.
    Grouped(Queue),
    /// Of a server: the marks of their writes.
    Alone(Marks),
}

impl Store {
    /// Answers a question from one consistent state of the registry. `name` shows in metrics and logs.
    pub fn read<T>(
        &self,
        name: &'static str,
        mut question: impl FnMut(&mut Reader<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let mut lost = false;
        measured(name, || {
            attempts(name, || {
                let mut connection = if lost { self.live_connection()? } else { self.connection()? };
                let answer = in_transaction(&mut connection, &mut question);
                lost = answer.as_ref().is_err_and(|error| error.remedy() == Remedy::Reconnect);
                answer
            })
        })
    }

    /// Makes a change whole or not at all; when this returns `Ok`, it is on the disk. `name` shows in metrics and logs.
    ///
    /// The closure may be run again when the database was busy or the connection was lost, so it must have no other
    /// effect; it is never applied twice. A refusal that it returns as a value is committed as the nothing that it wrote.
    pub fn write<T>(
        &self,
        name: &'static str,
        mut change: impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        measured(name, || match &*self.writers {
            Writers::Grouped(queue) => attempts(name, || group::write(self, queue, &mut change)),
            Writers::Alone(marks) => alone::write(self, marks, name, &mut change),
        })
    }

    pub(super) fn connection(&self) -> Result<PooledConnection<Manager>, StorageError> {
        self.pool.get().map_err(|error| StorageError::Connection(self.location().scrub(&error.to_string())))
    }

    /// A connection that answers, after one was lost: when a server goes, all that were in the pool went with it.
    fn live_connection(&self) -> Result<PooledConnection<Manager>, StorageError> {
        for _ in 0..self.pool.max_size() {
            let mut connection = self.connection()?;
            if connection.ping().is_ok() {
                return Ok(connection);
            }
        }
        self.connection()
    }
}

impl StorageError {
    /// Whether the store is there and too much is asked of it at once, or of the road to it, so that a later attempt may
    /// succeed: what could be tried again was tried again in vain.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Connection(_)) || self.remedy() != Remedy::None
    }

    /// What may be done about it.
    pub(super) fn remedy(&self) -> Remedy {
        match self {
            Self::Database(error) => remedy(error),
            Self::ConnectionLost(_) => Remedy::Reconnect,
            Self::Commit(error) => remedy(error),
            Self::UnsupportedUrl { .. }
            | Self::Open { .. }
            | Self::Connection(_)
            | Self::NewerSchema { .. }
            | Self::OlderSchema { .. }
            | Self::Migration(_)
            | Self::Corrupt { .. }
            | Self::OtherDocumentKept
            | Self::TooManyFound { .. }
            | Self::Blob(_) => Remedy::None,
        }
    }
}

/// Runs a question in a transaction of its own. What fails in it is told rather than what fails in taking it back.
fn in_transaction<T>(
    connection: &mut Connection,
    question: &mut impl FnMut(&mut Reader<'_>) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    if let Err(error) = connection.begin_read() {
        return Err(taken_back(connection, error.into()));
    }
    // After a panic the pool throws the connection away.
    match question(&mut Reader { connection }) {
        Ok(answer) => {
            connection.commit().map_err(|error| taken_back(connection, error.into()))?;
            Ok(answer)
        }
        Err(error) => Err(taken_back(connection, error)),
    }
}

/// Takes a transaction back and tells why, and whether the connection went with it: that shows at the latest here, since
/// a server that ends a session says so in words of its own.
fn taken_back(connection: &mut Connection, error: StorageError) -> StorageError {
    connection.roll_back();
    // Of a session that ended the library does not always say so, but it answers no more.
    if error.remedy() != Remedy::None || !(connection.is_broken() || connection.ping().is_err()) {
        return error;
    }
    if let StorageError::Database(error) = error { StorageError::ConnectionLost(error) } else { error }
}

/// Runs a transaction until it succeeds or fails for good.
fn attempts<T>(name: &'static str, mut run: impl FnMut() -> Result<T, StorageError>) -> Result<T, StorageError> {
    let mut attempt = 1;
    loop {
        match run() {
            Err(error) if attempt < ATTEMPTS && error.remedy() != Remedy::None => {
                note_retry(name, attempt, &error);
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn note_retry(name: &'static str, attempt: u32, error: &StorageError) {
    tracing::debug!(operation = name, attempt, %error, "a transaction is tried again");
    metrics::counter!(metric::STORE_RETRIES, "operation" => name).increment(1);
}

fn measured<T>(name: &'static str, run: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
    let started = Instant::now();
    let result = run();
    let outcome = if result.is_ok() { "ok" } else { "error" };
    metrics::histogram!(metric::STORE_DURATION, "operation" => name, "outcome" => outcome)
        .record(started.elapsed().as_secs_f64());
    result
}
