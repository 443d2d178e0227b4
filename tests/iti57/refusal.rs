//! Each rule of updates, broken by one change to a good one; nothing of a refused update is stored. Spec: ITI TF-2: 3.57.4.1.3.

use std::collections::BTreeSet;

use super::{
    APPROVED, DATABASE, DEPRECATED, SUBMIT_ASSOCIATION, history, pairs, revision, send, status_change, status_order,
    submitting, update,
};
use crate::support::message::ITI42;
use crate::support::story::{Story, named};
use crate::xds_fixture::{
    APPEND, HAS_MEMBER, Message, OTHER_PATIENT, REPLACE, association_object, base, base_on_demand, base_related,
    base_with_folder, entry_object, original,
};
use dmp_gateway::xds::metadata::attribute::{entry, submission_set};
use dmp_gateway::xds::validation::update;

const OPERATION: &str = "XDSMetadataUpdateOperationError";
const UPDATE: &str = "XDSMetadataUpdateError";
const VERSION: &str = "XDSMetadataVersionError";
const METADATA: &str = "XDSRegistryMetadataError";
const RECONCILIATION: &str = "XDSPatientIDReconciliationError";
const NOBODY: &str = "urn:uuid:00000000-0000-4000-8000-00000000dead";

type Case = (&'static str, &'static str, Message);

fn changed(change: impl Fn(&mut Message)) -> Message {
    let mut message = revision(1, "1");
    change(&mut message);
    message
}

fn document(submission: u32) -> String {
    named(submission, "Document01")
}

/// Document 1 in a folder; 2 with a second version; 3 replaced by 4; 5 of another patient; 6 appended to 1.
fn registry(story: &Story) {
    story.register(1, &base_with_folder()).is_taken();
    story.register(2, &base()).is_taken();
    update(story, 20, 2, &revision(2, "1")).is_taken();
    story.register(3, &base()).is_taken();
    story.relate(4, REPLACE, 3).is_taken();
    let mut other = base();
    other.entries[0].identifier(&entry::PATIENT_ID, OTHER_PATIENT);
    other.set.identifier(&submission_set::PATIENT_ID, OTHER_PATIENT);
    story.register(5, &other).is_taken();
    story.register(6, &base_related(APPEND, &document(1))).is_taken();
}

fn of_form() -> Vec<Case> {
    let slot = |name: &'static str, value: &'static str| changed(move |m| m.associations[0].slot(name, &[value]));
    vec![
        ("UPDATE-LID", UPDATE, changed(|m| m.entries[0].unset("lid"))),
        ("UPDATE-LID", UPDATE, changed(|m| m.entries[0].set("lid", "Document01"))),
        ("UPDATE-ASSOCIATION-VERSION", METADATA, changed(|m| m.associations[0].set("lid", NOBODY))),
        (
            "UPDATE-OPERATION",
            OPERATION,
            changed(|m| m.associations.push(association_object("x", APPEND, "Document01", &document(6)))),
        ),
        ("UPDATE-OPERATION", OPERATION, super::orders()),
        ("UPDATE-MEMBERSHIP", OPERATION, changed(|m| m.associations[0].no_slot("PreviousVersion"))),
        ("UPDATE-MEMBERSHIP", OPERATION, changed(|m| m.associations.clear())),
        ("UPDATE-SLOTS", OPERATION, slot("SubmissionSetStatus", "Reference")),
        ("UPDATE-SLOTS", OPERATION, slot("PreviousVersion", "one")),
        ("UPDATE-SLOTS", OPERATION, slot("AssociationPropagation", "maybe")),
        ("UPDATE-SLOTS", OPERATION, slot("OriginalStatus", APPROVED)),
        (
            "UPDATE-ONCE",
            OPERATION,
            changed(|m| {
                let mut second = entry_object("Document02", "1.2.3");
                second.set("lid", &document(1));
                m.entries.push(second);
                m.associations.push(original("as02", "Document02").with_slot("PreviousVersion", &["1"]));
            }),
        ),
        ("DE-CLASS-CODE", METADATA, changed(|m| m.entries[0].no_classification(&entry::CLASS_CODE))),
        ("ENTRY-COMPLETE", METADATA, changed(|m| m.entries[0].no_slot("hash"))),
        ("AS-TYPE", METADATA, submitting("urn:ihe:iti:2007:AssociationType:APND_TXFM", &document(1), &document(4))),
    ]
}

