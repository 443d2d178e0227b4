//! The stored queries on a real registry, parameter by parameter. Spec: ITI TF-2: 3.18.4.1.2.3.7.

use dmp_gateway::datatype::code::Code;
use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::datatype::dtm::Dtm;
use dmp_gateway::datatype::entry_uuid::EntryUuid;
use dmp_gateway::storage::Store;
use dmp_gateway::storage::registry::object::Found;
use dmp_gateway::xds::metadata::attribute::{entry, folder, submission_set};
use dmp_gateway::xds::metadata::availability::AvailabilityStatus;
use dmp_gateway::xds::metadata::document_entry::DocumentEntryType;
use dmp_gateway::xds::metadata::object::ObjectKind;
use dmp_gateway::xds::metadata::registration::Registration;
use dmp_gateway::xds::query::{
    ContentFilter, DateRange, EntryCriteria, FindDocuments, GetAll, GetAssociations, GetDocuments,
    GetSubmissionSetAndContents, MetadataLevel, Selector, StoredQuery,
};

use super::{TestStore, deposit, document_of, numbered, patient, unique_id};
use crate::xds_fixture::{
    Message, OTHER_PATIENT, Object, REPLACE, association_object, base, base_related, base_with_folder, entry_object,
    original,
};

fn find(store: &Store, query: &StoredQuery) -> Found {
    store.read("test", |reader| reader.find(query)).unwrap()
}

/// Criteria that ask nothing but approved stable entries.
fn approved() -> EntryCriteria {
    EntryCriteria {
        statuses: vec![AvailabilityStatus::Approved],
        entry_types: vec![DocumentEntryType::Stable],
        ..EntryCriteria::default()
    }
}

/// `FindDocuments` of the patient.
fn of_patient(criteria: EntryCriteria) -> StoredQuery {
    StoredQuery::FindDocuments(Box::new(FindDocuments { patient: patient(), criteria }))
}

/// A deposit whose only document was changed.
fn deposit_changed(store: &Store, number: usize, change: impl FnOnce(&mut Object)) -> EntryUuid {
    let mut message = numbered(base(), number);
    change(&mut message.entries[0]);
    deposit(store, &message).entries[0].entry_uuid.clone()
}

/// Whether the changed document is found, and the unchanged one, by `FindDocuments` with a parameter.
fn check(change: impl FnOnce(&mut Object), parameter: impl FnOnce(&mut EntryCriteria), expected: (bool, bool)) {
    let test = TestStore::new();
    let changed = deposit_changed(&test.store, 1, change);
    let unchanged = deposit_changed(&test.store, 2, |_| ());
    let mut criteria = approved();
    parameter(&mut criteria);
    let found = find(&test.store, &of_patient(criteria));
    let has = |id: &EntryUuid| found.objects.iter().any(|object| object.entry_uuid() == *id);
    assert_eq!((has(&changed), has(&unchanged)), expected);
}

fn range(from: &str, to: &str) -> DateRange {
    let bound = |text: &str| (!text.is_empty()).then(|| Dtm::parse(text).unwrap());
    DateRange { from: bound(from), to: bound(to) }
}

#[test]
fn documents_of_another_patient_are_not_found() {
    let test = TestStore::new();
    deposit(&test.store, &numbered(base(), 1));
    let patient = PatientId::parse(OTHER_PATIENT).unwrap();
    let query = StoredQuery::FindDocuments(Box::new(FindDocuments { patient, criteria: approved() }));
    assert_eq!(find(&test.store, &query).objects, []);
}

#[test]
fn a_status_that_was_not_asked_for_is_not_found() {
    check(|_| (), |query| query.statuses = vec![AvailabilityStatus::Deprecated], (false, false));
    check(|_| (), |query| query.statuses.push(AvailabilityStatus::Deprecated), (true, true));
}

#[test]
fn each_parameter_of_one_code_chooses_by_code_and_scheme() {
    type Set = fn(&mut EntryCriteria, Vec<Code>);
    let parameters: [(_, Set); 5] = [
        (&entry::CLASS_CODE, |query, codes| query.class_codes = codes),
        (&entry::TYPE_CODE, |query, codes| query.type_codes = codes),
        (&entry::FORMAT_CODE, |query, codes| query.format_codes = codes),
        (&entry::PRACTICE_SETTING_CODE, |query, codes| query.practice_setting_codes = codes),
        (&entry::HEALTHCARE_FACILITY_TYPE_CODE, |query, codes| query.healthcare_facility_type_codes = codes),
    ];
    for (row, set) in parameters {
        let change = |object: &mut Object| object.code(row, "X", "1.2.3");
        check(change, |query| set(query, vec![Code::new("X", "1.2.3")]), (true, false));
        check(change, |query| set(query, vec![Code::new("Y", "1.2.3"), Code::new("X", "1.2.3")]), (true, false));
        check(change, |query| set(query, vec![Code::new("X", "1.2.4")]), (false, false));
    }
}

