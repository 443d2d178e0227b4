//! Writers of a file share one sync of the disk.
//!
//! A database file has one writer at a time, and a commit waits for the disk far longer than its statements take. So
//! the writers queue here rather than in `SQLite` (which would make them sleep and poll), and whoever finds others
//! waiting behind it leaves its work in the open transaction for the last of them to commit. Each writer but the
//! first works inside a savepoint: one that fails takes back its own statements and no others. Nobody is told of
//! success before the commit that holds its work is on the disk.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use diesel::Connection as _;
use diesel::r2d2::PooledConnection;
use diesel::result::Error;

use crate::storage::dialect::{Connection, Manager};
use crate::storage::{Reader, StorageError, Store, Writer};

/// Writers that share a commit, at most: the first of them waits for all the others.
const GROUP: u32 = 64;

/// The queue of the writers.
#[derive(Default)]
pub(in crate::storage) struct Queue {
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

/// Runs a change once, in the open transaction if there is one.
pub(super) fn write<T>(
    store: &Store,
    queue: &Queue,
    change: &mut impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let mut open = queue.enter();
    let mut current = match open.take() {
        Some(current) => current,
        None => Open { connection: begin(store.connection()?)?, group: Arc::default(), members: 0 },
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
        // Nobody else's work is in it yet.
        current.connection.roll_back();
        return result.unwrap_or_else(|panic| resume_unwind(panic));
    }
    current.members += 1;
    let last = current.members >= GROUP || queue.arriving.load(Ordering::SeqCst) == 0;
    let group = Arc::clone(&current.group);
    if last {
        group.settle(current.connection.commit());
        drop(current);
        queue.committed.notify_all();
        drop(open);
    } else {
        *open = Some(current);
        queue.wait_for(&group, open);
    }
    let result = result.unwrap_or_else(|panic| resume_unwind(panic))?;
    group.outcome().map_err(StorageError::Commit)?;
    Ok(result)
}

impl Queue {
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

fn begin(mut connection: PooledConnection<Manager>) -> Result<PooledConnection<Manager>, Error> {
    connection.begin_write()?;
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
