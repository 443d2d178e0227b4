//! Writers of a file share one sync of the disk.
//!
//! A database file has one writer at a time, and a commit waits for the disk far longer than its statements take. So
//! the writers queue here rather than in `SQLite` (which would make them sleep and poll), and whoever finds others
//! waiting behind it leaves its work in the open transaction for the last of them to commit. Each writer but the
//! first works inside a savepoint: one that fails or panics takes back its own statements and no others. Nobody is told of
//! success before the commit that holds its work is on the disk. Of a transaction whose statement the disk failed, `SQLite`
//! may undo the whole; the savepoint is gone then, and all who shared it begin again.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use diesel::r2d2::PooledConnection;
use diesel::result::Error;

use crate::storage::dialect::Manager;
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
    let Ok(result) = current.run(change) else {
        // Nothing of it can be committed any more, so that all may begin again, each with a connection that works.
        current.group.settle(Err(Error::BrokenTransactionManager));
        current.connection.roll_back();
        drop(current);
        queue.committed.notify_all();
        return Err(StorageError::Commit(Arc::new(Error::BrokenTransactionManager)));
    };
    if current.members == 0 && !matches!(result, Ok(Ok(_))) {
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

impl Open {
    /// Runs a change so that its failure undoes no more than itself. That of the first one undoes the whole, so it needs no
    /// savepoint.
    ///
    /// # Errors
    /// The savepoint could not be made or ended: the transaction is lost.
    fn run<T>(
        &mut self,
        change: &mut impl FnMut(&mut Writer<'_>) -> Result<T, StorageError>,
    ) -> Result<std::thread::Result<Result<T, StorageError>>, Error> {
        let shares = self.members > 0;
        let connection = &mut *self.connection;
        if shares {
            connection.begin_part()?;
        }
        let result = catch_unwind(AssertUnwindSafe(|| change(&mut Writer { reader: Reader { connection } })));
        match result {
            Ok(Ok(_)) if shares => connection.end_part()?,
            Ok(Err(_)) | Err(_) if shares => connection.roll_back_part()?,
            Ok(_) | Err(_) => {}
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::sync::mpsc;

    use chrono::{DateTime, Utc};
    use diesel::connection::SimpleConnection;
    use tempfile::TempDir;

    use crate::datatype::cx::PatientId;
    use crate::storage::transaction::Writers;
    use crate::storage::{Settings, StorageError, Store, Writer};

    fn store() -> (TempDir, Store) {
        let root = tempfile::tempdir().unwrap();
        let settings = Settings {
            registry_url: format!("sqlite://{}", root.path().join("registry.db").display()),
            repository_url: format!("file://{}", root.path().join("blobs").display()),
            connections: 4,
        };
        let store = Store::open(&settings).unwrap();
        (root, store)
    }

    fn patient(number: u32) -> PatientId {
        PatientId::parse(&format!("{number}^^^&1.2.250.1.999.1&ISO")).unwrap()
    }

    fn know(writer: &mut Writer<'_>, number: u32) -> Result<bool, StorageError> {
        let at: DateTime<Utc> = "2026-11-25T12:00:00Z".parse().unwrap();
        writer.know_patient(&patient(number), at)
    }

    fn is_known(store: &Store, number: u32) -> bool {
        store.read("test", |reader| reader.is_known(&patient(number))).unwrap()
    }

    fn arriving(store: &Store) -> usize {
        match &*store.writers {
            Writers::Grouped(queue) => queue.arriving.load(Ordering::SeqCst),
            Writers::Alone(_) => panic!("a file has a queue"),
        }
    }

    /// Has a second writer come while the first one, who makes patient 1 known, is at work: they share a commit.
    fn two(
        store: &Store,
        second: impl FnMut(&mut Writer<'_>) -> Result<bool, StorageError> + Send,
    ) -> (Result<bool, StorageError>, std::thread::Result<Result<bool, StorageError>>) {
        let (say, begun) = mpsc::channel();
        std::thread::scope(|scope| {
            let mut runs = 0;
            let first = scope.spawn(move || {
                store.write("first", |writer| {
                    let known = know(writer, 1)?;
                    runs += 1;
                    if runs == 1 {
                        say.send(()).unwrap();
                        while arriving(store) == 0 {
                            std::thread::yield_now();
                        }
                    }
                    Ok(known)
                })
            });
            let second = scope.spawn(move || {
                begun.recv().unwrap();
                store.write("second", second)
            });
            (first.join().unwrap(), second.join())
        })
    }

    #[test]
    fn two_who_meet_share_a_commit() {
        let (_root, store) = store();
        let (first, second) = two(&store, |writer| know(writer, 2));
        assert!(first.unwrap() && second.unwrap().unwrap());
        assert!(is_known(&store, 1) && is_known(&store, 2));
    }

    #[test]
    fn an_error_of_one_takes_nothing_from_the_other() {
        let (_root, store) = store();
        let (first, second) = two(&store, |writer| {
            know(writer, 2)?;
            Err(StorageError::OtherDocumentKept)
        });
        assert!(matches!(second.unwrap(), Err(StorageError::OtherDocumentKept)));
        assert!(first.unwrap());
        assert!(is_known(&store, 1) && !is_known(&store, 2));
    }

    #[test]
    fn a_panic_of_one_takes_nothing_from_the_other() {
        let (_root, store) = store();
        let (first, second) = two(&store, |writer| {
            know(writer, 2)?;
            panic!("a fault of the second")
        });
        assert!(second.is_err());
        assert!(first.unwrap());
        assert!(is_known(&store, 1) && !is_known(&store, 2));
    }

    #[test]
    fn who_shared_a_transaction_that_the_database_undid_begins_again() {
        let (_root, store) = store();
        let mut runs = 0;
        let (first, second) = two(&store, |writer| {
            runs += 1;
            let known = know(writer, 2)?;
            if runs == 1 {
                // As SQLite does by itself when a statement finds the disk full.
                writer.connection.batch_execute("ROLLBACK")?;
            }
            Ok(known)
        });
        assert!(first.unwrap() && second.unwrap().unwrap());
        assert!(is_known(&store, 1) && is_known(&store, 2));
    }

    #[test]
    fn an_error_with_which_the_database_undid_everything_is_that_of_one() {
        let (_root, store) = store();
        let (first, second) = two(&store, |writer| {
            know(writer, 2)?;
            writer.connection.batch_execute("ROLLBACK")?;
            Err(StorageError::OtherDocumentKept)
        });
        assert!(matches!(second.unwrap(), Err(StorageError::OtherDocumentKept)));
        assert!(first.unwrap());
        assert!(is_known(&store, 1) && !is_known(&store, 2));
    }
}
