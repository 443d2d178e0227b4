//! That no stored query reads more of the registry than its patient's part or the ids that it names.

use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::{Connection as _, QueryableByName, RunQueryDsl, sql_query, sql_types};

use crate::datatype::code::Code;
use crate::datatype::cx::PatientId;
use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::EntryUuid;
use crate::datatype::unique_id::UniqueId;
use crate::storage::Reader;
use crate::storage::dialect::Connection;
use crate::storage::migration::in_memory;
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::{AvailabilityStatus, DocumentAvailability};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::query::{
    ContentFilter, DateRange, EntryCriteria, FindDocuments, FindDocumentsForMultiplePatients, FindFolders,
    FindFoldersForMultiplePatients, FindSubmissionSets, FolderCriteria, GetAll, GetAssociations, GetDocuments,
    GetDocumentsAndAssociations, GetFolderAndContents, GetFolders, GetFoldersForDocument, GetRelatedDocuments,
    GetSubmissionSetAndContents, GetSubmissionSets, MetadataLevel, Selector, StoredQuery,
};

const PATIENT: &str = "1^^^&1.2.3&ISO";
/// A submission set, two documents, a folder, and their associations, so that every step of a query is taken.
const OBJECTS: [(&str, &str); 10] = [
    ("1", "SubmissionSet"),
    ("2", "DocumentEntry"),
    ("3", "DocumentEntry"),
    ("4", "Folder"),
    ("5", "Association"),
    ("6", "Association"),
    ("7", "Association"),
    ("8", "Association"),
    ("9", "Association"),
    ("a", "Association"),
];
/// Association, source, target, type.
const LINKS: [(&str, &str, &str, &str); 6] = [
    ("5", "1", "2", "HasMember"),
    ("6", "1", "3", "HasMember"),
    ("7", "1", "4", "HasMember"),
    ("8", "4", "2", "HasMember"),
    ("9", "1", "8", "HasMember"),
    ("a", "3", "2", "APND"),
];

fn id(last: &str) -> EntryUuid {
    EntryUuid::parse(&format!("urn:uuid:00000000-0000-4000-8000-00000000000{last}")).unwrap()
}

/// A registry of one patient, whose statements are written down.
fn registry() -> (Connection, Arc<Mutex<Vec<String>>>) {
    let mut connection = in_memory();
    for (last, kind) in OBJECTS {
        let id = id(last);
        let kind_of_status = if last == "3" { "Deprecated" } else { "Approved" };
        let statement = format!(
            "INSERT INTO global_id VALUES ('{id}', '{PATIENT}', '{kind}', '{id}', 1);
             INSERT INTO registry_object VALUES
                ('{PATIENT}', '{id}', '{kind}', '{id}', 1, '{kind_of_status}', '1.2.{last}', 0, x'', x'');
             INSERT INTO unique_id_use VALUES ('1.2.3', '{id}', '{PATIENT}', '{kind}', NULL, NULL);"
        );
        connection.batch_execute(&statement).unwrap();
    }
    for last in ["2", "3"] {
        let columns = "'Stable', '20260101000000', NULL, NULL, 'c', 't', 'f', 'h', 'p'";
        let statement = format!("INSERT INTO document_entry VALUES ('{PATIENT}', '{}', {columns})", id(last));
        connection.batch_execute(&statement).unwrap();
    }
    let (set, folder) = (id("1"), id("4"));
    let statement = format!(
        "INSERT INTO submission_set VALUES ('{PATIENT}', '{set}', '1.2', '20260101000000', 'c');
         INSERT INTO folder VALUES ('{PATIENT}', '{folder}', '20260101000000');"
    );
    connection.batch_execute(&statement).unwrap();
    for (link, source, target, kind) in LINKS {
        let (link, source, target) = (id(link), id(source), id(target));
        let statement =
            format!("INSERT INTO association VALUES ('{PATIENT}', '{link}', '{source}', '{target}', '{kind}')");
        connection.batch_execute(&statement).unwrap();
    }
    let statements = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&statements);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            written.lock().unwrap().push(query.to_string());
        }
    });
    (connection, statements)
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = sql_types::Text)]
    detail: String,
}

/// Runs a query and gives what the database did for each of its statements, step by step.
fn steps_of(query: &StoredQuery) -> (usize, Vec<(String, Vec<String>)>) {
    let (mut connection, statements) = registry();
    let found = Reader { connection: &mut connection }.identities_of(query).unwrap();
    let statements = std::mem::take(&mut *statements.lock().unwrap());
    let explained = statements.into_iter().map(|statement| {
        let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(&mut connection).unwrap();
        (statement, steps.into_iter().map(|step| step.detail).collect())
    });
    (found.len(), explained.collect())
}

/// The query finds as many objects and reads no table from end to end.
#[track_caller]
fn check(query: &StoredQuery, expected: usize) {
    let (found, explained) = steps_of(query);
    assert_eq!(found, expected, "{query:?}");
    assert!(!explained.is_empty());
    for (statement, steps) in explained {
        let scans: Vec<&String> =
            steps.iter().filter(|step| step.starts_with("SCAN") && !step.contains("json_each")).collect();
        assert!(scans.is_empty(), "{statement}\n{steps:#?}");
    }
}

fn patient() -> PatientId {
    PatientId::parse(PATIENT).unwrap()
}

fn both() -> Vec<AvailabilityStatus> {
    vec![AvailabilityStatus::Approved, AvailabilityStatus::Deprecated]
}

fn all_time() -> DateRange {
    DateRange { from: Dtm::parse("1900").ok(), to: Dtm::parse("2100").ok() }
}

