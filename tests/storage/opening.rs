//! How a store is opened.

use std::sync::Barrier;

use dmp_gateway::storage::{Settings, StorageError, Store};

use super::{DATABASE, TestStore, deposit_bytes, document_of, open, repository};

fn settings(root: &std::path::Path) -> Settings {
    Settings {
        registry_url: DATABASE.fresh_url(root),
        repository_url: format!("file://{}", root.join("blobs").display()),
        connections: 4,
    }
}

#[test]
fn a_store_that_was_only_connected_says_which_migrations_it_lacks() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::connect(&settings(root.path())).unwrap();
    let state = store.migration_state().unwrap();
    assert!(state.applied.is_empty());
    assert!(matches!(store.check(), Err(StorageError::OlderSchema { count }) if count == state.pending.len()));
    assert_eq!(store.migrate_up().unwrap(), state.pending);
    assert_eq!(store.migrate_up().unwrap(), Vec::<String>::new());
    store.check().unwrap();
}

#[test]
fn processes_that_only_look_together_make_nothing_and_are_not_in_each_others_way() {
    for _ in 0..5 {
        let root = tempfile::tempdir().unwrap();
        let settings = settings(root.path());
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    assert!(Store::connect(&settings).unwrap().migration_state().unwrap().applied.is_empty());
                });
            }
        });
    }
}

#[test]
fn two_processes_may_have_the_store_open() {
    let test = TestStore::new();
    let other = open(&test.url, test.root.path());
    deposit_bytes(&other, 1, b"from the other");
    let found = test.store.read("test", |reader| reader.document(&repository(), &document_of(1))).unwrap();
    assert_eq!(found.unwrap().size, 14);
}

#[test]
fn processes_that_start_together_make_the_schema_once() {
    let root = tempfile::tempdir().unwrap();
    let settings = settings(root.path());
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                Store::open(&settings).unwrap().check().unwrap();
            });
        }
    });
}
