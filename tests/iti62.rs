//! ITI-62, Remove Metadata: what is related goes together, all of it or nothing, and leaves nothing alone behind.

use super::DATABASE;
use crate::support::caller::SIMPLE;
use crate::support::message::{ITI62, PACKAGE, package, remove_objects};
use crate::support::story::{Story, document, named, numbered};
use crate::xds_fixture::{APPEND, HAS_MEMBER, REPLACE, association_object, base, base_related, base_with_folder};

const NOBODY: &str = "urn:uuid:00000000-0000-4000-8000-00000000dead";

/// The ids of objects of a submission, ready to be sent.
fn ids(submission: u32, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| named(submission, name)).collect()
}

#[test]
fn an_object_that_nobody_has_is_named_and_nothing_is_removed() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let all = ids(1, &["SubmissionSet01", "Document01", "as01"]);
    for unknown in [NOBODY, "Document01", "urn:uuid:NOT-A-UUID"] {
        let answer = story.remove(&[all.as_slice(), &[unknown.to_owned()]].concat());
        let error = answer.fails_with("UnresolvedReferenceException", "REMOVE-KNOWN");
        assert!(error.context.contains(unknown), "{error:?}");
        assert_eq!(answer.errors().len(), 1);
        assert_eq!(story.counts(), [1, 1, 1]);
    }
}

#[test]
fn a_submission_goes_as_a_whole() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.remove(&ids(1, &["SubmissionSet01"])).fails_with("ReferencesExistException", "REMOVE-REFERENCES");
    story.remove(&ids(1, &["Document01"])).fails_with("ReferencesExistException", "REMOVE-REFERENCES");
    let but_the_set = story.remove(&ids(1, &["Document01", "as01"]));
    let error = but_the_set.fails_with("XDSUnreferencedObjectException", "REMOVE-ORPHANS");
    assert!(error.context.contains(&named(1, "SubmissionSet01")), "{error:?}");
    assert_eq!(but_the_set.errors().len(), 1);
    assert_eq!(story.counts(), [1, 1, 1]);
    // In any order, one of them twice.
    let answer = story.remove(&ids(1, &["as01", "SubmissionSet01", "Document01", "as01"]));
    answer.is_taken();
    assert!(answer.envelope().contains(">urn:ihe:iti:2010:DeleteDocumentSetResponse</"), "{}", answer.envelope());
    assert_eq!(story.counts(), [0, 0, 0]);
    assert_eq!(story.caller.entry(&document(1, 1)).ids("ExtrinsicObject"), Vec::<String>::new());
}

#[test]
fn what_was_removed_may_come_again_under_the_same_ids() {
    let story = Story::on(DATABASE);
    let message = base_with_folder();
    let all = ids(1, &["SubmissionSet01", "Document01", "Folder01", "as01", "as02", "as03", "as04"]);
    for _ in 0..2 {
        story.register(1, &message).is_taken();
        assert_eq!(story.counts(), [1, 2, 4]);
        story.register(1, &message).fails_with("XDSDuplicateUniqueIdInRegistry", "UNIQUE-PACKAGE");
        story.remove(&all).is_taken();
    }
    // The uniqueId is free: other bytes may have it.
    let mut other = message;
    other.entries[0].slot("hash", &["00000000000000000000000000000000000000ff"]);
    story.register(1, &other).is_taken();
}

#[test]
fn a_document_leaves_its_folder_with_the_membership_and_the_set_that_brought_it_stays() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let time = |story: &Story| story.everything().slot("lastUpdateTime");
    let before = time(&story);
    // The set refers to the membership, which is nothing without it.
    story.remove(&ids(1, &["as03"])).fails_with("ReferencesExistException", "REMOVE-REFERENCES");
    story.remove(&ids(1, &["as04"])).fails_with("XDSUnreferencedObjectException", "REMOVE-ORPHANS");
    story.remove(&ids(1, &["as03", "as04"])).is_taken();
    assert_eq!(story.counts(), [1, 2, 2]);
    assert!(time(&story) > before, "the folder says that it changed");
}

#[test]
fn an_empty_folder_is_not_left_without_its_set() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let answer = story.remove(&ids(1, &["SubmissionSet01", "Document01", "as01", "as02", "as03", "as04"]));
    let error = answer.fails_with("XDSUnreferencedObjectException", "REMOVE-ORPHANS");
    assert!(error.context.contains(&named(1, "Folder01")), "{error:?}");
    assert_eq!(story.counts(), [1, 2, 4]);
}

#[test]
fn a_replacement_goes_with_the_association_that_made_it_one_and_nothing_comes_back_into_force() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.register(2, &base_related(REPLACE, &named(1, "Document01"))).is_taken();
    let replacement = ids(2, &["SubmissionSet01", "Document01", "as01"]);
    story.remove(&replacement).fails_with("ReferencesExistException", "REMOVE-REFERENCES");
    story.remove(&[replacement.as_slice(), &ids(2, &["as05"])].concat()).is_taken();
    assert_eq!(story.status_of(&named(1, "Document01")).as_deref(), Some("Deprecated"));
    assert_eq!(story.counts(), [1, 1, 1]);
}

