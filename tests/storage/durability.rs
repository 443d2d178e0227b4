//! An acknowledged deposit survives `kill -9`, and what was not acknowledged leaves nothing.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use dmp_gateway::storage::Store;
use dmp_gateway::storage::blob::BlobId;
use dmp_gateway::storage::blob::sweep::Sweep;
use uuid::Uuid;

use super::{DATABASE, TestStore, deposit_bytes, document_of, noon, open, repository};

/// Where the killed process shall work; without it, its test works in a folder of its own and ends.
const FOLDER: &str = "DMP_TEST_KILLED_FOLDER";

/// The registry of that process.
const URL: &str = "DMP_TEST_KILLED_URL";

/// The bytes of a numbered document, of a size that sometimes outgrows the memory.
fn bytes_of(number: usize) -> Vec<u8> {
    let size = if number % 5 == 4 { (1 << 20) + number } else { 1000 + number };
    (0..size).map(|at| u8::try_from((at + number) % 251).unwrap()).collect()
}

fn read_back(store: &Store, number: usize) -> Option<Vec<u8>> {
    let found = store.read("test", |reader| reader.document(&repository(), &document_of(number))).unwrap()?;
    let mut bytes = Vec::new();
    store.blobs().read(&found.blob, found.size).unwrap().read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files.extend(files_under(&entry.path()));
        } else if !entry.file_name().to_string_lossy().starts_with('.') {
            files.push(entry.path());
        }
    }
    files
}

/// Leaves a document on the disk that no registration names, and gives its name.
fn leave_an_orphan(store: &Store) -> BlobId {
    let mut incoming = store.blobs().receive(noon(), Uuid::new_v4());
    incoming.write(b"never registered").unwrap();
    incoming.finish().unwrap().id().clone()
}

/// Deposits on four threads, and says so after each; ends after some rounds, if it is not killed before.
fn deposit_and_acknowledge(store: &Store, rounds: usize, say: &(dyn Fn(String) + Sync)) {
    say(format!("orphan {}", leave_an_orphan(store).as_str()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for number in (0..rounds).map(|round| thread * 1_000_000 + round) {
                    deposit_bytes(store, number, &bytes_of(number));
                    say(format!("kept {number}"));
                }
            });
        }
    });
}

#[test]
fn a_process_that_deposits_tells_of_what_it_kept() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        // The harness writes on the same line, so each message has one of its own.
        let url = std::env::var_os(URL).unwrap().into_string().unwrap();
        deposit_and_acknowledge(&open(&url, Path::new(&folder)), 1_000_000, &|line| {
            let mut out = std::io::stdout().lock();
            out.write_all(format!("\n{line}\n").as_bytes()).and_then(|()| out.flush()).unwrap();
        });
    }
    let test = TestStore::new();
    let said = Mutex::new(BTreeSet::new());
    deposit_and_acknowledge(&test.store, 2, &|line| {
        said.lock().unwrap().insert(line);
    });
    assert!(said.lock().unwrap().contains("kept 3000001"));
    assert_eq!(read_back(&test.store, 3_000_001), Some(bytes_of(3_000_001)));
}

#[test]
fn what_was_acknowledged_survives_a_kill_and_the_rest_is_swept() {
    let root = tempfile::tempdir().unwrap();
    let url = DATABASE.fresh_url(root.path());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "storage::durability::a_process_that_deposits_tells_of_what_it_kept", "--nocapture"])
        .env(FOLDER, root.path())
        .env(URL, &url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let (mut acknowledged, mut orphans) = (BTreeSet::new(), Vec::new());
    let note = |line: &str, acknowledged: &mut BTreeSet<usize>, orphans: &mut Vec<String>| {
        acknowledged.extend(line.strip_prefix("kept ").map(|number| number.parse::<usize>().unwrap()));
        orphans.extend(line.strip_prefix("orphan ").map(str::to_owned));
    };
    while acknowledged.len() < 40 {
        note(&lines.next().expect("the process still works"), &mut acknowledged, &mut orphans);
    }
    child.kill().unwrap();
    lines.for_each(|line| note(&line, &mut acknowledged, &mut orphans));
    child.wait().unwrap();

    let store = open(&url, root.path());
    for number in &acknowledged {
        assert!(read_back(&store, *number) == Some(bytes_of(*number)), "deposit {number} was acknowledged");
    }
    // A deposit that was on its way may have arrived or not, but never by half: its document is there with its entry.
    let candidates = (0..4).flat_map(|thread| (0..acknowledged.len() + 2).map(move |round| thread * 1_000_000 + round));
    let mut documents = 0;
    for number in candidates {
        let patients = store.read("test", |reader| reader.patients_of_document(&document_of(number))).unwrap();
        let bytes = read_back(&store, number);
        assert_eq!(bytes.is_some(), patients.len() == 1, "deposit {number} is whole or absent");
        documents += usize::from(bytes.is_some());
    }
    assert!(documents >= acknowledged.len());

    let [orphan] = orphans.as_slice() else { panic!("one orphan was announced") };
    assert!(files_under(root.path()).iter().any(|file| file.ends_with(orphan)));
    assert!(
        matches!(store.sweep(noon()).unwrap(), Sweep::Completed { kept, removed } if kept == documents && removed >= 1)
    );
    assert!(!files_under(root.path()).iter().any(|file| file.ends_with(orphan)));
    assert!(acknowledged.iter().all(|number| read_back(&store, *number).is_some()));
}
