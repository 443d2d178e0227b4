//! The document store on a real disk.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::datatype::hash::Sha1;
use crate::storage::blob::incoming::Staged;
use crate::storage::blob::sweep::Sweep;
use crate::storage::blob::{BlobError, BlobId, BlobStore};

fn noon() -> DateTime<Utc> {
    "2026-11-25T12:00:30Z".parse().unwrap()
}

fn open(root: &Path) -> BlobStore {
    BlobStore::open(root).unwrap()
}

fn store_bytes(blobs: &BlobStore, bytes: &[u8]) -> Staged {
    let mut incoming = blobs.receive(noon(), Uuid::new_v4());
    for chunk in bytes.chunks(100_000) {
        incoming.write(chunk).unwrap();
    }
    incoming.finish().unwrap()
}

fn read_back(blobs: &BlobStore, staged: &Staged) -> Vec<u8> {
    let mut bytes = Vec::new();
    blobs.read(staged.id(), staged.size()).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn files_under(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_under(&entry.path()));
        } else if !entry.file_name().to_string_lossy().starts_with('.') {
            found.push(entry.path().to_string_lossy().into_owned());
        }
    }
    found
}

/// Makes a file look older than any start.
fn age(root: &Path, id: &BlobId) {
    let file = std::fs::File::options().write(true).open(root.join(id.as_str())).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
}

/// A sweep by a registry that knows the given documents.
fn sweep(blobs: &BlobStore, now: DateTime<Utc>, known: &[&BlobId]) -> Sweep {
    let known: BTreeSet<BlobId> = known.iter().copied().cloned().collect();
    blobs.sweep::<BlobError>(now, |ids| Ok(ids.iter().filter(|id| known.contains(id)).cloned().collect())).unwrap()
}

#[test]
fn a_document_comes_back_byte_for_byte_whatever_its_size() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(root.path());
    for size in [0, 1, 99_999, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_500_000] {
        let bytes: Vec<u8> = (0..size).map(|at: u32| (at % 251) as u8).collect();
        let staged = store_bytes(&blobs, &bytes);
        assert_eq!(staged.size(), bytes.len() as u64);
        assert_eq!(staged.hash(), Sha1::from_bytes(openssl::sha::sha1(&bytes)));
        assert!(read_back(&blobs, &staged) == bytes, "{size} bytes");
    }
}

#[test]
fn a_single_chunk_above_the_memory_limit_is_kept_in_order() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(root.path());
    let large = vec![b'b'; 2_000_000];
    let mut incoming = blobs.receive(noon(), Uuid::new_v4());
    for chunk in [b"a".as_slice(), &large, b"c"] {
        incoming.write(chunk).unwrap();
    }
    let bytes = read_back(&blobs, &incoming.finish().unwrap());
    assert_eq!((bytes.len(), bytes[0], bytes[1], bytes[2_000_001]), (2_000_002, b'a', b'b', b'c'));
}

#[test]
fn a_small_document_touches_the_disk_only_when_it_is_finished() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(root.path());
    let mut incoming = blobs.receive(noon(), Uuid::new_v4());
    incoming.write(b"almost").unwrap();
    assert!(files_under(root.path()).is_empty());
    drop(incoming.finish().unwrap());
    assert_eq!(files_under(root.path()).len(), 1);
}

#[test]
fn a_document_given_up_half_way_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(root.path());
    let mut incoming = blobs.receive(noon(), Uuid::new_v4());
    (0..3).for_each(|_| incoming.write(&vec![7; 900_000]).unwrap());
    assert_eq!(files_under(root.path()).len(), 1);
    drop(incoming);
    assert!(files_under(root.path()).is_empty());
}

#[test]
fn a_discarded_document_is_gone() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(root.path());
    let staged = store_bytes(&blobs, b"refused");
    let (id, size) = (staged.id().clone(), staged.size());
    blobs.discard(staged).unwrap();
    assert!(matches!(blobs.read(&id, size), Err(BlobError::Missing { .. })));
}

