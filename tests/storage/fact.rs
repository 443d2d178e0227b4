//! The facts by which a submission is judged, and what a registration changes of them.

use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::datatype::entry_uuid::EntryUuid;
use dmp_gateway::xds::metadata::attribute::folder;
use dmp_gateway::xds::metadata::availability::AvailabilityStatus;
use dmp_gateway::xds::metadata::document_entry::DocumentEntryType;
use dmp_gateway::xds::metadata::object::ObjectKind;
use dmp_gateway::xds::metadata::registration::{FactsWanted, RegistryFacts};

use super::{TestStore, deposit, document_of, noon, numbered, patient, unique_id};
use crate::xds_fixture::{
    APPEND, HAS_MEMBER, Message, OTHER_PATIENT, REPLACE, TRANSFORM, association_object, base, base_related,
    base_with_folder,
};

fn facts(test: &TestStore, wanted: &FactsWanted) -> RegistryFacts {
    test.store.read("test", |reader| reader.facts(wanted)).unwrap()
}

fn status_of(test: &TestStore, id: &EntryUuid) -> AvailabilityStatus {
    let wanted = FactsWanted { entry_uuids: [id.clone()].into(), ..FactsWanted::default() };
    facts(test, &wanted).objects[id].status
}

fn with_own_folder(mut message: Message, number: usize) -> Message {
    message.folders[0].identifier(&folder::UNIQUE_ID, &format!("1.2.250.1.999.77.1.4.{number}"));
    message
}

/// Registers a numbered document in a relation to another and gives its id.
fn related(test: &TestStore, number: usize, kind: &str, target: &EntryUuid) -> EntryUuid {
    deposit(&test.store, &numbered(base_related(kind, target.as_str()), number)).entries[0].entry_uuid.clone()
}

#[test]
fn of_an_empty_registry_nothing_is_known() {
    let test = TestStore::new();
    let wanted = FactsWanted {
        patients: [patient()].into(),
        unique_ids: [document_of(1)].into(),
        entry_uuids: [EntryUuid::parse(crate::xds_fixture::OLD).unwrap()].into(),
        own: [EntryUuid::parse(crate::xds_fixture::OLD).unwrap()].into(),
        replaced: [EntryUuid::parse(crate::xds_fixture::OLD).unwrap()].into(),
    };
    assert_eq!(facts(&test, &wanted), RegistryFacts::default());
}

#[test]
fn only_the_patients_asked_for_are_told() {
    let test = TestStore::new();
    let other = PatientId::parse(OTHER_PATIENT).unwrap();
    test.store.write("test", |writer| writer.know_patient(&patient(), noon())).unwrap();
    let known = |wanted| facts(&test, &FactsWanted { patients: wanted, ..FactsWanted::default() }).known_patients;
    assert_eq!(known([patient(), other.clone()].into()), [patient()].into());
    assert_eq!(known([other].into()), [].into());
}

#[test]
fn an_entry_is_known_by_its_uuid_with_all_that_rules_ask() {
    let test = TestStore::new();
    let registered = deposit(&test.store, &numbered(base(), 1));
    let id = registered.entries[0].entry_uuid.clone();
    let wanted = FactsWanted { entry_uuids: [id.clone()].into(), ..FactsWanted::default() };
    let fact = facts(&test, &wanted).objects.remove(&id).unwrap();
    assert_eq!((fact.kind, fact.version, fact.status), (ObjectKind::DocumentEntry, 1, AvailabilityStatus::Approved));
    assert_eq!(fact.logical_id, id.to_logical_id());
    assert_eq!(fact.patient, Some(patient()));
    assert_eq!(fact.unique_id, Some(document_of(1)));
    assert_eq!(fact.object_type, Some(DocumentEntryType::Stable));
    assert!(!fact.is_transformation);
}