#[test]
fn lists_of_codes_are_choices_and_several_lists_are_conditions() {
    let change = |object: &mut Object| {
        object.add_code(&entry::EVENT_CODE_LIST, "A", "1.2.3");
        object.add_code(&entry::EVENT_CODE_LIST, "B", "1.2.3");
    };
    let code = |value| Code::new(value, "1.2.3");
    check(change, |query| query.event_codes = vec![vec![code("A"), code("C")]], (true, false));
    check(change, |query| query.event_codes = vec![vec![code("A")], vec![code("B")]], (true, false));
    check(change, |query| query.event_codes = vec![vec![code("A")], vec![code("C")]], (false, false));
    let restricted = |object: &mut Object| object.add_code(&entry::CONFIDENTIALITY_CODE, "R", "1.2.3");
    check(restricted, |query| query.confidentiality_codes = vec![vec![code("R")]], (true, false));
    let normal = Code::new("N", "2.16.840.1.113883.5.25");
    check(restricted, |query| query.confidentiality_codes = vec![vec![normal.clone()]], (true, true));
    check(restricted, |query| query.confidentiality_codes = vec![vec![normal], vec![code("R")]], (true, false));
}

#[test]
fn a_span_of_time_holds_its_start_and_not_its_end() {
    let change = |object: &mut Object| object.slot("creationTime", &["20041224"]);
    for (span, expected) in [
        (range("20041224", ""), (true, true)),
        (range("20041224", "20041225"), (true, false)),
        (range("2004", "20041224"), (false, false)),
        (range("2004", "2005"), (true, false)),
        (range("200412", "2004122400"), (false, false)),
        (range("20041224000001", ""), (false, true)),
        (range("", "20050101"), (true, false)),
    ] {
        check(change, |query| query.creation_time = span.clone(), expected);
    }
    let change = |object: &mut Object| object.slot("creationTime", &["2005"]);
    check(change, |query| query.creation_time = range("", "20050101"), (false, false));
}

#[test]
fn an_entry_without_service_times_is_not_excluded_by_them() {
    let change = |object: &mut Object| {
        object.no_slot("serviceStartTime");
        object.no_slot("serviceStopTime");
    };
    check(change, |query| query.service_start_time = range("2001", "2002"), (true, false));
    check(change, |query| query.service_stop_time = range("2001", "2002"), (true, false));
    check(change, |query| query.service_start_time = range("20250310", "20250311"), (true, true));
    check(change, |query| query.service_stop_time = range("20250310091500", "20250310091501"), (true, true));
}

#[test]
fn an_author_is_found_by_a_pattern_that_minds_the_case() {
    let change = |object: &mut Object| {
        object.classified(&entry::AUTHOR).slots =
            vec![("authorPerson".to_owned(), vec!["^L'Ärzt_in^Welby".to_owned()])];
    };
    for (patterns, expected) in [
        (vec!["%Ärzt%"], (true, false)),
        (vec!["%ärzt%"], (false, false)),
        (vec!["^L'_rzt_in^Welby"], (true, false)),
        (vec!["Ärzt"], (false, false)),
        (vec!["nobody", "%DUMONT%"], (false, true)),
        (vec!["%welby"], (false, false)),
        (vec!["^L'Ärzt\\_in%"], (false, false)),
    ] {
        check(change, |query| query.author_persons = patterns.iter().map(|p| (*p).to_owned()).collect(), expected);
    }
}

#[test]
fn a_pattern_escapes_nothing() {
    let change = |object: &mut Object| {
        object.classified(&entry::AUTHOR).slots = vec![("authorPerson".to_owned(), vec!["^A\\B\"C^D".to_owned()])];
    };
    for (pattern, expected) in [
        ("^A\\B\"C^D", (true, false)),
        ("^A\\%", (true, false)),
        ("%\\_\"C%", (true, false)),
        ("^AB%", (false, false)),
        ("%\\", (false, false)),
    ] {
        check(change, |query| query.author_persons = vec![pattern.to_owned()], expected);
    }
}

#[test]
fn documents_on_demand_are_found_only_when_asked_for() {
    let change = |object: &mut Object| {
        object.set("objectType", DocumentEntryType::OnDemand.as_urn());
        ["creationTime", "hash", "size"].iter().for_each(|slot| object.no_slot(slot));
    };
    check(change, |_| (), (false, true));
    check(change, |query| query.entry_types = vec![DocumentEntryType::OnDemand], (true, false));
    check(change, |query| query.entry_types.push(DocumentEntryType::OnDemand), (true, true));
    let of_2001 = |query: &mut EntryCriteria| {
        query.entry_types.push(DocumentEntryType::OnDemand);
        query.creation_time = range("2001", "2002");
    };
    check(change, of_2001, (true, false));
}

