//! Documents by what relates them: to each other, and to what they are about.

use super::{APPROVED, BOTH, DATABASE, domain};
use crate::support::caller::{Caller, patient};
use crate::support::gateway::{DMP, Setup};
use crate::support::message::{
    Deposit, FIND_BY_REFERENCE_ID, FIND_DOCUMENTS, FIND_FOLDERS, FIND_SUBMISSION_SETS, GET_DOCUMENTS_AND_ASSOCIATIONS,
    GET_FOLDER_AND_CONTENTS, GET_FOLDERS, GET_FOLDERS_FOR_DOCUMENT, GET_RELATED_DOCUMENTS, GET_SUBMISSION_SETS, query,
};

/// A document and its addendum; their entryUUIDs.
fn document_and_addendum(caller: &Caller, number: u32) -> [String; 2] {
    let ids = [1, 2].map(|one| format!("1.2.250.1.999.18.30.{number}.{one}"));
    let deposit = |id: &str| Deposit::of(id).for_patient(&patient(number));
    caller.deposit(&deposit(&ids[0]), b"one").is_taken();
    let first = caller.entry_uuid(&ids[0]);
    caller.deposit(&deposit(&ids[1]).related("APND", &first), b"two").is_taken();
    [first, caller.entry_uuid(&ids[1])]
}

/// Entries and associations of `GetRelatedDocuments`.
fn related(caller: &Caller, uuid: &str, types: &str, more: &[(&str, &str)]) -> [usize; 2] {
    let uuid = format!("'{uuid}'");
    let parameters = [&[("$XDSDocumentEntryEntryUUID", uuid.as_str()), ("$AssociationTypes", types)], more].concat();
    let answer = caller.ask(&query(GET_RELATED_DOCUMENTS, "LeafClass", &parameters));
    assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
    ["ExtrinsicObject", "Association"].map(|kind| answer.ids(kind).len())
}

#[test]
fn related_documents_come_with_the_given_one_and_what_relates_them() {
    let domain = domain();
    let caller = domain.anybody();
    let [document, addendum] = document_and_addendum(&caller, 1830);
    let appended = "('urn:ihe:iti:2007:AssociationType:APND')";
    assert_eq!(related(&caller, &document, appended, &[]), [2, 1]);
    assert_eq!(related(&caller, &addendum, appended, &[]), [2, 1], "from the other end too");
    assert_eq!(related(&caller, &document, "('urn:ihe:iti:2007:AssociationType:RPLC')", &[]), [0, 0]);
    let member = "('urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember')";
    assert_eq!(related(&caller, &document, member, &[]), [0, 0], "a member is not related");
    let on_demand = [("$XDSDocumentEntryType", "('urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248')")];
    assert_eq!(related(&caller, &document, appended, &on_demand), [0, 0], "both ends are of the types asked for");
}

#[test]
fn documents_come_with_every_association_that_touches_them() {
    let domain = domain();
    let caller = domain.anybody();
    let [document, addendum] = document_and_addendum(&caller, 1831);
    let of = |uuids: &str| {
        let parameters = [("$XDSDocumentEntryEntryUUID", uuids)];
        let answer = caller.ask(&query(GET_DOCUMENTS_AND_ASSOCIATIONS, "LeafClass", &parameters));
        ["ExtrinsicObject", "Association"].map(|kind| answer.ids(kind).len())
    };
    assert_eq!(of(&format!("('{document}')")), [1, 2]);
    assert_eq!(of(&format!("('{document}','{addendum}')")), [2, 3], "what relates them is told once");
    assert_eq!(of("('urn:uuid:00000000-0000-4000-8000-000000000000')"), [0, 0]);
}