#[test]
fn each_use_of_a_unique_id_is_told_with_its_hash_and_size() {
    let test = TestStore::new();
    let first = deposit(&test.store, &numbered(base(), 1)).entries[0].value.clone();
    deposit(&test.store, &numbered(base(), 1));
    let set = unique_id("1.2.250.1.999.77.1.1.1");
    let wanted = FactsWanted { unique_ids: [document_of(1), set.clone()].into(), ..FactsWanted::default() };
    let uses = facts(&test, &wanted).unique_ids;
    assert_eq!(uses[&document_of(1)].len(), 2);
    for used in &uses[&document_of(1)] {
        assert_eq!((used.kind, used.hash, used.size), (ObjectKind::DocumentEntry, first.hash, first.size));
    }
    assert!(uses[&set].iter().all(|used| used.kind == ObjectKind::SubmissionSet && used.hash.is_none()));
}

#[test]
fn what_hangs_on_a_replaced_document_is_found_through_all_generations() {
    let test = TestStore::new();
    let registered = deposit(&test.store, &with_own_folder(numbered(base_with_folder(), 1), 1));
    let (document, folder) = (registered.entries[0].entry_uuid.clone(), registered.folders[0].entry_uuid.clone());
    let addendum = related(&test, 2, APPEND, &document);
    let translation = related(&test, 3, TRANSFORM, &addendum);
    let unrelated = related(&test, 4, "urn:ihe:iti:2007:AssociationType:signs", &document);

    let only = || [document.clone()].into();
    let found = facts(&test, &FactsWanted { entry_uuids: only(), replaced: only(), ..FactsWanted::default() });
    assert_eq!(found.dependants[&document], [addendum.clone()]);
    assert_eq!(found.dependants[&addendum], [translation.clone()]);
    assert_eq!(found.folders_of[&document], [folder.clone()]);
    assert!(found.objects[&translation].is_transformation);
    assert!(!found.objects[&addendum].is_transformation);
    assert_eq!(found.objects[&folder].kind, ObjectKind::Folder);
    assert!(found.folders.contains_key(&folder));
    assert!(!found.objects.contains_key(&unrelated));

    let replacement = deposit(&test.store, &numbered(base_related(REPLACE, document.as_str()), 5));
    for gone in [&document, &addendum, &translation] {
        assert_eq!(status_of(&test, gone), AvailabilityStatus::Deprecated);
    }
    assert_eq!(status_of(&test, &replacement.entries[0].entry_uuid), AvailabilityStatus::Approved);
    assert_eq!(status_of(&test, &unrelated), AvailabilityStatus::Approved);
    let new = replacement.entries[0].entry_uuid.clone();
    let now_held = facts(&test, &FactsWanted { replaced: [new.clone()].into(), ..FactsWanted::default() }).folders_of;
    assert_eq!(now_held[&new], [folder], "the folder holds the replacement too");
}

#[test]
fn a_deprecated_dependant_is_not_found_again() {
    let test = TestStore::new();
    let document = deposit(&test.store, &numbered(base(), 1)).entries[0].entry_uuid.clone();
    let addendum = related(&test, 2, APPEND, &document);
    related(&test, 3, REPLACE, &addendum);
    let wanted = FactsWanted { replaced: [document].into(), ..FactsWanted::default() };
    assert!(facts(&test, &wanted).dependants.is_empty());
}

#[test]
fn a_document_added_to_a_folder_moves_its_last_update_time() {
    let test = TestStore::new();
    let registered = deposit(&test.store, &with_own_folder(numbered(base_with_folder(), 1), 1));
    let folder = registered.folders[0].entry_uuid.clone();
    let fact = || {
        let wanted = FactsWanted { entry_uuids: [folder.clone()].into(), ..FactsWanted::default() };
        facts(&test, &wanted).folders.remove(&folder).unwrap()
    };
    let before = fact();
    assert_eq!(before.fragment, registered.folders[0].fragment);

    let mut message = numbered(base(), 2);
    message.associations.push(association_object("as08", HAS_MEMBER, folder.as_str(), "Document01"));
    message.associations.push(association_object("as09", HAS_MEMBER, "SubmissionSet01", "as08"));
    let added = deposit(&test.store, &message);
    let after = fact();
    assert!(after.last_update_time.earliest() > before.last_update_time.earliest());
    assert_eq!(after.fragment, added.touched_folders[0].fragment);
}
