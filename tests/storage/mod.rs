//! The store on a real database and a real disk: what it keeps, what it takes back, and what survives a kill.

mod durability;
mod fact;
mod history;
mod merge;
mod opening;
mod query;
mod removal;
mod transaction;

use std::path::Path;

use chrono::{DateTime, Utc};
use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::datatype::unique_id::{RepositoryUniqueId, UniqueId};
use dmp_gateway::storage::registry::document::StoredDocument;
use dmp_gateway::storage::{Settings, StorageError, Store, Writer};
use dmp_gateway::xds::error::Profile;
use dmp_gateway::xds::metadata::attribute::{entry, submission_set};
use dmp_gateway::xds::metadata::registration::{self, FactsWanted, Registration};
use dmp_gateway::xds::metadata::submission::Submission;
use uuid::Uuid;

use super::DATABASE;
use crate::xds_fixture::{self, Message, PATIENT};

/// The time of every deposit here.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

/// A store of its own, gone with the test.
pub(crate) struct TestStore {
    pub(crate) root: tempfile::TempDir,
    pub(crate) url: String,
    pub(crate) store: Store,
}

impl TestStore {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let url = DATABASE.fresh_url(root.path());
        let store = open(&url, root.path());
        Self { root, url, store }
    }

    /// The same data, as the next process finds them.
    pub(crate) fn reopened(self) -> Self {
        let Self { root, url, store } = self;
        drop(store);
        let store = open(&url, root.path());
        Self { root, url, store }
    }
}

pub(crate) fn open(url: &str, root: &Path) -> Store {
    Store::open(&Settings {
        registry_url: url.to_owned(),
        repository_url: format!("file://{}", root.join("blobs").display()),
        connections: 4,
    })
    .unwrap()
}

pub(crate) fn patient() -> PatientId {
    PatientId::parse(PATIENT).unwrap()
}

pub(crate) fn unique_id(text: &str) -> UniqueId {
    UniqueId::parse(text).unwrap()
}

pub(crate) fn repository() -> RepositoryUniqueId {
    RepositoryUniqueId::parse("1.2.250.1.213.4.1.1.1.2").unwrap()
}

/// The base message under other uniqueIds: `number` keeps deposits apart.
pub(crate) fn numbered(mut message: Message, number: usize) -> Message {
    message.set.identifier(&submission_set::UNIQUE_ID, &format!("1.2.250.1.999.77.1.1.{number}"));
    for (position, object) in message.entries.iter_mut().enumerate() {
        object.identifier(&entry::UNIQUE_ID, &format!("1.2.250.1.999.77.1.3.{number}.{}", position + 1));
    }
    message
}

/// The uniqueId of the first document of a numbered message.
pub(crate) fn document_of(number: usize) -> UniqueId {
    unique_id(&format!("1.2.250.1.999.77.1.3.{number}.1"))
}

pub(crate) fn submission(message: &Message) -> Submission {
    message.submission(Profile::Ihe)
}

/// Registers within a transaction, judged by nobody.
pub(crate) fn register(writer: &mut Writer<'_>, submission: &Submission) -> Result<Registration, StorageError> {
    let facts = writer.facts(&FactsWanted::of(submission))?;
    let registration = registration::register(submission.clone(), &facts, noon(), &mut Uuid::new_v4);
    writer.insert(&registration, noon())?;
    Ok(registration)
}

/// Registers a message.
pub(crate) fn deposit(store: &Store, message: &Message) -> Registration {
    let submission = submission(message);
    store.write("test", |writer| register(writer, &submission)).unwrap()
}

/// Stores bytes and registers a numbered message that tells of them, as ITI-41 does.
pub(crate) fn deposit_bytes(store: &Store, number: usize, bytes: &[u8]) -> StoredDocument {
    let mut incoming = store.blobs().receive(noon(), Uuid::new_v4());
    incoming.write(bytes).unwrap();
    let staged = incoming.finish().unwrap();
    let submission = submission(&numbered(xds_fixture::base(), number));
    let document = StoredDocument {
        repository_unique_id: repository(),
        unique_id: document_of(number),
        mime_type: submission.entries[0].mime_type.clone(),
        size: staged.size(),
        hash: staged.hash(),
        blob: staged.id().clone(),
    };
    store
        .write("test", |writer| {
            register(writer, &submission)?;
            writer.keep_document(&document, noon())
        })
        .unwrap();
    document
}
