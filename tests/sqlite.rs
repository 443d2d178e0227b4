//! What is true of a registry in a file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use dmp_gateway::storage::{Settings, StorageError, Store};

fn settings(root: &Path) -> Settings {
    Settings {
        registry_url: format!("sqlite://{}", root.join("registry/registry.db").display()),
        repository_url: format!("file://{}", root.join("blobs").display()),
        connections: 4,
    }
}

#[test]
fn an_unknown_kind_of_store_is_refused_by_the_name_of_its_key() {
    let root = tempfile::tempdir().unwrap();
    let refusal = |settings: &Settings| Store::open(settings).unwrap_err().to_string();
    let known = "registry.url must begin with sqlite://PATH or postgres://USER@HOST/DATABASE";
    let other_database = Settings { registry_url: "mysql://host/db".to_owned(), ..settings(root.path()) };
    assert_eq!(refusal(&other_database), known);
    let other_store = Settings { repository_url: "s3://bucket/prefix".to_owned(), ..settings(root.path()) };
    assert_eq!(refusal(&other_store), "repository.url must begin with file://");
    let no_path = Settings { registry_url: "sqlite://".to_owned(), ..settings(root.path()) };
    assert_eq!(refusal(&no_path), known);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("registry"), "a file").unwrap();
    let blocked = Store::open(&settings(root.path()));
    assert!(matches!(blocked, Err(StorageError::Open { path, .. }) if path.ends_with("registry.db")));
}

#[test]
fn only_the_owner_may_read_the_registry_and_what_stands_beside_it() {
    let root = tempfile::tempdir().unwrap();
    let _store = Store::open(&settings(root.path())).unwrap();
    let folder = root.path().join("registry");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 1, "the log of SQLite stands beside the database");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
