//! New associations between what is registered. Spec: ITI TF-2: 3.57.4.1.3.3.6.

use super::{DATABASE, SUBMIT_ASSOCIATION, relations, revision, submitting, update};
use crate::support::story::{Story, named};
use crate::xds_fixture::{APPEND, HAS_MEMBER, REPLACE, association_object, base, base_with_folder};

#[test]
fn two_documents_of_the_registry_are_related() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.register(2, &base()).is_taken();
    update(&story, 3, 1, &submitting(APPEND, &named(2, "Document01"), &named(1, "Document01"))).is_taken();
    let expected = ("APND".to_owned(), named(2, "Document01"), named(1, "Document01"));
    assert!(relations(&story, &named(1, "Document01")).contains(&expected));
    assert_eq!(story.status_of(&named(3, "new")).as_deref(), Some("Approved"));
}

#[test]
fn a_document_of_the_registry_enters_a_folder_of_the_registry() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    story.register(2, &base()).is_taken();
    let before = story.time();
    update(&story, 3, 1, &submitting(HAS_MEMBER, &named(1, "Folder01"), &named(2, "Document01"))).is_taken();
    assert_eq!(story.members(&named(1, "Folder01")).len(), 2);
    assert!(story.time() > before);
    // The membership is itself member of the set of the update.
    let of_set = relations(&story, &named(3, "SubmissionSet01"));
    assert!(of_set.contains(&("HasMember".to_owned(), named(3, "SubmissionSet01"), named(3, "new"))), "{of_set:?}");
}

#[test]
fn a_replacement_that_is_submitted_replaces() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    story.register(2, &base()).is_taken();
    update(&story, 3, 1, &submitting(REPLACE, &named(2, "Document01"), &named(1, "Document01"))).is_taken();
    assert_eq!(story.statuses(1..=2), ["Deprecated", "Approved"]);
    assert_eq!(story.members(&named(1, "Folder01")).len(), 2);
}

#[test]
fn a_new_version_that_takes_nothing_over_may_be_related_anew() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let mut message = revision(1, "1");
    message.associations.push(association_object("new", HAS_MEMBER, &named(1, "Folder01"), "Document01"));
    message.associations.push(association_object("sa", SUBMIT_ASSOCIATION, "SubmissionSet01", "new"));
    update(&story, 2, 1, &message).fails_with("XDSMetadataUpdateOperationError", "UPDATE-SUBMIT-CONFLICT");
    message.associations[0].slot("AssociationPropagation", &["no"]);
    update(&story, 2, 1, &message).is_taken();
    assert!(story.members(&named(1, "Folder01")).contains(&named(2, "Document01")));
}