#[test]
fn documents_come_newest_first() {
    let test = TestStore::new();
    let of_time =
        |number, time: &str| deposit_changed(&test.store, number, |object| object.slot("creationTime", &[time]));
    let (middle, oldest, newest) = (of_time(1, "2010"), of_time(2, "20091231"), of_time(3, "201001010000"));
    let mut same_time = [middle, newest];
    same_time.sort();
    let found = find(&test.store, &of_patient(approved()));
    let order: Vec<EntryUuid> = found.objects.into_iter().map(|object| object.entry_uuid()).collect();
    assert_eq!(order, [same_time[0].clone(), same_time[1].clone(), oldest]);
}

#[test]
fn what_was_registered_comes_back_as_it_was_encoded_and_references_carry_no_content() {
    let test = TestStore::new();
    let registered = deposit(&test.store, &numbered(base(), 1)).entries.remove(0);
    let query = of_patient(approved());
    let mut found = find(&test.store, &query);
    assert_eq!(found.objects[0].fragment.as_deref(), Some(&registered.fragment));
    assert_eq!(found.patients(), [&patient()].into());

    let references = test.store.read("test", |reader| reader.find_references(&query)).unwrap();
    found.objects.iter_mut().for_each(|object| object.fragment = None);
    assert_eq!(references, found);
}

#[test]
fn documents_are_found_by_their_ids_whatever_their_status() {
    let test = TestStore::new();
    let first = deposit(&test.store, &numbered(base(), 1));
    let old = first.entries[0].entry_uuid.clone();
    deposit(&test.store, &numbered(base_related(REPLACE, old.as_str()), 2));
    let get = |by| find(&test.store, &StoredQuery::GetDocuments(GetDocuments { by, level: MetadataLevel::One }));

    let by_uuid = get(Selector::EntryUuids(vec![old.clone()]));
    assert_eq!(by_uuid.objects[0].status, AvailabilityStatus::Deprecated);
    assert_eq!(get(Selector::UniqueIds(vec![document_of(1), document_of(2)])).objects.len(), 2);
    assert_eq!(get(Selector::LogicalIds(vec![old.to_logical_id()])), by_uuid);
    let set = first.submission_set.entry_uuid;
    assert!(get(Selector::EntryUuids(vec![set])).objects.is_empty(), "a submission set is no document");
    assert!(get(Selector::UniqueIds(vec![unique_id("1.2.3")])).objects.is_empty());
}

#[test]
fn associations_are_found_from_either_end_and_once() {
    let test = TestStore::new();
    let first = deposit(&test.store, &numbered(base(), 1));
    let (set, document) = (first.submission_set.entry_uuid, first.entries[0].entry_uuid.clone());
    deposit(&test.store, &numbered(base_related(REPLACE, document.as_str()), 2));
    let count = |uuids: &[&EntryUuid], status| {
        let uuids = uuids.iter().copied().cloned().collect();
        let query = GetAssociations { uuids, statuses: vec![status], level: MetadataLevel::Two };
        find(&test.store, &StoredQuery::GetAssociations(query)).objects.len()
    };
    assert_eq!(count(&[&set], AvailabilityStatus::Approved), 1);
    assert_eq!(count(&[&document], AvailabilityStatus::Approved), 2, "of its submission set and of its replacement");
    assert_eq!(count(&[&set, &document], AvailabilityStatus::Approved), 2);
    assert_eq!(count(&[&set, &document], AvailabilityStatus::Deprecated), 0, "none is deprecated");
}

/// A submission set of two documents, both in its folder, one of them restricted.
fn two_documents_in_a_folder(number: usize) -> Message {
    let mut message = base_with_folder();
    message.entries.push(entry_object("Document02", "replaced below"));
    message.associations.push(original("as11", "Document02"));
    message.associations.push(association_object("as12", crate::xds_fixture::HAS_MEMBER, "Folder01", "Document02"));
    message.associations.push(association_object("as13", crate::xds_fixture::HAS_MEMBER, "SubmissionSet01", "as12"));
    message.entries[1].code(&entry::FORMAT_CODE, "other", "1.2.3");
    message.entries[1].add_code(&entry::CONFIDENTIALITY_CODE, "R", "1.2.3");
    message.folders[0].identifier(&folder::UNIQUE_ID, &format!("1.2.250.1.999.77.1.4.{number}"));
    numbered(message, number)
}