fn of_version() -> Vec<Case> {
    vec![
        ("UPDATE-VERSION", VERSION, revision(1, "2")),
        ("UPDATE-VERSION", VERSION, revision(1, "0")),
        ("UPDATE-VERSION", VERSION, revision(9, "1")),
        ("UPDATE-VERSION", VERSION, changed(|m| m.entries[0].set("lid", &named(1, "Folder01")))),
        ("UPDATE-IN-FORCE", UPDATE, revision(3, "1")),
        ("UPDATE-UNIQUE-ID", UPDATE, revision(6, "1")),
        (
            "UPDATE-OBJECT-TYPE",
            UPDATE,
            changed(|m| {
                let on_demand = base_on_demand().entries.remove(0);
                let lid = document(1);
                m.entries[0] = on_demand;
                m.entries[0].set("lid", &lid);
            }),
        ),
    ]
}

fn of_status() -> Vec<Case> {
    let slots = |change: &dyn Fn(&mut crate::xds_fixture::Object)| {
        let mut message = status_change(&document(1), APPROVED, DEPRECATED);
        change(&mut message.associations[0]);
        message
    };
    let archived = "urn:asip:ci-sis:2010:StatusType:Archived";
    vec![
        ("UPDATE-STATUS-SLOTS", OPERATION, slots(&|order| order.no_slot("OriginalStatus"))),
        ("UPDATE-STATUS-SLOTS", OPERATION, slots(&|order| order.no_slot("NewStatus"))),
        ("UPDATE-STATUS-SLOTS", OPERATION, slots(&|order| order.slot("NewStatus", &["Withdrawn"]))),
        ("UPDATE-STATUS-SLOTS", OPERATION, slots(&|order| order.slot("NewStatus", &[archived]))),
        ("UPDATE-STATUS-SLOTS", OPERATION, slots(&|order| order.slot("NewStatus", &[APPROVED]))),
        ("UPDATE-STATUS-SLOTS", OPERATION, slots(&|order| order.slot("PreviousVersion", &["1"]))),
        ("UPDATE-STATUS-TARGET", UPDATE, status_change(&named(1, "SubmissionSet01"), APPROVED, DEPRECATED)),
        ("UPDATE-STATUS-TARGET", UPDATE, status_change("SubmissionSet01", APPROVED, DEPRECATED)),
        ("UPDATE-STATUS-TARGET", UPDATE, status_change(&named(1, "as01"), APPROVED, DEPRECATED)),
        ("UPDATE-STATUS-TARGET", UPDATE, status_change(&named(1, "as04"), APPROVED, DEPRECATED)),
        ("UPDATE-STATUS-LATEST", VERSION, status_change(&document(2), DEPRECATED, APPROVED)),
        ("UPDATE-STATUS-LATEST", UPDATE, status_change(&document(2), DEPRECATED, APPROVED)),
        (
            "UPDATE-STATUS-LATEST",
            UPDATE,
            changed(|m| m.associations.push(status_order(&document(1), APPROVED, DEPRECATED))),
        ),
        ("UPDATE-STATUS-ORIGINAL", UPDATE, status_change(&document(1), DEPRECATED, APPROVED)),
        ("ASSOC-UUID", "UnresolvedReferenceException", status_change(NOBODY, APPROVED, DEPRECATED)),
        ("ASSOC-SYMBOL", METADATA, status_change("Document09", APPROVED, DEPRECATED)),
    ]
}

