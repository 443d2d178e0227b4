//! ITI-92, Restricted Update Document Set: entries are corrected, and what ties them to their document and patient stays.

use super::DATABASE;
use super::iti57::{orders, revision, send, status_order, submitting, versions};
use crate::support::story::{Story, named};
use crate::support::wire::Answer;
use crate::xds_fixture::{
    APPEND, HAS_MEMBER, Message, OTHER_PATIENT, REPLACE, association_object, base, base_on_demand, folder_object,
};
use dmp_gateway::xds::metadata::attribute::{entry, submission_set};
use dmp_gateway::xds::validation::update;

const ITI92: &str = "urn:ihe:iti:2018:RestrictedUpdateDocumentSet";
/// The objectType of nothing.
const UNKNOWN_TYPE: &str = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c2";
const APPROVED: &str = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved";
const DEPRECATED: &str = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated";

#[track_caller]
fn restricted(story: &Story, submission: u32, message: &Message) -> Answer {
    send(story, ITI92, submission, 1, message)
}

fn changed(change: impl Fn(&mut Message)) -> Message {
    let mut message = revision(1, "1");
    change(&mut message);
    message
}

fn statuses(story: &Story) -> Vec<String> {
    versions(story, 1).into_iter().map(|version| version.status).collect()
}

#[test]
fn an_entry_is_corrected() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let message = changed(|m| {
        m.entries[0].code(&entry::CLASS_CODE, "11", "1.2.250.1.213.1.1.4.1");
        m.entries[0].slot("creationTime", &["20250101"]);
        m.entries[0].slot("hash", &["00000000000000000000000000000000000000ff"]);
    });
    let answer = restricted(&story, 2, &message);
    answer.is_taken();
    let action = ">urn:ihe:iti:2018:RestrictedUpdateDocumentSetResponse</";
    assert!(answer.envelope().contains(action), "{}", answer.envelope());
    assert_eq!(statuses(&story), ["Deprecated", "Approved"]);
}

#[test]
fn an_entry_that_was_replaced_may_be_corrected_and_stays_deprecated() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.relate(2, REPLACE, 1).is_taken();
    restricted(&story, 3, &revision(1, "1")).is_taken();
    assert_eq!(statuses(&story), ["Deprecated", "Deprecated"]);
    send(&story, "urn:ihe:iti:2010:UpdateDocumentSet", 4, 1, &revision(1, "2"))
        .fails_with("XDSMetadataUpdateError", "UPDATE-IN-FORCE");
}

#[test]
fn an_on_demand_entry_is_corrected() {
    let story = Story::on(DATABASE);
    story.register_on_demand(1, &base_on_demand()).is_taken();
    let mut message = base_on_demand();
    message.entries[0].set("lid", &named(1, "Document01"));
    message.associations[0].slot("PreviousVersion", &["1"]);
    restricted(&story, 2, &message).is_taken();
    assert_eq!(statuses(&story), ["Deprecated", "Approved"]);
}

#[test]
fn what_a_restricted_update_may_not_change_is_refused_by_its_own_code() {
    const FIXED: (&str, &str) = ("RESTRICTED-FIXED", "UnmodifiableMetadataError");
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.register(9, &base()).is_taken();
    let other_patient = changed(|m| {
        m.entries[0].identifier(&entry::PATIENT_ID, OTHER_PATIENT);
        m.set.identifier(&submission_set::PATIENT_ID, OTHER_PATIENT);
    });
    let on_demand = changed(|m| {
        m.entries[0] = base_on_demand().entries.remove(0);
        m.entries[0].set("lid", &named(1, "Document01"));
    });
    let folder = changed(|m| {
        m.folders.push(folder_object("Folder01", "1.2.3"));
        m.folders[0].set("lid", &named(1, "Folder01"));
        let membership = association_object("fm", HAS_MEMBER, "SubmissionSet01", "Folder01");
        m.associations.push(membership.with_slot("PreviousVersion", &["1"]));
    });
    let mut status = orders();
    status.associations.push(status_order(&named(1, "Document01"), APPROVED, DEPRECATED));
    let slot = |name: &'static str, value: &'static str| changed(move |m| m.entries[0].slot(name, &[value]));
    let annotation = |name: &'static str, value: &'static str| changed(move |m| m.associations[0].slot(name, &[value]));
    let cases = [
        (FIXED, slot("repositoryUniqueId", "1.2.3")),
        (FIXED, slot("sourcePatientId", "1^^^&1.2.3&ISO")),
        (FIXED, slot("documentAvailability", "urn:ihe:iti:2010:DocumentAvailability:Offline")),
        (FIXED, changed(|m| m.entries[0].set("home", "urn:oid:1.2.3"))),
        (("RESTRICTED-PATIENT", "XDSPatientIDReconciliationError"), other_patient),
        (("UPDATE-OBJECT-TYPE", "UnmodifiableMetadataError"), on_demand),
        (
            ("UPDATE-OBJECT-TYPE", "UnmodifiableMetadataError"),
            changed(|m| m.entries[0].set("objectType", UNKNOWN_TYPE)),
        ),
        (
            ("UPDATE-UNIQUE-ID", "XDSMetadataIdentifierError"),
            changed(|m| m.entries[0].set("lid", &named(9, "Document01"))),
        ),
        (("RESTRICTED-ENTRIES", "XDSObjectTypeError"), folder),
        (("RESTRICTED-STATUS", "UnmodifiableMetadataError"), status),
        (
            ("RESTRICTED-SUBMIT", "XDSInvalidRequestException"),
            submitting(APPEND, &named(1, "Document01"), &named(9, "Document01")),
        ),
        (("RESTRICTED-PROPAGATION", "XDSMetadataAnnotationError"), annotation("AssociationPropagation", "no")),
        (("UPDATE-SLOTS", "XDSMetadataAnnotationError"), annotation("PreviousVersion", "one")),
        (
            ("UPDATE-MEMBERSHIP", "XDSMetadataAnnotationError"),
            changed(|m| m.associations[0].no_slot("PreviousVersion")),
        ),
        (("UPDATE-LID", "XDSInvalidRequestException"), changed(|m| m.entries[0].unset("lid"))),
        (("UPDATE-VERSION", "XDSMetadataVersionError"), revision(1, "2")),
        (("ENTRY-COMPLETE", "XDSRegistryMetadataError"), changed(|m| m.entries[0].no_slot("size"))),
    ];
    let mut tested = std::collections::BTreeSet::new();
    for ((rule, code), message) in &cases {
        restricted(&story, 2, message).fails_with(code, rule);
        tested.insert(*rule);
    }
    let mut own = update::rules().map(|rule| rule.id).filter(|id| id.starts_with("RESTRICTED-"));
    assert!(own.all(|id| tested.contains(id)), "{tested:?}");
    assert_eq!(statuses(&story), ["Approved"]);
    restricted(&story, 2, &revision(1, "1")).is_taken();
}