#[test]
fn a_replaced_document_goes_and_its_replacement_stays_in_force() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.register(2, &base_related(REPLACE, &named(1, "Document01"))).is_taken();
    let original = ids(1, &["SubmissionSet01", "Document01", "as01"]);
    story.remove(&original).fails_with("ReferencesExistException", "REMOVE-REFERENCES");
    story.remove(&[original.as_slice(), &ids(2, &["as05"])].concat()).is_taken();
    assert_eq!(story.status_of(&named(2, "Document01")).as_deref(), Some("Approved"));
    assert_eq!(story.counts(), [1, 1, 1]);
}

#[test]
fn a_relation_alone_may_go_when_its_documents_keep_their_sets() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.register(2, &base_related(APPEND, &named(1, "Document01"))).is_taken();
    story.remove(&ids(2, &["as05"])).is_taken();
    assert_eq!(story.counts(), [2, 2, 2]);
}

#[test]
fn a_set_that_only_refers_to_a_document_keeps_it_from_going() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let mut message = base();
    let reference = association_object("ref", HAS_MEMBER, "SubmissionSet01", &named(1, "Document01"));
    message.associations.push(reference.with_slot("SubmissionSetStatus", &["Reference"]));
    story.register(2, &message).is_taken();
    let first = ids(1, &["SubmissionSet01", "Document01", "as01"]);
    let error = story.remove(&first).fails_with("ReferencesExistException", "REMOVE-REFERENCES");
    assert!(error.context.contains(&named(2, "ref")), "{error:?}");
    story.remove(&[first.as_slice(), &ids(2, &["ref"])].concat()).is_taken();
    assert_eq!(story.counts(), [1, 1, 1]);
}

#[test]
fn the_document_stays_in_the_repository() {
    let story = Story::on(DATABASE);
    story.provide(1, &base(), &[b"one"]).is_taken();
    story.remove(&ids(1, &["SubmissionSet01", "Document01", "as01"])).is_taken();
    assert_eq!(story.caller.fetch(&[&document(1, 1)]).documents(), [(document(1, 1), b"one".to_vec())]);
}

#[test]
fn a_request_names_objects_and_nothing_else() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let good = remove_objects(&[&named(1, "SubmissionSet01")]);
    let empty = story.caller.send("registry", ITI62, &remove_objects(&[]));
    empty.fails_with("XDSRegistryError", "MESSAGE-SHAPE");
    let query = good.replace("<ObjectRefList>", "<AdhocQuery id=\"urn:uuid:1\"/><ObjectRefList>");
    story.caller.send("registry", ITI62, &query).fails_with("XDSRegistryError", "REMOVE-REFS-ONLY");
    assert_eq!(story.counts(), [1, 1, 1]);
}

#[test]
fn the_answer_comes_in_the_packaging_of_the_request() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let body = remove_objects(&[NOBODY]);
    let packed = package(&story.caller.envelope(ITI62, &body), &[]);
    assert!(story.caller.post("registry", PACKAGE, &packed).is_package());
    assert!(!story.caller.post("registry", SIMPLE, story.caller.envelope(ITI62, &body).as_bytes()).is_package());
}

#[test]
fn a_domain_may_refuse_removal() {
    let story = Story::with(DATABASE, "removal = \"refuse\"\n");
    story.register(1, &base()).is_taken();
    let all = ids(1, &["SubmissionSet01", "Document01", "as01"]);
    story.remove(&all).fails_with("XDSRegistryError", "REMOVE-OFF");
    assert_eq!(story.counts(), [1, 1, 1]);
}

/// A new version of the document of submission 1, in submission 2.
fn new_version(story: &Story) -> crate::support::wire::Answer {
    let mut message = base();
    message.entries[0].set("lid", &named(1, "Document01"));
    message.associations[0].slot("PreviousVersion", &["1"]);
    let list = numbered(2, &message).replace(&document(2, 1), &document(1, 1));
    let body = format!(
        "<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">{list}</lcm:SubmitObjectsRequest>"
    );
    story.caller.send("registry", "urn:ihe:iti:2010:UpdateDocumentSet", &body)
}

#[test]
fn each_version_goes_by_its_own_id_and_the_others_keep_their_history() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    new_version(&story).is_taken();
    story.remove(&ids(2, &["SubmissionSet01", "Document01", "as01"])).is_taken();
    assert_eq!(story.status_of(&named(1, "Document01")).as_deref(), Some("Deprecated"), "nothing comes back");
    assert_eq!(story.counts(), [1, 1, 1]);
}

#[test]
fn the_id_of_a_first_version_that_is_gone_still_names_the_later_ones() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    new_version(&story).is_taken();
    story.remove(&ids(1, &["SubmissionSet01", "Document01", "as01"])).is_taken();
    let left = story.caller.entry(&document(1, 1));
    assert_eq!(left.attributes("ExtrinsicObject", "lid"), [named(1, "Document01")]);
    let again = story.register(1, &base());
    let error = again.fails_with("XDSRegistryMetadataError", "UNIQUE-ENTRY-UUID");
    assert!(error.context.contains(&named(1, "Document01")), "{error:?}");
    // With the last version the logical id is free.
    story.remove(&ids(2, &["SubmissionSet01", "Document01", "as01"])).is_taken();
    story.register(1, &base()).is_taken();
}
