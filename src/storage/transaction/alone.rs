//! Writers of a server: each has a connection and a serialisable transaction of its own.
//!
//! The database lets transactions run side by side and undoes one of those whose results no order would explain; that one
//! is run again, and sees what the other did. So every change may be written as if it were alone, whoever wrote it.
//! Some are undone without need, since the database watches pages and not rows: whoever was undone twice waits for its
//! turn among the others of this process that were, so that they do not undo each other for ever.
//!
//! A connection that is lost before the commit takes the transaction with it. One that is lost during the commit leaves a
//! doubt, which the mark of the write settles ([`mark`]).

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use diesel::pg::PgConnection;
use diesel::result::{DatabaseErrorKind, Error};

use crate::storage::dialect::mark::{self, Mark};
use crate::storage::dialect::{Connection, Remedy};
use crate::storage::transaction::{note_retry, taken_back};
use crate::storage::{Reader, StorageError, Store, Writer};

/// How often a transaction is run again when the database undoes it.
const ATTEMPTS: u32 = 40;

/// After so many failures it waits for its turn.
const FREE_ATTEMPTS: u32 = 2;

/// How often a connection may be lost. Each time the pool is asked for another one, for as long as it waits for any.
const LOSSES: u32 = 12;

/// Acknowledged marks are taken away by so many.
const FORGOTTEN_TOGETHER: usize = 256;

/// For how long a mark stays that nobody took away: nobody waits for an outcome that long.
const KEPT: TimeDelta = TimeDelta::days(1);

/// What the writers of a process share.
#[derive(Default)]
pub(in crate::storage) struct Marks {
    acknowledged: Mutex<Vec<Mark>>,
    turn: Mutex<()>,
}

impl Store {
    /// Takes marks away that were left by processes that ended in the middle.
    pub(in crate::storage) fn forget_old_marks(&self) -> Result<(), StorageError> {
        match &mut *self.connection()? {
            Connection::Sqlite(_) => Ok(()),
            Connection::Pg(connection) => Ok(mark::forget_older_than(connection, KEPT)?),
        }
    }
}

/// A write between its attempts.
struct Attempt<T> {
    /// What it would answer, and the mark that says whether it was made.
    doubt: Option<(T, Mark)>,
}

/// Makes a change, however often that must be tried.
pub(super) fn write<T>(
    store: &Store,
    marks: &Marks,
    name: &'static str,
    change: &mut impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let mut attempt = Attempt { doubt: None };
    let (mut undone, mut lost, mut found_taken) = (0, 0, false);
    loop {
        let turn = (undone >= FREE_ATTEMPTS).then(|| marks.turn.lock().unwrap_or_else(PoisonError::into_inner));
        let error = match attempt.run(store, marks, lost > 0, change) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        drop::<Option<MutexGuard<'_, ()>>>(turn);
        match error.remedy() {
            Remedy::RunAgain if undone < ATTEMPTS => (undone, found_taken) = (undone + 1, false),
            // Of two that race for a key the database may tell either that they met or that the key is taken; the next
            // run looks again and knows.
            Remedy::None if undone < ATTEMPTS && !found_taken && is_taken_key(&error) => {
                (undone, found_taken) = (undone + 1, true);
            }
            Remedy::Reconnect if lost < LOSSES => lost += 1,
            Remedy::RunAgain | Remedy::Reconnect | Remedy::None => return Err(error),
        }
        note_retry(name, undone + lost, &error);
    }
}

fn is_taken_key(error: &StorageError) -> bool {
    matches!(error, StorageError::Database(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
}

impl<T> Attempt<T> {
    fn run(
        &mut self,
        store: &Store,
        marks: &Marks,
        after_loss: bool,
        change: &mut impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let mut connection = if after_loss { store.live_connection()? } else { store.connection()? };
        if let Err(error) = connection.begin_write() {
            return Err(taken_back(&mut connection, error.into()));
        }
        let worked = self.work(&mut connection, change);
        let (answer, put) = match worked {
            Ok(Work::ToCommit(answer, mark)) => (answer, mark),
            Ok(Work::WasCommitted(answer)) => {
                connection.roll_back();
                return Ok(answer);
            }
            Err(error) => return Err(taken_back(&mut connection, error)),
        };
        match connection.commit() {
            Ok(()) => {
                marks.acknowledge(put, &mut connection);
                Ok(answer)
            }
            // Either the server said that it was undone, or it said nothing.
            Err(error) => {
                let error = taken_back(&mut connection, error.into());
                if error.remedy() == Remedy::Reconnect {
                    self.doubt = Some((answer, put));
                }
                Err(error)
            }
        }
    }

    /// Everything up to the commit.
    fn work(
        &mut self,
        connection: &mut Connection,
        change: &mut impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
    ) -> Result<Work<T>, StorageError> {
        let mark = match self.doubt.take() {
            None => None,
            Some((answer, put)) => match mark::put_again(server(connection)?, &put) {
                Ok(()) => Some(put),
                Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                    return Ok(Work::WasCommitted(answer));
                }
                Err(error) => {
                    self.doubt = Some((answer, put));
                    return Err(error.into());
                }
            },
        };
        let answer = change(&mut Writer { reader: Reader { connection } })?;
        let mark = match mark {
            Some(mark) => mark,
            None => mark::put(server(connection)?)?,
        };
        Ok(Work::ToCommit(answer, mark))
    }
}

enum Work<T> {
    ToCommit(T, Mark),
    WasCommitted(T),
}

impl Marks {
    /// Notes that nobody will ask for a mark any more, and takes the noted ones away from time to time. A failure leaves
    /// them to the next start.
    fn acknowledge(&self, mark: Mark, connection: &mut Connection) {
        let noted = {
            let mut noted = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
            noted.push(mark);
            if noted.len() < FORGOTTEN_TOGETHER {
                return;
            }
            std::mem::take(&mut *noted)
        };
        if let Err(error) = server(connection).and_then(|connection| mark::forget(connection, &noted)) {
            tracing::debug!(%error, "marks of writes stay until the next start");
        }
    }
}

/// The connection as that of a server: nobody else writes alone.
fn server(connection: &mut Connection) -> Result<&mut PgConnection, Error> {
    match connection {
        Connection::Pg(connection) => Ok(connection),
        Connection::Sqlite(_) => Err(Error::NotInTransaction),
    }
}