fn unique_id() -> Selector {
    Selector::UniqueIds(vec![UniqueId::parse("1.2.3").unwrap()])
}

#[test]
fn a_search_looks_at_the_objects_of_its_patient_and_at_no_others() {
    let plain = EntryCriteria { statuses: both(), entry_types: vec![DocumentEntryType::Stable], ..Default::default() };
    let find =
        |criteria: EntryCriteria| StoredQuery::FindDocuments(Box::new(FindDocuments { patient: patient(), criteria }));
    check(&find(plain.clone()), 2);
    let code = Code::new("a", "1.2");
    let every = EntryCriteria {
        class_codes: vec![code.clone()],
        type_codes: vec![code.clone()],
        practice_setting_codes: vec![code.clone()],
        healthcare_facility_type_codes: vec![code.clone()],
        format_codes: vec![code.clone()],
        event_codes: vec![vec![code.clone()], vec![code.clone()]],
        confidentiality_codes: vec![vec![code.clone()]],
        creation_time: all_time(),
        service_start_time: all_time(),
        service_stop_time: all_time(),
        author_persons: vec!["%a%".to_owned()],
        reference_ids: vec![vec!["%a%".to_owned()]],
        availabilities: vec![DocumentAvailability::Online],
        ..plain.clone()
    };
    check(&find(every.clone()), 0);
    let criteria = EntryCriteria { availabilities: vec![DocumentAvailability::Offline], ..plain.clone() };
    check(&StoredQuery::FindDocumentsByReferenceId(Box::new(FindDocuments { patient: patient(), criteria })), 0);
    for criteria in [plain, every] {
        let expected = if criteria.class_codes.is_empty() { 2 } else { 0 };
        let several = FindDocumentsForMultiplePatients { patients: vec![patient(), patient()], criteria };
        check(&StoredQuery::FindDocumentsForMultiplePatients(Box::new(several)), expected);
    }
    let sets = FindSubmissionSets {
        patient: patient(),
        statuses: both(),
        source_ids: vec!["1.2".to_owned()],
        submission_time: all_time(),
        author_person: Some("%a%".to_owned()),
        content_type_codes: vec![code.clone()],
    };
    check(&StoredQuery::FindSubmissionSets(Box::new(sets)), 0);
    let criteria = FolderCriteria { statuses: both(), last_update_time: all_time(), ..Default::default() };
    check(&StoredQuery::FindFolders(FindFolders { patient: patient(), criteria: criteria.clone() }), 1);
    let criteria = FolderCriteria { codes: vec![vec![code]], ..criteria };
    let several = FindFoldersForMultiplePatients { patients: vec![patient(), patient()], criteria };
    check(&StoredQuery::FindFoldersForMultiplePatients(several), 0);
}

#[test]
fn what_is_asked_by_id_is_found_by_id() {
    let level = MetadataLevel::One;
    for (by, expected) in [
        (Selector::EntryUuids(vec![id("2"), id("3"), id("1")]), 2),
        (unique_id(), 2),
        (Selector::LogicalIds(vec![id("2").to_logical_id()]), 1),
    ] {
        check(&StoredQuery::GetDocuments(GetDocuments { by: by.clone(), level }), expected);
        let query = GetDocumentsAndAssociations { by, association_statuses: both(), level };
        // One of the two documents lies in the folder.
        let associations = if expected == 2 { 4 } else { 3 };
        check(&StoredQuery::GetDocumentsAndAssociations(query), expected + associations);
    }
    check(&StoredQuery::GetFolders(GetFolders { by: unique_id(), level }), 1);
    check(&StoredQuery::GetAssociations(GetAssociations { uuids: vec![id("2")], statuses: both(), level }), 3);
    check(&StoredQuery::GetSubmissionSets(GetSubmissionSets { uuids: vec![id("2"), id("4")], statuses: both() }), 3);
    let query = GetFoldersForDocument { by: unique_id(), association_statuses: both(), level };
    check(&StoredQuery::GetFoldersForDocument(query), 1);
    let query = GetRelatedDocuments {
        by: Selector::EntryUuids(vec![id("2")]),
        types: AssociationType::all().collect(),
        entry_types: vec![],
        association_statuses: both(),
        level,
    };
    check(&StoredQuery::GetRelatedDocuments(query), 3);
}

#[test]
fn a_whole_is_found_with_its_parts_by_their_ids() {
    let (level, contents) = (MetadataLevel::One, ContentFilter::default);
    let query =
        GetSubmissionSetAndContents { by: unique_id(), contents: contents(), association_statuses: both(), level };
    check(&StoredQuery::GetSubmissionSetAndContents(query), 9);
    let query = GetFolderAndContents { by: unique_id(), contents: contents(), association_statuses: both(), level };
    check(&StoredQuery::GetFolderAndContents(query), 3);
    let query = GetAll {
        patient: patient(),
        entry_statuses: both(),
        submission_set_statuses: both(),
        folder_statuses: both(),
        association_statuses: both(),
        contents: contents(),
        level,
    };
    check(&StoredQuery::GetAll(query), 10);
}

#[test]
fn the_entries_of_a_patient_are_found_by_the_index_of_their_status() {
    let criteria = EntryCriteria { statuses: both(), ..Default::default() };
    let (_, explained) =
        steps_of(&StoredQuery::FindDocuments(Box::new(FindDocuments { patient: patient(), criteria })));
    let steps = &explained[0].1;
    let by = |index: &str| steps.iter().any(|step| step.contains(index));
    assert!(by("registry_object_of_patient (patient_id=? AND kind=?"), "{steps:#?}");
    assert!(by("document_entry USING PRIMARY KEY (patient_id=? AND entry_uuid=?)"), "{steps:#?}");
}
