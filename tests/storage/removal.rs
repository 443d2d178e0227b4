//! What leaves the store leaves it whole: no row of a removed object stays, and no file of a removed document.

use std::collections::BTreeSet;
use std::io::Read;

use dmp_gateway::datatype::entry_uuid::EntryUuid;
use dmp_gateway::xds::metadata::registration::Registration;
use dmp_gateway::xds::metadata::registration::removal;

use crate::storage::{TestStore, deposit, deposit_bytes, document_of, noon, numbered, repository};
use crate::xds_fixture::base_with_folder;

fn ids(registration: &Registration) -> BTreeSet<EntryUuid> {
    let entries = registration.entries.iter().map(|one| &one.entry_uuid);
    let folders = registration.folders.iter().map(|one| &one.entry_uuid);
    let associations = registration.associations.iter().map(|one| &one.entry_uuid);
    let set = [&registration.submission_set.entry_uuid];
    entries.chain(folders).chain(associations).chain(set).cloned().collect()
}

#[test]
fn the_same_submission_may_be_removed_and_registered_again_and_again() {
    let test = TestStore::new();
    let message = numbered(base_with_folder(), 1);
    for _ in 0..3 {
        let registration = deposit(&test.store, &message);
        let ids = ids(&registration);
        let removed = test.store.write("test", |writer| {
            let facts = writer.removal_facts(&ids)?;
            let removal = removal::remove(&facts, noon());
            writer.remove(&removal)?;
            Ok(removal.objects.len())
        });
        assert_eq!(removed.unwrap(), ids.len());
        let left = test.store.read("test", |reader| reader.removal_facts(&ids)).unwrap();
        assert!(left.objects.is_empty() && left.links.is_empty() && left.folders.is_empty(), "{left:?}");
    }
}

#[test]
fn a_file_whose_removal_was_cut_short_is_removed_at_the_next_start() {
    let test = TestStore::new();
    let removed = deposit_bytes(&test.store, 1, b"one");
    let kept = deposit_bytes(&test.store, 2, b"two");
    // A completed sweep: the next one does not look at these folders again.
    test.store.sweep(noon() + chrono::TimeDelta::days(30)).unwrap();
    let forgotten = test.store.write("test", |writer| writer.forget_document(&repository(), &document_of(1), noon()));
    assert_eq!(forgotten.unwrap(), Some(removed.blob.clone()));
    assert!(test.store.blobs().read(&removed.blob, removed.size).is_ok(), "the file goes after the commit");
    let test = test.reopened();
    test.store.sweep(noon() + chrono::TimeDelta::days(31)).unwrap();
    assert!(test.store.blobs().read(&removed.blob, removed.size).is_err());
    let mut bytes = Vec::new();
    test.store.blobs().read(&kept.blob, kept.size).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"two");
    // Nothing is left to be done, and doing it twice does no harm.
    test.store.sweep(noon() + chrono::TimeDelta::days(32)).unwrap();
    test.store.remove_files(&[removed.blob]).unwrap();
}

#[test]
fn a_removal_that_is_rolled_back_leaves_the_document() {
    let test = TestStore::new();
    let document = deposit_bytes(&test.store, 1, b"one");
    let failed: Result<(), _> = test.store.write("test", |writer| {
        writer.forget_document(&repository(), &document_of(1), noon())?;
        Err(dmp_gateway::storage::StorageError::OtherDocumentKept)
    });
    assert!(failed.is_err());
    test.store.sweep(noon()).unwrap();
    assert!(test.store.blobs().read(&document.blob, document.size).is_ok());
    let found = test.store.read("test", |reader| reader.document(&repository(), &document_of(1))).unwrap();
    assert_eq!(found, Some(document));
}
