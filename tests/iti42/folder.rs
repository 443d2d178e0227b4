//! Folders: made, filled, followed by what replaces their documents; their lastUpdateTime tells of each change.

use super::story;
use crate::support::story::{Story, named};
use crate::support::wire::Answer;
use crate::xds_fixture::{
    HAS_MEMBER, Message, REPLACE, association_object, base, base_related, base_with_folder, folder_object,
};

/// A submission of nothing but the membership of a document in a folder.
fn joining(folder: &str, document: &str) -> Message {
    let mut message = base();
    message.entries.clear();
    message.associations = vec![
        association_object("fd", HAS_MEMBER, folder, document),
        association_object("hm", HAS_MEMBER, "SubmissionSet01", "fd"),
    ];
    message
}

/// A document that comes into a folder of the registry.
fn new_in(folder: &str) -> Message {
    let mut message = base();
    message.associations.push(association_object("fd", HAS_MEMBER, folder, "Document01"));
    message.associations.push(association_object("hm", HAS_MEMBER, "SubmissionSet01", "fd"));
    message
}

#[track_caller]
fn moves_the_time(story: &Story, send: impl FnOnce(&Story) -> Answer) {
    let before = story.time();
    send(story).is_taken();
    assert!(story.time() > before, "{} {before}", story.time());
}

#[test]
fn a_folder_may_come_empty_and_has_the_time_of_the_registry() {
    let mut message = base();
    message.entries.clear();
    message.folders.push(folder_object("Folder01", "1.2.3"));
    message.folders[0].slot("lastUpdateTime", &["2004"]);
    message.associations = vec![association_object("as02", HAS_MEMBER, "SubmissionSet01", "Folder01")];
    let story = story();
    story.register(1, &message).is_taken();
    assert_eq!(story.counts(), [0, 2, 1]);
    assert!(story.time().len() == 14 && story.time().as_str() > "2026", "{}", story.time());
}

#[test]
fn a_new_document_joins_a_folder_of_the_registry() {
    let story = story();
    story.register(1, &base_with_folder()).is_taken();
    let folder = named(1, "Folder01");
    moves_the_time(&story, |story| story.register(2, &new_in(&folder)));
    assert_eq!(story.members(&folder).len(), 2);
}

#[test]
fn a_document_of_the_registry_joins_a_folder_of_the_registry_with_or_without_a_repository() {
    let story = story();
    story.register(1, &base_with_folder()).is_taken();
    story.register(2, &base()).is_taken();
    story.register(3, &base()).is_taken();
    let folder = named(1, "Folder01");
    moves_the_time(&story, |story| story.register(4, &joining(&folder, &named(2, "Document01"))));
    moves_the_time(&story, |story| story.provide(5, &joining(&folder, &named(3, "Document01")), &[]));
    assert_eq!(story.members(&folder).len(), 3);
}

#[test]
fn a_replacement_follows_its_document_into_each_folder() {
    let mut message = base_with_folder();
    message.folders.push(folder_object("Folder02", "1.2.3"));
    message.associations.push(association_object("as06", HAS_MEMBER, "SubmissionSet01", "Folder02"));
    message.associations.push(association_object("as07", HAS_MEMBER, "Folder02", "Document01"));
    message.associations.push(association_object("as08", HAS_MEMBER, "SubmissionSet01", "as07"));
    let story = story();
    story.register(1, &message).is_taken();
    let [_, _, before] = story.counts();
    moves_the_time(&story, |story| story.register(2, &base_related(REPLACE, &named(1, "Document01"))));
    let mut both = vec![named(1, "Document01"), named(2, "Document01")];
    both.sort();
    assert_eq!(story.members(&named(1, "Folder01")), both);
    assert_eq!(story.members(&named(1, "Folder02")), both);
    // Its own HasMember and RPLC; for each folder a membership and its place in the new set.
    assert_eq!(story.counts()[2], before + 2 + 2 * 2);
    assert_eq!(story.members(&named(2, "SubmissionSet01")).len(), 3);
}

#[test]
fn a_document_out_of_force_joins_no_folder() {
    let story = story();
    story.register(1, &base_with_folder()).is_taken();
    story.register(2, &base()).is_taken();
    story.register(3, &base_related(REPLACE, &named(2, "Document01"))).is_taken();
    let before = (story.counts(), story.time());
    let refused = story.register(4, &joining(&named(1, "Folder01"), &named(2, "Document01")));
    refused.fails_with("XDSRegistryDeprecatedDocumentError", "ASSOC-APPROVED");
    assert_eq!((story.counts(), story.time()), before);
}