/// A document that says more of itself in slots.
fn with_slots(number: u32, one: u32, slots: &[(&str, &str)]) -> Deposit {
    let slots: Vec<String> = slots
        .iter()
        .map(|(name, value)| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>"))
        .collect();
    Deposit::of(&format!("1.2.250.1.999.18.32.{number}.{one}"))
        .for_patient(&patient(number))
        .with("<Slot name=\"creationTime\">", &format!("{}<Slot name=\"creationTime\">", slots.concat()))
}

#[test]
fn documents_are_found_by_what_they_refer_to() {
    let domain = domain();
    let caller = domain.anybody();
    let order = "A-1^^^&amp;1.2.3&amp;ISO^urn:ihe:iti:xds:2013:order";
    let refers = [("urn:ihe:iti:xds:2013:referenceIdList", order)];
    caller.deposit(&with_slots(1832, 1, &refers), b"one").is_taken();
    caller.deposit(&with_slots(1832, 2, &[]), b"two").is_taken();
    let named = format!("'{}'", patient(1832));
    let find = |lists: &[&str]| {
        let mut parameters =
            vec![("$XDSDocumentEntryPatientId", named.as_str()), ("$XDSDocumentEntryStatus", APPROVED)];
        parameters.extend(lists.iter().map(|list| ("$XDSDocumentEntryReferenceIdList", *list)));
        caller.ask(&query(FIND_BY_REFERENCE_ID, "LeafClass", &parameters))
    };
    let exact = "('A-1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order')";
    assert_eq!(find(&[exact]).entries().len(), 1);
    assert_eq!(find(&["('B','A-1%')"]).entries().len(), 1);
    assert_eq!(find(&["('%order')", "('A-1%')"]).entries().len(), 1);
    assert_eq!(find(&["('%order')", "('B%')"]).entries().len(), 0, "each list must be met");
    assert_eq!(find(&["('A-1')"]).entries().len(), 0, "without a wildcard the whole is meant");
    find(&[]).fails_with("XDSStoredQueryMissingParam", "QUERY-REQUIRED");
}

#[test]
fn a_document_is_online_unless_it_says_otherwise() {
    let domain = domain();
    let caller = domain.anybody();
    let offline = [("documentAvailability", "urn:ihe:iti:2010:DocumentAvailability:Offline")];
    let online = [("documentAvailability", "urn:ihe:iti:2010:DocumentAvailability:Online")];
    for (one, slots) in [(1, &offline[..]), (2, &online[..]), (3, &[])] {
        caller.deposit(&with_slots(1833, one, slots), b"one").is_taken();
    }
    let named = format!("'{}'", patient(1833));
    let find = |values: &str| {
        let parameters = [
            ("$XDSDocumentEntryPatientId", named.as_str()),
            ("$XDSDocumentEntryStatus", APPROVED),
            ("$XDSDocumentEntryDocumentAvailability", values),
        ];
        caller.ask(&query(FIND_DOCUMENTS, "LeafClass", &parameters)).entries().len()
    };
    let urn = |last: &str| format!("'urn:ihe:iti:2010:DocumentAvailability:{last}'");
    assert_eq!(find(&format!("({})", urn("Offline"))), 1);
    assert_eq!(find(&format!("({})", urn("Online"))), 2);
    assert_eq!(find(&format!("({},{})", urn("Online"), urn("Offline"))), 3);
}

#[test]
fn whatever_is_asked_the_objects_of_another_patient_do_not_exist_for_a_caller_of_the_dmp() {
    let gateway = Setup::toml(DMP).on(DATABASE).serve();
    let owner = gateway.treating_doctor(&patient(1834));
    let [document, addendum] = document_and_addendum(&owner, 1834);
    let folder = Deposit::of("1.2.250.1.999.18.34.1").for_patient(&patient(1834)).in_folder("1.2.250.1.999.18.34.2");
    owner.deposit(&folder, b"three").is_taken();
    let (several, one) = (format!("('{document}','{addendum}')"), format!("'{document}'"));
    let appended = ("$AssociationTypes", "('urn:ihe:iti:2007:AssociationType:APND')");
    let questions = [
        (GET_DOCUMENTS_AND_ASSOCIATIONS, vec![("$XDSDocumentEntryEntryUUID", several.as_str())]),
        (GET_SUBMISSION_SETS, vec![("$uuid", several.as_str())]),
        (GET_RELATED_DOCUMENTS, vec![("$XDSDocumentEntryEntryUUID", one.as_str()), appended]),
        (GET_FOLDERS, vec![("$XDSFolderUniqueId", "('1.2.250.1.999.18.34.2')")]),
        (GET_FOLDER_AND_CONTENTS, vec![("$XDSFolderUniqueId", "'1.2.250.1.999.18.34.2'")]),
        (GET_FOLDERS_FOR_DOCUMENT, vec![("$XDSDocumentEntryUniqueId", "'1.2.250.1.999.18.34.1'")]),
    ];
    let stranger = gateway.treating_doctor(&patient(1835));
    for (id, parameters) in questions {
        for return_type in ["LeafClass", "ObjectRef"] {
            let question = query(id, return_type, &parameters);
            let found = |caller: &Caller| {
                let answer = caller.ask(&question);
                assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
                answer.response_attribute("totalResultCount")
            };
            assert_ne!(found(&owner), "0", "{id}");
            assert_eq!(found(&stranger), "0", "{id}");
        }
    }
    let named = format!("'{}'", patient(1834));
    for (id, who, status, more) in [
        (FIND_SUBMISSION_SETS, "$XDSSubmissionSetPatientId", "$XDSSubmissionSetStatus", None),
        (FIND_FOLDERS, "$XDSFolderPatientId", "$XDSFolderStatus", None),
        (
            FIND_BY_REFERENCE_ID,
            "$XDSDocumentEntryPatientId",
            "$XDSDocumentEntryStatus",
            Some(("$XDSDocumentEntryReferenceIdList", "('%')")),
        ),
    ] {
        let parameters: Vec<_> = [(who, named.as_str()), (status, BOTH)].into_iter().chain(more).collect();
        let answer = stranger.ask(&query(id, "LeafClass", &parameters));
        answer.fails_with("XDSPatientIdDoesNotMatch", "ADM-PATIENT-04");
    }
}
