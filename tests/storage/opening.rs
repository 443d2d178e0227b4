//! How a store is opened, and what is refused.

use std::os::unix::fs::PermissionsExt;

use dmp_gateway::storage::{Settings, StorageError, Store};

use crate::storage::{TestStore, open};

fn settings(root: &std::path::Path) -> Settings {
    Settings {
        registry_url: format!("sqlite://{}", root.join("registry.db").display()),
        repository_url: format!("file://{}", root.join("blobs").display()),
        connections: 4,
    }
}

#[test]
fn an_unknown_kind_of_store_is_refused_by_the_name_of_its_key() {
    let root = tempfile::tempdir().unwrap();
    let refusal = |settings: &Settings| Store::open(settings).unwrap_err().to_string();
    let other_database = Settings { registry_url: "mysql://host/db".to_owned(), ..settings(root.path()) };
    assert_eq!(refusal(&other_database), "registry.url must begin with sqlite://PATH or postgres://USER@HOST/DATABASE");
    let other_store = Settings { repository_url: "s3://bucket/prefix".to_owned(), ..settings(root.path()) };
    assert_eq!(refusal(&other_store), "repository.url must begin with file://");
    let no_path = Settings { registry_url: "sqlite://".to_owned(), ..settings(root.path()) };
    assert_eq!(refusal(&no_path), "registry.url must begin with sqlite://PATH or postgres://USER@HOST/DATABASE");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("registry"), "a file").unwrap();
    let blocked = Settings {
        registry_url: format!("sqlite://{}", root.path().join("registry/registry.db").display()),
        ..settings(root.path())
    };
    assert!(matches!(Store::open(&blocked), Err(StorageError::Open { path, .. }) if path.ends_with("registry.db")));
}

#[test]
fn only_the_owner_may_read_the_registry_and_what_stands_beside_it() {
    let test = TestStore::new();
    let folder = test.root.path().join("registry");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 1, "the log of SQLite stands beside the database");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
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
fn two_processes_may_have_the_store_open() {
    let test = TestStore::new();
    let other = open(test.root.path());
    crate::storage::deposit_bytes(&other, 1, b"from the other");
    let found = test
        .store
        .read("test", |reader| reader.document(&crate::storage::repository(), &crate::storage::document_of(1)))
        .unwrap();
    assert_eq!(found.unwrap().size, 14);
}
