//! The schema on a server: every migration is made, undone and made again, and made over what is there already.

use std::path::PathBuf;

use dmp_gateway::storage::{Settings, Store};

use crate::support::postgres::Postgres;

/// What the schema consists of, one line each.
const SCHEMA: &str = "SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns \
    WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations' \
    UNION ALL SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes \
    WHERE schemaname = 'public' AND tablename <> '__diesel_schema_migrations' \
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint \
    WHERE contype = 'f' ORDER BY 1, 2, 3";

/// The files that undo the migrations, the last one first.
fn undoing() -> Vec<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/storage/migrations/postgresql");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().rev().map(|folder| std::fs::read_to_string(folder.join("down.sql")).unwrap()).collect()
}

#[test]
fn every_migration_can_be_made_undone_and_made_again() {
    let server = Postgres::start();
    let url = server.fresh_database();
    let root = tempfile::tempdir().unwrap();
    let open = || {
        let settings = Settings {
            registry_url: url.clone(),
            repository_url: format!("file://{}", root.path().join("blobs").display()),
            connections: 2,
        };
        Store::open(&settings).unwrap().check().unwrap();
    };
    let sql = |sql: &str| server.sql_in(&url, sql);
    open();
    let made = sql(SCHEMA);
    assert!(made.contains("registry_object_of_patient"), "{made}");

    undoing().iter().for_each(|down| drop(sql(down)));
    assert_eq!(sql(SCHEMA), "");
    sql("DELETE FROM __diesel_schema_migrations");
    open();
    assert_eq!(sql(SCHEMA), made);

    // As after a crash between the tables and the note that they were made.
    sql("DELETE FROM __diesel_schema_migrations");
    open();
    assert_eq!(sql(SCHEMA), made);
}

#[test]
fn every_text_is_compared_by_code_point() {
    let server = Postgres::start();
    let url = server.fresh_database();
    let root = tempfile::tempdir().unwrap();
    drop(crate::storage::open(&url, root.path()));
    let others = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' \
        AND data_type = 'text' AND table_name NOT LIKE '%diesel%' AND collation_name IS DISTINCT FROM 'C'";
    assert_eq!(server.sql_in(&url, others), "");
    let types = "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_schema = 'public' \
        AND table_name NOT LIKE '%diesel%' ORDER BY 1";
    assert_eq!(server.sql_in(&url, types).lines().collect::<Vec<_>>(), ["bigint", "bytea", "integer", "text"]);
}

#[test]
fn a_check_of_the_configuration_asks_the_server_and_makes_nothing() {
    let server = Postgres::start();
    let url = server.fresh_database();
    let directory = crate::support::child::directory(&format!(
        "[domain]\nunknown_patients = \"accept\"\n[registry]\nurl = \"{url}\"\n[repository]\nurl = \"file://blobs\"\n"
    ));
    let file = directory.path().join("gateway.toml");
    let check = || {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_dmp-gateway"))
            .args(["config", "check", "--config"])
            .arg(&file)
            .env_clear()
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = check();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the database lacks 3 migrations"), "{said}");
    assert!(!directory.path().join("blobs").exists());
    assert_eq!(server.sql_in(&url, SCHEMA), "");

    std::fs::write(directory.path().join("blobs"), "a file where a folder is named").unwrap();
    let (code, said) = check();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("repository.url"), "{said}");
}
