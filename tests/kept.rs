//! Rules that depend on what the gateway keeps, broken by taking it away under its feet.

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};

use crate::support::caller::patient;
use crate::support::database::Database;
use crate::support::gateway::{Gateway, IHE, Setup};
use crate::support::message::Deposit;
use crate::support::story::{Story, document, named};
use crate::xds_fixture::base;

fn sql(gateway: &Gateway, statement: &str) {
    let places = ["registry/registry.db", "var/registry.db"].map(|place| gateway.directory().join(place));
    let path = places.iter().find(|path| path.exists()).unwrap();
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    diesel::sql_query(statement).execute(&mut connection).unwrap();
}

#[test]
fn a_document_whose_file_is_gone_is_an_error_and_not_an_empty_document() {
    let gateway = Setup::toml(IHE).serve();
    let caller = gateway.anybody();
    caller.deposit(&Deposit::of("1.2.250.1.999.61.1").for_patient(&patient(6101)), b"one").is_taken();
    caller.fetch(&["1.2.250.1.999.61.1"]).is_taken();
    gateway.documents_on_disk().into_iter().for_each(|file| std::fs::remove_file(file).unwrap());
    let error = caller.fetch(&["1.2.250.1.999.61.1"]).fails_with("XDSRepositoryError", "RET-READ");
    assert_eq!(error.location, "1.2.250.1.999.61.1");
}

#[test]
fn a_store_that_fails_is_told_without_its_cause() {
    let story = Story::on(Database::Sqlite);
    story.provide(1, &base(), &[b"one"]).is_taken();
    sql(&story.gateway, "DROP TABLE document");
    let error = story.caller.fetch(&[&document(1, 1)]).fails_with("XDSRepositoryError", "GW-STORAGE");
    assert!(!error.context.contains("table"), "{error:?}");
    let error = story.caller.remove_documents(&[&document(1, 1)]).fails_with("XDSRemoveDocumentsError", "RMD-FAILED");
    assert!(!error.context.contains("table"), "{error:?}");
}

#[test]
fn a_document_that_outlived_its_metadata_is_not_replaced_by_other_bytes() {
    let story = Story::on(Database::Sqlite);
    story.provide(1, &base(), &[b"one"]).is_taken();
    let all: Vec<String> = ["SubmissionSet01", "Document01", "as01"].iter().map(|name| named(1, name)).collect();
    story.remove(&all).is_taken();
    story.provide(1, &base(), &[b"other"]).fails_with("XDSNonIdenticalHash", "DOC-KEPT");
    story.provide(1, &base(), &[b"one"]).is_taken();
}
