//! New versions of document entries. Spec: ITI TF-2: 3.57.4.1.3.3.1.

use super::{
    BOTH, DATABASE, GET_DOCUMENTS, associations, history, pairs, relations, revision, shown, update, versions,
};
use crate::support::message::query;
use crate::support::story::{Story, document, named};
use crate::xds_fixture::{APPEND, OTHER_PATIENT, base, base_on_demand, base_related, base_with_folder};
use dmp_gateway::xds::metadata::attribute::{entry, submission_set};

#[test]
fn a_new_version_follows_the_former_one_which_is_deprecated_and_stays_readable() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let answer = update(&story, 2, 1, &revision(1, "1"));
    answer.is_taken();
    assert!(answer.envelope().contains(">urn:ihe:iti:2010:UpdateDocumentSetResponse</"), "{}", answer.envelope());
    update(&story, 3, 1, &revision(1, "2")).is_taken();
    assert_eq!(history(&story, 1), pairs(&[("1", "Deprecated"), ("2", "Deprecated"), ("3", "Approved")]));
    let all = versions(&story, 1);
    assert!(all.iter().all(|version| version.lid == named(1, "Document01")));
    assert_eq!(
        all.iter().map(|version| version.id.as_str()).collect::<Vec<_>>(),
        [named(1, "Document01"), named(2, "Document01"), named(3, "Document01")]
    );
    // Whoever does not ask for history sees the latest version.
    let latest = story.caller.entry(&document(1, 1));
    assert_eq!(latest.ids("ExtrinsicObject"), [named(3, "Document01")]);
    assert!(latest.envelope().contains("Titre corrigé"));
    assert_eq!(story.find(&[]), [named(3, "Document01")]);
}

#[test]
fn what_was_sent_as_status_version_and_symbolic_id_is_overwritten() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let mut message = revision(1, "1");
    message.entries[0].set("status", super::DEPRECATED);
    message.entries[0].version = Some("17".to_owned());
    update(&story, 2, 1, &message).is_taken();
    assert_eq!(history(&story, 1), pairs(&[("1", "Deprecated"), ("2", "Approved")]));
}

#[test]
fn hash_size_and_extra_slots_may_change_and_the_new_hash_then_binds() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let mut message = revision(1, "1");
    let hash = "00000000000000000000000000000000000000ff";
    message.entries[0].slot("hash", &[hash]);
    message.entries[0].slot("size", &["7"]);
    message.entries[0].slot("urn:example:note", &["relu"]);
    update(&story, 2, 1, &message).is_taken();
    let found = story.caller.entry(&document(1, 1));
    assert_eq!((found.slot("hash"), found.slot("size")), (vec![hash.to_owned()], vec!["7".to_owned()]));
    assert_eq!(found.slot("urn:example:note"), ["relu"]);
    // Registered again under the same uniqueId: what the former version stated binds nobody.
    let mut again = base();
    again.entries[0].slot("hash", &[hash]);
    again.entries[0].slot("size", &["7"]);
    super::send(&story, crate::support::message::ITI42, 3, 1, &again).is_taken();
    super::send(&story, crate::support::message::ITI42, 4, 1, &base()).fails_with("XDSNonIdenticalHash", "UNIQUE-HASH");
}

#[test]
fn a_new_version_takes_over_folders_and_relations_and_the_folder_says_that_it_changed() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    story.register(2, &base_related(APPEND, &named(1, "Document01"))).is_taken();
    let before = story.time();
    update(&story, 3, 1, &revision(1, "1")).is_taken();
    assert!(story.time() > before);
    let new = named(3, "Document01");
    let taken: Vec<_> = relations(&story, &new).into_iter().map(|(kind, source, _)| (kind, source)).collect();
    assert!(taken.contains(&("HasMember".to_owned(), named(1, "Folder01"))), "{taken:?}");
    assert!(taken.contains(&("APND".to_owned(), named(2, "Document01"))), "{taken:?}");
    assert_eq!(taken.len(), 3, "and the membership in the set of the update: {taken:?}");
    // What enters a folder is said to the submission set as well.
    assert_eq!(relations(&story, &named(3, "SubmissionSet01")).len(), 2);
    // The former version keeps what it had.
    assert_eq!(relations(&story, &named(1, "Document01")).len(), 3);
}

