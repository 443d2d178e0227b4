//! What each stored query shows of versions, at either level of metadata. Spec: ITI TF-2: 3.18.4.1.2.3.9.

use super::{BOTH, DATABASE, folder_revision, revision, update};
use crate::support::message::{
    FIND_DOCUMENTS, FIND_FOLDERS, GET_ALL, GET_ASSOCIATIONS, GET_DOCUMENTS, GET_DOCUMENTS_AND_ASSOCIATIONS,
    GET_FOLDER_AND_CONTENTS, GET_FOLDERS, GET_FOLDERS_FOR_DOCUMENT, GET_RELATED_DOCUMENTS, GET_SUBMISSION_SET,
    GET_SUBMISSION_SETS, query,
};
use crate::support::story::{Story, document, named};
use crate::xds_fixture::{APPEND, PATIENT, base_related, base_with_folder};

type Parameters<'p> = Vec<(&'p str, String)>;

/// How many entries, packages and associations an answer holds at a level, whole and by reference.
fn counted(story: &Story, id: &str, parameters: &Parameters<'_>, level: &str) -> [usize; 3] {
    let mut sent: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    sent.push(("$MetadataLevel", level));
    let answer = story.caller.ask(&query(id, "LeafClass", &sent));
    assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
    let counts = ["ExtrinsicObject", "RegistryPackage", "Association"].map(|kind| answer.ids(kind).len());
    let references = story.caller.ask(&query(id, "ObjectRef", &sent)).ids("ObjectRef").len();
    assert_eq!(references, counts.iter().sum::<usize>(), "{id} at level {level}");
    counts
}

/// Document 1 in a folder, with an addendum; then a second version of the document, and one of the folder.
fn registry() -> Story {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    story.register(2, &base_related(APPEND, &named(1, "Document01"))).is_taken();
    update(&story, 3, 1, &revision(1, "1")).is_taken();
    update(&story, 4, 1, &folder_revision(1, "1")).is_taken();
    story
}

#[test]
fn each_query_shows_the_latest_versions_at_level_one_and_all_at_level_two() {
    let story = registry();
    let check = |id: &str, parameters: Parameters<'_>, one: [usize; 3], two: [usize; 3]| {
        let found = ["1", "2"].map(|level| counted(&story, id, &parameters, level));
        assert_eq!(found, [one, two], "{id} {parameters:?}");
    };
    let (patient, both) = (format!("'{PATIENT}'"), BOTH.to_owned());
    let (entry, folder) = (document(1, 1), "1.2.250.1.999.62.1.4.1".to_owned());
    let several = |id: &str| format!("('{id}')");
    let one = |id: &str| format!("'{id}'");

    let of = |who: &'static str, status: &'static str| vec![(who, patient.clone()), (status, both.clone())];
    check(FIND_DOCUMENTS, of("$XDSDocumentEntryPatientId", "$XDSDocumentEntryStatus"), [2, 0, 0], [3, 0, 0]);
    check(FIND_FOLDERS, of("$XDSFolderPatientId", "$XDSFolderStatus"), [0, 1, 0], [0, 2, 0]);
    check(GET_DOCUMENTS, vec![("$XDSDocumentEntryUniqueId", several(&entry))], [1, 0, 0], [2, 0, 0]);
    check(GET_FOLDERS, vec![("$XDSFolderUniqueId", several(&folder))], [0, 1, 0], [0, 2, 0]);
    // The former folder holds both versions of the document, the new one the latest.
    check(GET_FOLDER_AND_CONTENTS, vec![("$XDSFolderUniqueId", one(&folder))], [1, 1, 1], [2, 2, 3]);
    check(GET_FOLDERS_FOR_DOCUMENT, vec![("$XDSDocumentEntryUniqueId", one(&entry))], [0, 1, 0], [0, 2, 0]);
    let related = vec![("$XDSDocumentEntryUniqueId", one(&entry)), ("$AssociationTypes", several(APPEND))];
    check(GET_RELATED_DOCUMENTS, related, [2, 0, 1], [3, 0, 2]);
    // Of each version its set, its folders and its addendum.
    let entry = vec![("$XDSDocumentEntryUniqueId", several(&entry))];
    check(GET_DOCUMENTS_AND_ASSOCIATIONS, entry, [1, 0, 4], [2, 0, 7]);
    let all = vec![
        ("$patientId", patient.clone()),
        ("$XDSDocumentEntryStatus", both.clone()),
        ("$XDSSubmissionSetStatus", both.clone()),
        ("$XDSFolderStatus", both.clone()),
    ];
    let found = ["1", "2"].map(|level| counted(&story, GET_ALL, &all, level));
    assert_eq!(found.map(|[entries, packages, _]| [entries, packages]), [[2, 5], [3, 6]]);
}

#[test]
fn whoever_names_a_former_version_or_what_brought_it_gets_it_at_either_level() {
    let story = registry();
    let check = |id: &str, parameters: Parameters<'_>, expected: [usize; 3]| {
        for level in ["1", "2"] {
            assert_eq!(counted(&story, id, &parameters, level), expected, "{id} {parameters:?} at level {level}");
        }
    };
    let several = |id: &str| format!("('{id}')");
    let former = named(1, "Document01");
    check(GET_DOCUMENTS, vec![("$XDSDocumentEntryEntryUUID", several(&former))], [1, 0, 0]);
    check(GET_FOLDERS, vec![("$XDSFolderEntryUUID", several(&named(1, "Folder01")))], [0, 1, 0]);
    check(GET_SUBMISSION_SETS, vec![("$uuid", several(&former))], [0, 1, 1]);
    // Its set, its folder, its addendum.
    check(GET_ASSOCIATIONS, vec![("$uuid", several(&former))], [0, 0, 3]);
    // The set, its folder and its document, the membership of the one in the other, and that the set holds these three.
    let set = format!("'{}'", named(1, "SubmissionSet01"));
    check(GET_SUBMISSION_SET, vec![("$XDSSubmissionSetEntryUUID", set)], [1, 2, 4]);
}
