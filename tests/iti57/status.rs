//! Other statuses for entries, folders and associations. Spec: ITI TF-2: 3.57.4.1.3.3.2, 4, 5.

use super::{
    APPROVED, BOTH, DATABASE, DEPRECATED, GET_RELATED, associations, history, pairs, revision, status_change,
    status_order, submitting, update,
};
use crate::support::message::query;
use crate::support::story::{Story, named};
use crate::xds_fixture::{APPEND, base, base_related, base_with_folder};

#[test]
fn an_entry_is_deprecated_and_comes_back_without_a_new_version() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let id = named(1, "Document01");
    update(&story, 2, 1, &status_change(&id, APPROVED, DEPRECATED)).is_taken();
    assert_eq!(history(&story, 1), pairs(&[("1", "Deprecated")]));
    assert_eq!(story.find(&[]), Vec::<String>::new());
    update(&story, 3, 1, &status_change(&id, DEPRECATED, APPROVED)).is_taken();
    assert_eq!(history(&story, 1), pairs(&[("1", "Approved")]));
    assert_eq!(story.find(&[]), [id]);
}

#[test]
fn what_ordered_a_change_is_history_and_no_relation() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let id = named(1, "Document01");
    update(&story, 2, 1, &status_change(&id, APPROVED, DEPRECATED)).is_taken();
    assert_eq!(associations(&story, &named(2, "SubmissionSet01"), "1", "").ids("Association").len(), 0);
    let kept = associations(&story, &named(2, "SubmissionSet01"), "2", BOTH);
    assert_eq!(kept.slot("NewStatus"), [DEPRECATED]);
    assert_eq!(associations(&story, &id, "1", "").ids("Association").len(), 1, "the set that brought it");
}

#[test]
fn a_folder_is_deprecated() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let folder = named(1, "Folder01");
    update(&story, 2, 1, &status_change(&folder, APPROVED, DEPRECATED)).is_taken();
    assert_eq!(story.status_of(&folder).as_deref(), Some("Deprecated"));
}

#[test]
fn a_document_leaves_a_folder_by_the_status_of_its_membership_and_the_folder_says_so() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let before = story.time();
    update(&story, 2, 1, &status_change(&named(1, "as03"), APPROVED, DEPRECATED)).is_taken();
    assert_eq!(story.members(&named(1, "Folder01")), Vec::<String>::new());
    assert!(story.time() > before);
    update(&story, 3, 1, &status_change(&named(1, "as03"), DEPRECATED, APPROVED)).is_taken();
    assert_eq!(story.members(&named(1, "Folder01")), [named(1, "Document01")]);
}

#[test]
fn a_deprecated_relation_is_seen_by_whoever_asks_for_history() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.register(2, &base_related(APPEND, &named(1, "Document01"))).is_taken();
    let related = |level: &str| {
        let (id, types) = (format!("'{}'", named(1, "Document01")), format!("('{APPEND}')"));
        let mut parameters = vec![
            ("$XDSDocumentEntryEntryUUID", id.as_str()),
            ("$AssociationTypes", types.as_str()),
            ("$MetadataLevel", level),
        ];
        if level == "2" {
            parameters.push(("$XDSAssociationStatus", BOTH));
        }
        let answer = story.caller.ask(&query(GET_RELATED, "LeafClass", &parameters));
        [answer.ids("ExtrinsicObject").len(), answer.ids("Association").len()]
    };
    assert_eq!(related("1"), [2, 1]);
    update(&story, 3, 1, &status_change(&named(2, "as05"), APPROVED, DEPRECATED)).is_taken();
    assert_eq!((related("1"), related("2")), ([0, 0], [2, 1]));
    update(&story, 4, 1, &status_change(&named(2, "as05"), DEPRECATED, APPROVED)).is_taken();
    assert_eq!(related("1"), [2, 1]);
}

#[test]
fn a_status_is_changed_after_the_new_version_is_there() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let mut failing = revision(1, "1");
    failing.entries[0].set("status", DEPRECATED);
    failing.associations.push(status_order("Document01", DEPRECATED, APPROVED));
    update(&story, 2, 1, &failing).fails_with("XDSMetadataUpdateError", "UPDATE-STATUS-ORIGINAL");
    assert_eq!(history(&story, 1), pairs(&[("1", "Approved")]), "nothing is done by halves");
    let mut message = revision(1, "1");
    message.associations.push(status_order("Document01", APPROVED, DEPRECATED));
    update(&story, 3, 1, &message).is_taken();
    assert_eq!(history(&story, 1), pairs(&[("1", "Deprecated"), ("2", "Deprecated")]));
}

#[test]
fn an_association_that_is_submitted_may_be_deprecated_at_once() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.register(2, &base()).is_taken();
    let mut message = submitting(APPEND, &named(1, "Document01"), &named(2, "Document01"));
    message.associations.push(status_order("new", APPROVED, DEPRECATED));
    update(&story, 3, 1, &message).is_taken();
    assert_eq!(associations(&story, &named(1, "Document01"), "1", "").ids("Association").len(), 1);
    let old = associations(&story, &named(1, "Document01"), "2", &format!("('{DEPRECATED}')"));
    assert_eq!(old.ids("Association"), [named(3, "new")]);
}
