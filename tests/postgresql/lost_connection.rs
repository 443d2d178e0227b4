//! Connections that are lost: nothing that was acknowledged is lost, and nothing is there twice.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use dmp_gateway::storage::{Settings, Store};
use dmp_gateway::xds::metadata::registration::FactsWanted;
use tempfile::TempDir;

use crate::storage::{document_of, numbered, open, register, submission};
use crate::support::postgres::Postgres;
use crate::xds_fixture::base;

/// How many entries use the uniqueId of a numbered message.
fn uses(store: &Store, number: usize) -> usize {
    let wanted = FactsWanted { unique_ids: [document_of(number)].into(), ..FactsWanted::default() };
    store.read("test", |reader| reader.facts(&wanted)).unwrap().unique_ids.into_values().flatten().count()
}

/// Four threads deposit while the server suffers; then what they were told is compared with what is there.
fn check_suffering(suffer: impl Fn(&mut Postgres)) {
    let mut server = Postgres::start();
    let root = tempfile::tempdir().unwrap();
    let store = open(&server.fresh_database(), root.path());
    let stop = AtomicBool::new(false);
    let (tell, told) = mpsc::channel();
    let outcomes: Vec<(usize, Result<(), String>)> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|thread| {
                let (store, stop, tell) = (&store, &stop, tell.clone());
                scope.spawn(move || {
                    let mut outcomes = Vec::new();
                    for number in (0..).map(|round| thread * 1_000_000 + round) {
                        if stop.load(Ordering::SeqCst) {
                            break;
                        }
                        let submission = submission(&numbered(base(), number));
                        let result = store.write("test", |writer| register(writer, &submission));
                        outcomes.push((number, result.map(drop).map_err(|error| error.to_string())));
                        tell.send(()).unwrap();
                    }
                    outcomes
                })
            })
            .collect();
        for _ in 0..4 {
            told.iter().take(25).for_each(drop);
            suffer(&mut server);
        }
        told.iter().take(25).for_each(drop);
        stop.store(true, Ordering::SeqCst);
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let failed: Vec<&String> = outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().err()).collect();
    let lost: BTreeSet<usize> = outcomes
        .iter()
        .filter(|(number, outcome)| outcome.is_ok() && uses(&store, *number) != 1)
        .map(|(number, _)| *number)
        .collect();
    assert_eq!((failed, lost), (Vec::<&String>::new(), BTreeSet::new()), "of {}", outcomes.len());
}

#[test]
fn a_server_that_crashes_and_comes_back_costs_time_and_nothing_else() {
    check_suffering(Postgres::crash_and_restart);
}

#[test]
fn a_server_that_ends_every_session_costs_time_and_nothing_else() {
    check_suffering(|server| server.end_sessions());
}

/// What becomes of the next commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It never arrives.
    Dropped,
    /// It is made, and nobody is told.
    Untold,
    /// The client is cut off; the server hears of it later.
    Late,
}

/// Stands between the gateway and the server, and decides what becomes of commits.
struct Wires {
    directory: TempDir,
    fate: Arc<Mutex<Option<Fate>>>,
    held: mpsc::Receiver<UnixStream>,
}

impl Wires {
    fn to(server: &Postgres) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(".s.PGSQL.5432")).unwrap();
        let target = server.socket();
        let fate = Arc::new(Mutex::new(None));
        let (hold, held) = mpsc::channel();
        let shared = Arc::clone(&fate);
        // Ends with the process: a listener on a socket that nobody knows any more.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = UnixStream::connect(&target) else { continue };
                carry(client, server, Arc::clone(&shared), hold.clone());
            }
        });
        Self { directory, fate, held }
    }

    fn next_commit_is(&self, fate: Fate) {
        *self.fate.lock().unwrap() = Some(fate);
    }
}

const COMMIT: &[u8] = b"COMMIT\0";

/// Carries bytes both ways until one side closes or a commit meets its fate.
fn carry(client: UnixStream, server: UnixStream, fate: Arc<Mutex<Option<Fate>>>, hold: mpsc::Sender<UnixStream>) {
    let untold = Arc::new(AtomicBool::new(false));
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (mut from_server, mut to_client) = (server, client);
    let silent = Arc::clone(&untold);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        while let Ok(length @ 1..) = from_server.read(&mut buffer) {
            if silent.load(Ordering::SeqCst) || to_client.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
        // A commit that is late still goes to the server.
    });
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        while let Ok(length @ 1..) = from_client.read(&mut buffer) {
            let fate = if buffer[..length].ends_with(COMMIT) { fate.lock().unwrap().take() } else { None };
            match fate {
                None => {}
                Some(Fate::Dropped) => break,
                Some(Fate::Untold) => untold.store(true, Ordering::SeqCst),
                Some(Fate::Late) => {
                    let _ = from_client.shutdown(Shutdown::Both);
                    return hold.send(to_server).unwrap();
                }
            }
            if to_server.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = from_client.shutdown(Shutdown::Both);
        let _ = to_server.shutdown(Shutdown::Both);
    });
}