fn any_content() -> ContentFilter {
    ContentFilter { format_codes: vec![], confidentiality_codes: vec![], entry_types: vec![DocumentEntryType::Stable] }
}

/// Submission sets, entries, folders and associations in an answer.
fn counts(found: &Found) -> [usize; 4] {
    [ObjectKind::SubmissionSet, ObjectKind::DocumentEntry, ObjectKind::Folder, ObjectKind::Association]
        .map(|kind| found.objects.iter().filter(|object| object.kind == kind).count())
}

fn contents(test: &TestStore, by: Selector, contents: ContentFilter) -> Found {
    let query = GetSubmissionSetAndContents {
        by,
        contents,
        association_statuses: vec![AvailabilityStatus::Approved],
        level: MetadataLevel::One,
    };
    find(&test.store, &StoredQuery::GetSubmissionSetAndContents(query))
}

fn deposit_two(test: &TestStore) -> Registration {
    deposit(&test.store, &two_documents_in_a_folder(1))
}

#[test]
fn a_submission_set_comes_with_all_that_it_holds() {
    let test = TestStore::new();
    let registered = deposit_two(&test);
    deposit(&test.store, &numbered(base(), 2));
    let by_uuid = Selector::EntryUuids(vec![registered.submission_set.entry_uuid.clone()]);
    let by_unique_id = Selector::UniqueIds(vec![registered.submission_set.value.unique_id.clone()]);
    let found = contents(&test, by_uuid, any_content());
    assert_eq!(counts(&found), [1, 2, 1, 7]);
    assert_eq!(found, contents(&test, by_unique_id, any_content()));
    assert_eq!(counts(&contents(&test, Selector::UniqueIds(vec![document_of(1)]), any_content())), [0; 4]);
}

#[test]
fn a_document_that_a_filter_drops_takes_its_associations_with_it() {
    let test = TestStore::new();
    let set = deposit_two(&test).submission_set.entry_uuid;
    let by = || Selector::EntryUuids(vec![set.clone()]);
    let formats = ContentFilter { format_codes: vec![Code::new("other", "1.2.3")], ..any_content() };
    let restricted = ContentFilter { confidentiality_codes: vec![vec![Code::new("R", "1.2.3")]], ..any_content() };
    let on_demand = ContentFilter { entry_types: vec![DocumentEntryType::OnDemand], ..any_content() };
    assert_eq!(counts(&contents(&test, by(), formats)), [1, 1, 1, 4]);
    assert_eq!(counts(&contents(&test, by(), restricted)), [1, 1, 1, 4]);
    assert_eq!(counts(&contents(&test, by(), on_demand)), [1, 0, 1, 1]);
}

#[test]
fn all_of_a_patient_is_told_with_every_association_that_touches_it() {
    let test = TestStore::new();
    let registered = deposit_two(&test);
    deposit(&test.store, &numbered(base_related(REPLACE, registered.entries[0].entry_uuid.as_str()), 2));
    let approved = vec![AvailabilityStatus::Approved];
    let all = |patient: PatientId, entry_statuses: Vec<AvailabilityStatus>| {
        let query = GetAll {
            patient,
            entry_statuses,
            submission_set_statuses: approved.clone(),
            folder_statuses: approved.clone(),
            association_statuses: approved.clone(),
            contents: any_content(),
            level: MetadataLevel::One,
        };
        find(&test.store, &StoredQuery::GetAll(query))
    };
    // 7 of the first set; of the second: its document, RPLC, and the folder's new member with its own association.
    assert_eq!(
        counts(&all(patient(), vec![AvailabilityStatus::Approved, AvailabilityStatus::Deprecated])),
        [2, 3, 1, 11]
    );
    assert_eq!(counts(&all(patient(), approved.clone())), [2, 2, 1, 11], "associations may dangle");
    assert_eq!(counts(&all(PatientId::parse(OTHER_PATIENT).unwrap(), approved.clone())), [0; 4]);
}

#[test]
fn documents_of_two_patients_in_one_answer_are_told_apart() {
    let test = TestStore::new();
    deposit(&test.store, &numbered(base(), 1));
    let mut message = numbered(base(), 2);
    message.set.identifier(&submission_set::PATIENT_ID, OTHER_PATIENT);
    message.entries[0].identifier(&entry::PATIENT_ID, OTHER_PATIENT);
    deposit(&test.store, &message);
    let by = Selector::UniqueIds(vec![document_of(1), document_of(2)]);
    let found = find(&test.store, &StoredQuery::GetDocuments(GetDocuments { by, level: MetadataLevel::One }));
    assert_eq!(found.patients().len(), 2);
}