#[test]
fn only_the_owner_may_read() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(&root.path().join("blobs"));
    let staged = store_bytes(&blobs, b"private");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = root.path().join("blobs").join(staged.id().as_str());
    assert_eq!(mode(&file), 0o600);
    for folder in file.ancestors().skip(1).take(3) {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

#[test]
fn a_missing_or_cut_file_is_an_error_and_never_an_empty_document() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(root.path());
    let staged = store_bytes(&blobs, b"whole");
    let file = root.path().join(staged.id().as_str());
    std::fs::write(&file, b"who").unwrap();
    assert!(matches!(blobs.read(staged.id(), 5), Err(BlobError::WrongSize { expected: 5, found: 3, .. })));
    std::fs::remove_file(&file).unwrap();
    let error = blobs.read(staged.id(), 5).unwrap_err();
    assert!(error.to_string().contains("is missing"), "{error}");
}

#[test]
fn a_name_that_leaves_the_store_is_refused() {
    let uuid = "3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21";
    assert!(BlobId::parse(&format!("20261125/1029/{uuid}")).is_ok());
    for bad in [
        String::new(),
        "../../etc/passwd".to_owned(),
        format!("/0261125/1029/{uuid}"),
        format!("20261125/../{uuid}"),
        format!("20261125/1029/{uuid}/x"),
        "20261125/1029/..".to_owned(),
        format!("20261125/1029/{}", uuid.to_uppercase()),
        format!("20261125/1029/{uuid}\0"),
    ] {
        assert!(matches!(BlobId::parse(&bad), Err(BlobError::MalformedId)), "{bad}");
    }
}

#[test]
fn the_sweep_removes_what_no_registration_names_and_keeps_the_rest() {
    let root = tempfile::tempdir().unwrap();
    let before = open(root.path());
    let (registered, orphan) = (store_bytes(&before, b"kept"), store_bytes(&before, b"left by a crash"));
    drop(before);
    // The clock of the file system is coarse: an orphan of this very tick would be left to the next sweep.
    age(root.path(), orphan.id());

    let after = open(root.path());
    assert_eq!(sweep(&after, noon(), &[registered.id()]), Sweep::Completed { kept: 1, removed: 1 });
    assert_eq!(read_back(&after, &registered), b"kept");
    assert!(matches!(after.read(orphan.id(), orphan.size()), Err(BlobError::Missing { .. })));
    let staged = store_bytes(&after, b"the store works on");
    assert_eq!(read_back(&after, &staged), b"the store works on");
}

#[test]
fn the_sweep_spares_what_was_staged_since_this_start() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(root.path());
    let staged = store_bytes(&blobs, b"about to be registered");
    assert_eq!(sweep(&blobs, noon(), &[]), Sweep::Completed { kept: 0, removed: 0 });
    assert_eq!(read_back(&blobs, &staged), b"about to be registered");
}

#[test]
fn nothing_is_swept_while_another_process_has_the_store_open() {
    let root = tempfile::tempdir().unwrap();
    let (other, blobs) = (open(root.path()), open(root.path()));
    age(root.path(), store_bytes(&other, b"staged by the other").id());
    assert_eq!(sweep(&blobs, noon(), &[]), Sweep::StoreInUse);
    assert_eq!(files_under(root.path()).len(), 1);
}

#[test]
fn a_sweep_does_not_look_at_folders_older_than_the_last_one() {
    let root = tempfile::tempdir().unwrap();
    let blobs = open(root.path());
    let registered = store_bytes(&blobs, b"old");
    sweep(&blobs, noon() + TimeDelta::days(1), &[registered.id()]);
    let asked = std::cell::Cell::new(0);
    let again = blobs.sweep::<BlobError>(noon() + TimeDelta::days(2), |ids| {
        asked.set(asked.get() + ids.len());
        Ok(BTreeSet::new())
    });
    assert_eq!(again.unwrap(), Sweep::Completed { kept: 0, removed: 0 });
    assert_eq!(asked.get(), 0);
    assert_eq!(read_back(&blobs, &registered), b"old");
}

#[test]
fn an_error_of_the_registry_stops_the_sweep_before_it_removes() {
    let root = tempfile::tempdir().unwrap();
    let staged = store_bytes(&open(root.path()), b"unsure");
    age(root.path(), staged.id());
    let blobs = open(root.path());
    assert!(blobs.sweep(noon(), |_| Err(BlobError::MalformedId)).is_err());
    assert_eq!(files_under(root.path()).len(), 1);
}
