//! Documents in relation to others: what each relation does to its target and to what hangs on that.

use super::story;
use crate::support::story::named;
use crate::xds_fixture::{
    APPEND, HAS_MEMBER, Message, REPLACE, SIGNS, TRANSFORM, association_object, base, base_related, entry_object,
    original,
};
use dmp_gateway::xds::metadata::attribute::association::DOCUMENTATION;
use dmp_gateway::xds::metadata::attribute::{entry, submission_set};

const TRANSFORM_REPLACE: &str = "urn:ihe:iti:2007:AssociationType:XFRM_RPLC";
const ALL: [&str; 5] = [APPEND, REPLACE, TRANSFORM, TRANSFORM_REPLACE, SIGNS];

#[test]
fn only_a_replacement_puts_its_target_out_of_force() {
    for kind in ALL {
        let story = story();
        story.register(1, &base()).is_taken();
        story.relate(2, kind, 1).is_taken();
        let replaced = kind == REPLACE || kind == TRANSFORM_REPLACE;
        let expected = if replaced { ["Deprecated", "Approved"] } else { ["Approved", "Approved"] };
        assert_eq!(story.statuses(1..=2), expected, "{kind}");
        assert_eq!(story.status_of(&named(2, "as05")).as_deref(), Some("Approved"), "{kind}");
    }
}

#[test]
fn a_replacement_puts_out_of_force_what_was_appended_to_the_old_document_and_made_from_that() {
    let story = story();
    story.register(1, &base()).is_taken();
    story.relate(2, APPEND, 1).is_taken();
    story.relate(3, TRANSFORM, 2).is_taken();
    story.relate(4, TRANSFORM, 1).is_taken();
    story.relate(5, SIGNS, 1).is_taken();
    story.relate(6, TRANSFORM_REPLACE, 1).is_taken();
    let (old, stays) = ("Deprecated", "Approved");
    assert_eq!(story.statuses(1..=6), [old, old, old, old, stays, stays]);
}

#[test]
fn an_addendum_is_replaced_without_its_document() {
    let story = story();
    story.register(1, &base()).is_taken();
    story.relate(2, APPEND, 1).is_taken();
    story.relate(3, TRANSFORM_REPLACE, 2).is_taken();
    assert_eq!(story.statuses(1..=3), ["Approved", "Deprecated", "Approved"]);
}

#[test]
fn nothing_relates_to_a_document_that_is_out_of_force() {
    let story = story();
    story.register(1, &base()).is_taken();
    story.relate(2, REPLACE, 1).is_taken();
    let before = story.counts();
    for (submission, kind) in (3..).zip(ALL) {
        let refused = story.relate(submission, kind, 1);
        refused.fails_with("XDSRegistryDeprecatedDocumentError", "ASSOC-APPROVED");
        assert_eq!(story.counts(), before, "{kind}");
    }
}

#[test]
fn nothing_is_appended_to_a_transformation() {
    let story = story();
    story.register(1, &base()).is_taken();
    story.relate(2, TRANSFORM, 1).is_taken();
    story.relate(3, APPEND, 2).fails_with("XDSRegistryMetadataError", "ASSOC-APPEND");
    // A transformation that replaced its document stands in its place.
    story.relate(4, TRANSFORM_REPLACE, 1).is_taken();
    story.relate(5, APPEND, 4).is_taken();
}

#[test]
fn two_documents_of_one_submission_may_be_related_but_neither_replaces_the_other() {
    let related = |kind: &str| {
        let mut message = base();
        message.entries.push(entry_object("Document02", "1.2.3.2"));
        message.associations.push(original("as09", "Document02"));
        message.associations.push(association_object("rel", kind, "Document02", "Document01"));
        message
    };
    let story = story();
    for (submission, kind) in (1..).zip([APPEND, TRANSFORM, SIGNS]) {
        story.register(submission, &related(kind)).is_taken();
    }
    for (submission, kind) in (10..).zip([REPLACE, TRANSFORM_REPLACE]) {
        story.register(submission, &related(kind)).fails_with("UnresolvedReferenceException", "ASSOC-REPLACED");
    }
    assert_eq!(story.counts(), [6, 3, 9]);
}

#[test]
fn an_association_keeps_the_reason_that_its_sender_gave() {
    let story = story();
    story.register(1, &base()).is_taken();
    let reasoned = |kind: &str| {
        let mut message = base_related(kind, &named(1, "Document01"));
        let association = message.associations.last_mut().unwrap();
        association.add_code(&DOCUMENTATION, "LA1", "1.2.250.1.999.77.8");
        message
    };
    for (submission, kind) in (2..).zip([APPEND, TRANSFORM]) {
        story.register(submission, &reasoned(kind)).is_taken();
    }
    assert_eq!(story.everything().envelope().matches("nodeRepresentation=\"LA1\"").count(), 2);
    story.register(5, &reasoned(SIGNS)).fails_with("XDSRegistryMetadataError", "ASSOC-DOCUMENTATION");
    let mut member = base();
    member.associations[0].add_code(&DOCUMENTATION, "LA1", "1.2.250.1.999.77.8");
    story.register(6, &member).fails_with("XDSRegistryMetadataError", "ASSOC-DOCUMENTATION");
}

/// The message for another patient.
fn of_another_patient(mut message: Message) -> Message {
    let other = crate::xds_fixture::OTHER_PATIENT;
    message.set.identifier(&submission_set::PATIENT_ID, other);
    message.entries.iter_mut().for_each(|one| one.identifier(&entry::PATIENT_ID, other));
    message
}

#[test]
fn documents_of_two_patients_are_not_related_but_one_set_may_refer_to_both() {
    let story = story();
    story.register(1, &base()).is_taken();
    for (submission, kind) in (2..).zip(ALL) {
        let message = of_another_patient(base_related(kind, &named(1, "Document01")));
        story.register(submission, &message).fails_with("XDSPatientIdDoesNotMatch", "PATIENT-RELATIONSHIP");
    }
    assert_eq!(story.statuses(1..=1), ["Approved"]);
    let mut message = of_another_patient(base());
    let reference = association_object("ref", HAS_MEMBER, "SubmissionSet01", &named(1, "Document01"));
    message.associations.push(reference.with_slot("SubmissionSetStatus", &["Reference"]));
    story.register(9, &message).is_taken();
}
