//! Whole or not at all, one after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;

use dmp_gateway::storage::StorageError;
use dmp_gateway::storage::registry::document::Keeping;
use dmp_gateway::xds::metadata::registration::{FactsWanted, UniqueIdUse};

use super::{
    TestStore, deposit, deposit_bytes, document_of, noon, numbered, patient, register, repository, submission,
};
use crate::xds_fixture;

/// The entries that use the uniqueId of a numbered message.
fn uses(test: &TestStore, number: usize) -> Vec<UniqueIdUse> {
    let wanted = FactsWanted { unique_ids: [document_of(number)].into(), ..FactsWanted::default() };
    let facts = test.store.read("test", |reader| reader.facts(&wanted)).unwrap();
    facts.unique_ids.into_values().flatten().collect()
}

#[test]
fn what_was_registered_is_there_after_a_restart() {
    let test = TestStore::new();
    deposit(&test.store, &numbered(xds_fixture::base(), 1));
    assert_eq!(uses(&test.reopened(), 1).len(), 1);
}

#[test]
fn an_error_half_way_leaves_nothing() {
    let test = TestStore::new();
    let submission = submission(&numbered(xds_fixture::base(), 1));
    let result = test.store.write("test", |writer| {
        writer.know_patient(&patient(), noon())?;
        register(writer, &submission)?;
        Err::<(), _>(StorageError::OtherDocumentKept)
    });
    assert!(matches!(result, Err(StorageError::OtherDocumentKept)));
    assert_eq!(uses(&test, 1), vec![]);
    assert!(!test.store.read("test", |reader| reader.is_known(&patient())).unwrap());
}

#[test]
fn an_error_of_one_writer_takes_nothing_from_the_others() {
    let test = TestStore::new();
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (store, barrier) = (&test.store, &barrier);
            scope.spawn(move || {
                let submission = submission(&numbered(xds_fixture::base(), number));
                barrier.wait();
                let result = store.write("test", |writer| {
                    register(writer, &submission)?;
                    if number % 2 == 0 { Ok(()) } else { Err(StorageError::OtherDocumentKept) }
                });
                assert_eq!(result.is_ok(), number % 2 == 0);
            });
        }
    });
    let kept: Vec<usize> = (0..8).map(|number| uses(&test, number).len()).collect();
    assert_eq!(kept, [1, 0, 1, 0, 1, 0, 1, 0]);
}

#[test]
fn a_panic_of_one_writer_is_its_own() {
    let test = TestStore::new();
    let submission = submission(&numbered(xds_fixture::base(), 1));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        test.store.write("test", |writer| -> Result<(), StorageError> {
            register(writer, &submission)?;
            panic!("a fault of the caller")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(uses(&test, 1), vec![]);
    deposit(&test.store, &numbered(xds_fixture::base(), 2));
    assert_eq!(uses(&test, 2).len(), 1);
}

#[test]
fn eight_writers_and_readers_lose_nothing() {
    let test = TestStore::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let test = &test;
            scope.spawn(move || {
                for number in (0..15).map(|round| thread * 100 + round) {
                    deposit(&test.store, &numbered(xds_fixture::base(), number));
                    assert_eq!(uses(test, number).len(), 1, "an acknowledged deposit is seen by the next reader");
                }
            });
        }
    });
    let all: usize =
        (0..8).flat_map(|thread| (0..15).map(move |round| thread * 100 + round)).map(|n| uses(&test, n).len()).sum();
    assert_eq!(all, 120);
}

#[test]
fn of_two_who_race_for_a_unique_id_exactly_one_finds_it_free() {
    let test = TestStore::new();
    let barrier = Barrier::new(8);
    let winners: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|_| {
                let (store, barrier) = (&test.store, &barrier);
                scope.spawn(move || {
                    let submission = submission(&numbered(xds_fixture::base(), 7));
                    let wanted = FactsWanted::of(&submission);
                    barrier.wait();
                    store.write("test", |writer| {
                        if !writer.facts(&wanted)?.unique_ids.is_empty() {
                            return Ok(0);
                        }
                        register(writer, &submission).map(|_| 1)
                    })
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap().unwrap()).sum()
    });
    assert_eq!((winners, uses(&test, 7).len()), (1, 1));
}

#[test]
fn a_refusal_that_is_a_value_writes_nothing_and_is_no_error() {
    let test = TestStore::new();
    let answer = test.store.write("test", |writer| {
        let facts = writer.facts(&FactsWanted { patients: [patient()].into(), ..FactsWanted::default() })?;
        Ok(if facts.known_patients.is_empty() { "refused" } else { "taken" })
    });
    assert_eq!(answer.unwrap(), "refused");
}

#[test]
fn a_patient_is_made_known_once() {
    let test = TestStore::new();
    let know = || test.store.write("test", |writer| writer.know_patient(&patient(), noon())).unwrap();
    assert!(!test.store.read("test", |reader| reader.is_known(&patient())).unwrap());
    assert!(know());
    assert!(!know());
    assert!(test.store.read("test", |reader| reader.is_known(&patient())).unwrap());
}

#[test]
fn the_same_bytes_under_the_same_identifier_are_kept_once_and_others_are_refused() {
    let test = TestStore::new();
    let kept = deposit_bytes(&test.store, 1, b"the document");
    let mut again = kept.clone();
    again.blob = deposit_bytes(&test.store, 2, b"the document").blob;
    let keep = |document| test.store.write("test", |writer| writer.keep_document(document, noon()));
    assert_eq!(keep(&again).unwrap(), Keeping::AlreadyKept);
    let mut other = kept.clone();
    other.hash = dmp_gateway::datatype::hash::Sha1::OF_NOTHING;
    assert!(matches!(keep(&other), Err(StorageError::OtherDocumentKept)));
    let found = test.store.read("test", |reader| reader.document(&repository(), &document_of(1))).unwrap();
    assert_eq!(found, Some(kept));
}

#[test]
fn a_document_belongs_to_the_patients_whose_entries_name_it() {
    let test = TestStore::new();
    deposit_bytes(&test.store, 1, b"the document");
    let patients =
        |number| test.store.read("test", |reader| reader.patients_of_document(&document_of(number))).unwrap();
    assert_eq!(patients(1), [patient()].into());
    assert_eq!(patients(2), [].into());
}