#[test]
fn relations_do_not_pile_up_when_both_ends_are_updated_again_and_again() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    story.register(2, &base_related(APPEND, &named(1, "Document01"))).is_taken();
    for (submission, previous) in [(10, "1"), (12, "2"), (14, "3")] {
        update(&story, submission, 1, &revision(1, previous)).is_taken();
        update(&story, submission + 1, 2, &revision(2, previous)).is_taken();
    }
    let latest: Vec<_> = relations(&story, &named(15, "Document01"))
        .into_iter()
        .filter(|(kind, ..)| kind == "APND")
        .map(|(_, _, target)| target)
        .collect();
    assert_eq!(latest, [named(14, "Document01")], "the addendum is one of the latest version");
}

#[test]
fn a_sender_who_says_so_leaves_the_relations_where_they_were() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let mut message = revision(1, "1");
    message.associations[0].slot("AssociationPropagation", &["no"]);
    update(&story, 2, 1, &message).is_taken();
    assert_eq!(relations(&story, &named(2, "Document01")).len(), 1);
    assert_eq!(history(&story, 1), pairs(&[("1", "Deprecated"), ("2", "Approved")]));
}

#[test]
fn the_association_that_ordered_the_update_is_kept_with_the_version_that_it_names() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    update(&story, 2, 1, &revision(1, "1")).is_taken();
    let kept = associations(&story, &named(2, "SubmissionSet01"), "2", BOTH);
    assert_eq!(kept.slot("PreviousVersion"), ["1"]);
    assert_eq!(kept.attributes("Association", "status").len(), 1);
}

#[test]
fn an_on_demand_entry_may_be_updated() {
    let story = Story::on(DATABASE);
    story.register_on_demand(1, &base_on_demand()).is_taken();
    let mut message = base_on_demand();
    message.entries[0].set("lid", &named(1, "Document01"));
    message.associations[0].slot("PreviousVersion", &["1"]);
    update(&story, 2, 1, &message).is_taken();
    assert_eq!(history(&story, 1), pairs(&[("1", "Deprecated"), ("2", "Approved")]));
}

#[test]
fn an_entry_that_nothing_ties_may_go_to_another_patient() {
    let story = Story::on(DATABASE);
    story.register(1, &base()).is_taken();
    let mut message = revision(1, "1");
    message.entries[0].identifier(&entry::PATIENT_ID, OTHER_PATIENT);
    message.set.identifier(&submission_set::PATIENT_ID, OTHER_PATIENT);
    update(&story, 2, 1, &message).is_taken();
    let id = format!("('{}')", named(1, "Document01"));
    let parameters = [("$XDSDocumentEntryLogicalID", id.as_str()), ("$MetadataLevel", "2")];
    let whole = story.caller.ask(&query(GET_DOCUMENTS, "LeafClass", &parameters));
    whole.fails_with("XDSResultNotSinglePatient", "SQ-SINGLE-PATIENT");
    assert_eq!(story.caller.ask(&query(GET_DOCUMENTS, "ObjectRef", &parameters)).ids("ObjectRef").len(), 2);
    assert_eq!(story.find(&[]), Vec::<String>::new(), "it is no longer found for the first patient");
    let old = format!("('{}')", named(1, "Document01"));
    let old = story.caller.ask(&query(GET_DOCUMENTS, "LeafClass", &[("$XDSDocumentEntryEntryUUID", &old)]));
    assert_eq!(shown(&old, "ExtrinsicObject")[0].status, "Deprecated");
}