/// A deposit whose first commit has that fate: how often it was worked out, and how often it is there. `meanwhile` is done
/// with the server and the connection that a late commit is held on.
fn deposit_with(fate: Fate, meanwhile: impl FnOnce(&Postgres, &Wires)) -> (usize, usize) {
    let server = Postgres::start();
    let url = server.fresh_database();
    let wires = Wires::to(&server);
    let root = tempfile::tempdir().unwrap();
    let (base_url, _) = url.split_once("?host=").unwrap();
    let store = open(&format!("{base_url}?host={}", wires.directory.path().display()), root.path());
    let submission = submission(&numbered(base(), 1));
    let runs = AtomicUsize::new(0);
    wires.next_commit_is(fate);
    std::thread::scope(|scope| {
        let write = scope.spawn(|| {
            store.write("test", |writer| {
                runs.fetch_add(1, Ordering::SeqCst);
                register(writer, &submission)
            })
        });
        meanwhile(&server, &wires);
        write.join().unwrap().unwrap();
    });
    assert_eq!(*wires.fate.lock().unwrap(), None, "the commit met its fate");
    (runs.load(Ordering::SeqCst), uses(&store, 1))
}

#[test]
fn a_commit_that_never_arrived_is_made_again() {
    assert_eq!(deposit_with(Fate::Dropped, |_, _| ()), (2, 1));
}

#[test]
fn a_commit_that_was_made_without_a_word_is_not_made_again() {
    assert_eq!(deposit_with(Fate::Untold, |_, _| ()), (1, 1));
}

/// Waits until the second attempt waits for the first.
fn until_one_waits_for_the_other(server: &Postgres) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while server.sql(waiting).trim() != "1" {}
}

#[test]
fn a_commit_that_arrives_late_is_waited_for() {
    let made = deposit_with(Fate::Late, |server, wires| {
        let mut held = wires.held.recv().unwrap();
        until_one_waits_for_the_other(server);
        let message = [b"Q".as_slice(), &11_u32.to_be_bytes(), COMMIT].concat();
        held.write_all(&message).unwrap();
    });
    assert_eq!(made, (1, 1));
}

#[test]
fn a_transaction_that_the_server_gives_up_after_all_is_made_again() {
    let made = deposit_with(Fate::Late, |server, wires| {
        let _held = wires.held.recv().unwrap();
        until_one_waits_for_the_other(server);
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'");
    });
    assert_eq!(made, (2, 1));
}

#[test]
fn a_mark_is_old_by_the_clock_of_the_server_and_by_no_other() {
    let server = Postgres::start();
    let url = server.fresh_database();
    let root = tempfile::tempdir().unwrap();
    let store = open(&url, root.path());
    let submission = submission(&numbered(base(), 1));
    store.write("test", |writer| register(writer, &submission)).unwrap();
    let marks = || server.sql_in(&url, "SELECT count(*) FROM write_mark").trim().to_owned();
    // A gateway whose clock is wrong starts: whoever is in doubt still finds what it put.
    store.sweep("2100-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(marks(), "1");
    server.sql_in(&url, "UPDATE write_mark SET written_at = written_at - 90000000");
    store.sweep("2026-11-25T12:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(marks(), "0");
}

#[test]
fn a_server_that_is_down_is_an_error_without_its_password_and_no_file_is_made() {
    let root = tempfile::tempdir().unwrap();
    let nowhere = root.path().join("nowhere");
    let settings = Settings {
        registry_url: format!("postgres://gateway:s3cret@/registry?host={}", nowhere.display()),
        repository_url: format!("file://{}", root.path().join("blobs").display()),
        connections: 4,
    };
    let refusal = Store::open(&settings).unwrap_err().to_string();
    assert!(refusal.starts_with("no connection to the database: "), "{refusal}");
    assert!(!refusal.contains("s3cret"), "{refusal}");
    let left: Vec<_> = std::fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| Path::new(name) == Path::new("blobs")), "{left:?}");
}

#[test]
fn a_database_that_cannot_hold_every_name_is_refused_when_the_gateway_starts() {
    let server = Postgres::start();
    server.sql("CREATE DATABASE narrow TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
    let root = tempfile::tempdir().unwrap();
    let fresh = server.fresh_database();
    let (server_part, parameters) = (fresh.split_once("@/").unwrap().0, fresh.split_once('?').unwrap().1);
    let settings = Settings {
        registry_url: format!("{server_part}@/narrow?{parameters}"),
        repository_url: format!("file://{}", root.path().join("blobs").display()),
        connections: 2,
    };
    let refusal = Store::open(&settings).unwrap_err().to_string();
    assert!(refusal.contains("LATIN1") && refusal.contains("ENCODING 'UTF8'"), "{refusal}");
}
