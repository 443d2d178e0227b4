//! Folders and submission sets: found by what they say, and by what they hold.

use super::{APPROVED, domain};
use crate::support::caller::{Caller, patient};
use crate::support::message::{
    Deposit, FIND_FOLDERS, FIND_SUBMISSION_SETS, GET_DOCUMENTS, GET_FOLDER_AND_CONTENTS, GET_FOLDERS,
    GET_FOLDERS_FOR_DOCUMENT, GET_SUBMISSION_SETS, query,
};
use crate::support::wire::Answer;

/// Submission sets and folders, entries, associations.
fn counts(answer: &Answer) -> [usize; 3] {
    assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
    ["RegistryPackage", "ExtrinsicObject", "Association"].map(|kind| answer.ids(kind).len())
}

/// A patient with one document in its folder; the uniqueIds of both.
fn document_in_folder(caller: &Caller, number: u32) -> (String, String) {
    let (document, folder) = (format!("1.2.250.1.999.18.20.{number}"), format!("1.2.250.1.999.18.21.{number}"));
    caller.deposit(&Deposit::of(&document).for_patient(&patient(number)).in_folder(&folder), b"one").is_taken();
    (document, folder)
}

#[test]
fn folders_are_found_by_their_codes_and_by_when_they_changed() {
    let domain = domain();
    let caller = domain.anybody();
    document_in_folder(&caller, 1820);
    let named = format!("'{}'", patient(1820));
    let find = |more: &[(&str, &str)]| {
        let base = [("$XDSFolderPatientId", named.as_str()), ("$XDSFolderStatus", APPROVED)];
        counts(&caller.ask(&query(FIND_FOLDERS, "LeafClass", &[&base, more].concat())))[0]
    };
    assert_eq!(find(&[]), 1);
    assert_eq!(find(&[("$XDSFolderCodeList", "('G^^1.2.3','H^^1.2.3')")]), 1);
    assert_eq!(find(&[("$XDSFolderCodeList", "('G^^1.2.3')"), ("$XDSFolderCodeList", "('H^^1.2.3')")]), 0);
    assert_eq!(find(&[("$XDSFolderLastUpdateTimeFrom", "2020")]), 1);
    assert_eq!(find(&[("$XDSFolderLastUpdateTimeTo", "2020")]), 0);
}

#[test]
fn what_changed_until_now_holds_what_changed_in_this_very_second() {
    let domain = domain();
    let caller = domain.anybody();
    document_in_folder(&caller, 1821);
    let named = format!("'{}'", patient(1821));
    let now = crate::support::gateway::today().format("%Y%m%d%H%M%S").to_string();
    let parameters = [
        ("$XDSFolderPatientId", named.as_str()),
        ("$XDSFolderStatus", APPROVED),
        ("$XDSFolderLastUpdateTimeFrom", "2020"),
        ("$XDSFolderLastUpdateTimeTo", &now),
    ];
    assert_eq!(counts(&caller.ask(&query(FIND_FOLDERS, "LeafClass", &parameters)))[0], 1);
}

#[test]
fn a_folder_is_found_by_its_ids_with_what_it_holds() {
    let domain = domain();
    let caller = domain.anybody();
    let (document, folder) = document_in_folder(&caller, 1822);
    let by_unique_id = [("$XDSFolderUniqueId", format!("('{folder}')"))];
    let by_unique_id = by_unique_id.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = caller.ask(&query(GET_FOLDERS, "LeafClass", &by_unique_id));
    assert_eq!(counts(&answer), [1, 0, 0]);
    let uuid = format!("('{}')", answer.ids("RegistryPackage")[0]);
    let by_uuid = [("$XDSFolderEntryUUID", uuid.as_str())];
    assert_eq!(counts(&caller.ask(&query(GET_FOLDERS, "LeafClass", &by_uuid))), [1, 0, 0]);
    assert_eq!(counts(&caller.ask(&query(GET_FOLDER_AND_CONTENTS, "LeafClass", &by_unique_id))), [1, 1, 1]);
    let filtered = [by_uuid[0], ("$XDSDocumentEntryFormatCode", "('other^^1.2')")];
    assert_eq!(counts(&caller.ask(&query(GET_FOLDER_AND_CONTENTS, "LeafClass", &filtered))), [1, 0, 0]);
    let of_document = [("$XDSDocumentEntryUniqueId", format!("'{document}'"))];
    let of_document = of_document.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(counts(&caller.ask(&query(GET_FOLDERS_FOR_DOCUMENT, "LeafClass", &of_document))), [1, 0, 0]);
    let not_a_document = [("$XDSDocumentEntryEntryUUID", uuid.as_str())];
    assert_eq!(counts(&caller.ask(&query(GET_FOLDERS_FOR_DOCUMENT, "LeafClass", &not_a_document))), [0, 0, 0]);
}

#[test]
fn submission_sets_are_found_by_what_they_hold() {
    let domain = domain();
    let caller = domain.anybody();
    let (document, folder) = document_in_folder(&caller, 1823);
    let of = |id: &str, name: &str, unique_id: &str, kind: &str| {
        let named = format!("('{unique_id}')");
        caller.ask(&query(id, "LeafClass", &[(name, &named)])).ids(kind).remove(0)
    };
    let document = of(GET_DOCUMENTS, "$XDSDocumentEntryUniqueId", &document, "ExtrinsicObject");
    let folder = of(GET_FOLDERS, "$XDSFolderUniqueId", &folder, "RegistryPackage");
    let sets = |uuids: &str| counts(&caller.ask(&query(GET_SUBMISSION_SETS, "LeafClass", &[("$uuid", uuids)])));
    assert_eq!(sets(&format!("('{document}')")), [1, 0, 1], "the set and its association, not that of the folder");
    assert_eq!(sets(&format!("('{document}','{folder}')")), [1, 0, 2]);
    assert_eq!(sets("('urn:uuid:00000000-0000-4000-8000-000000000000')"), [0, 0, 0]);
}

#[test]
fn submission_sets_are_found_by_every_parameter() {
    let domain = domain();
    let caller = domain.anybody();
    document_in_folder(&caller, 1824);
    let named = format!("'{}'", patient(1824));
    let find = |more: &[(&str, &str)]| {
        let base = [("$XDSSubmissionSetPatientId", named.as_str()), ("$XDSSubmissionSetStatus", APPROVED)];
        counts(&caller.ask(&query(FIND_SUBMISSION_SETS, "LeafClass", &[&base, more].concat())))[0]
    };
    assert_eq!(find(&[]), 1);
    for (name, finds, misses) in [
        ("$XDSSubmissionSetSourceId", "('1.2.3','1.2.250.1.999.77.1')", "('1.2.250.1.999.77')"),
        ("$XDSSubmissionSetSubmissionTimeFrom", "20261125093000", "20261125093001"),
        ("$XDSSubmissionSetSubmissionTimeTo", "20261125093001", "20261125093000"),
        ("$XDSSubmissionSetAuthorPerson", "'%DUMONT%'", "'%dumont%'"),
        ("$XDSSubmissionSetContentType", "('07^^1.2.250.1.213.2.2')", "('07^^1.2')"),
    ] {
        assert_eq!((find(&[(name, finds)]), find(&[(name, misses)])), (1, 0), "{name}");
    }
}