fn of_relations() -> Vec<Case> {
    vec![
        ("UPDATE-SUBMIT-SHAPE", METADATA, submitting(HAS_MEMBER, &document(1), &named(1, "Folder01"))),
        ("UPDATE-SUBMIT-SHAPE", METADATA, submitting(APPEND, &document(1), &document(1))),
        ("UPDATE-SUBMIT-SHAPE", METADATA, submitting(APPEND, &document(1), &named(1, "SubmissionSet01"))),
        ("UPDATE-SUBMIT-IN-FORCE", UPDATE, submitting(APPEND, &document(1), &document(3))),
        ("UPDATE-SUBMIT-IN-FORCE", UPDATE, submitting(APPEND, &document(2), &document(1))),
        ("UPDATE-SUBMIT-NEW", UPDATE, submitting(APPEND, &document(6), &document(1))),
        (
            "UPDATE-SUBMIT-CONFLICT",
            OPERATION,
            changed(|m| {
                m.associations.push(association_object("new", APPEND, "Document01", &document(4)));
                m.associations.push(association_object("sa", SUBMIT_ASSOCIATION, "SubmissionSet01", "new"));
            }),
        ),
        ("UPDATE-PATIENT-SUBMITTED", RECONCILIATION, submitting(APPEND, &document(1), &document(5))),
        ("UPDATE-PATIENT-SET", RECONCILIATION, changed(|m| m.entries[0].identifier(&entry::PATIENT_ID, OTHER_PATIENT))),
        ("UPDATE-PATIENT-SET", RECONCILIATION, status_change(&document(5), APPROVED, DEPRECATED)),
        (
            "UPDATE-PATIENT-RELATIONS",
            RECONCILIATION,
            changed(|m| {
                m.entries[0].identifier(&entry::PATIENT_ID, OTHER_PATIENT);
                m.set.identifier(&submission_set::PATIENT_ID, OTHER_PATIENT);
            }),
        ),
    ]
}

#[test]
fn each_rule_refuses_what_breaks_it_and_nothing_is_stored() {
    let story = Story::on(DATABASE);
    registry(&story);
    let before = story.counts();
    let cases: Vec<Case> = [of_form(), of_version(), of_status(), of_relations()].into_iter().flatten().collect();
    let mut tested = BTreeSet::new();
    for (rule, code, message) in &cases {
        update(&story, 100, 1, message).fails_with(code, rule);
        tested.insert(*rule);
    }
    assert_eq!(story.counts(), before);
    assert_eq!(history(&story, 1), pairs(&[("1", "Approved")]));
    let known: BTreeSet<&str> = update::rules().map(|rule| rule.id).filter(|id| id.starts_with("UPDATE-")).collect();
    let tested: BTreeSet<&str> = tested.into_iter().filter(|id| id.starts_with("UPDATE-")).collect();
    assert_eq!(tested, known);
    // The same registry takes what breaks none.
    update(&story, 100, 1, &revision(1, "1")).is_taken();
}

#[test]
fn a_submission_set_is_sent_once_and_ids_are_not_taken_twice() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    update(&story, 2, 1, &revision(1, "1")).is_taken();
    let again = update(&story, 2, 1, &revision(1, "2"));
    again.fails_with("XDSDuplicateUniqueIdInRegistry", "UNIQUE-PACKAGE");
    again.fails_with(METADATA, "UNIQUE-ENTRY-UUID");
}

#[test]
fn an_update_is_no_registration_and_a_registration_no_update() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    send(&story, ITI42, 2, 1, &revision(1, "1")).fails_with(METADATA, "STRUCT-UPDATE-ONLY");
    update(&story, 3, 3, &base()).fails_with(UPDATE, "UPDATE-LID");
}

#[test]
fn of_two_versions_that_race_one_is_first() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let answers: Vec<String> = std::thread::scope(|scope| {
        let senders: Vec<_> = (2..6)
            .map(|number| {
                let story = &story;
                scope.spawn(move || update(story, number, 1, &revision(1, "1")).status_urn())
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| *status == "Success").count(), 1, "{answers:?}");
    assert_eq!(history(&story, 1), pairs(&[("1", "Deprecated"), ("2", "Approved")]));
}
