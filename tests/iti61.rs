//! ITI-61, Register On-Demand Document Entry: entries of documents that are made when somebody asks for them.

use super::DATABASE;
use crate::support::caller::patient;
use crate::support::gateway::{DMP, Setup};
use crate::support::message::{ITI61, ITI62, ITI86, remove_documents, remove_objects};
use crate::support::story::{Story, document, named};
use crate::xds_fixture::{APPEND, base, base_on_demand, base_related, base_with_folder};

const STABLE: &str = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1";
const ON_DEMAND: &str = "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248";
const SNAPSHOT: &str = "urn:ihe:iti:2010:AssociationType:IsSnapshotOf";

#[test]
fn an_on_demand_entry_is_found_by_those_who_ask_for_such() {
    let story = Story::on(DATABASE);
    let answer = story.register_on_demand(1, &base_on_demand());
    answer.is_taken();
    assert!(answer.envelope().contains(">urn:ihe:iti:2010:RegisterOnDemandDocumentEntryResponse</"));
    story.register(2, &base()).is_taken();
    let (on_demand, stable) = (named(1, "Document01"), named(2, "Document01"));
    assert_eq!(story.find(&[]), [stable.clone()], "stable documents when nothing is said");
    assert_eq!(story.find(&[STABLE]), [stable.clone()]);
    assert_eq!(story.find(&[ON_DEMAND]), [on_demand.clone()]);
    assert_eq!(story.find(&[ON_DEMAND, STABLE]), [on_demand, stable]);
}

#[test]
fn what_is_found_of_it_has_neither_time_nor_hash_nor_size() {
    let story = Story::on(DATABASE);
    story.register_on_demand(1, &base_on_demand()).is_taken();
    let entry = story.caller.entry(&document(1, 1));
    assert_eq!(entry.attributes("ExtrinsicObject", "objectType"), [ON_DEMAND]);
    for slot in ["creationTime", "hash", "size"] {
        assert_eq!(entry.slot(slot), Vec::<String>::new(), "{slot}");
    }
    assert_eq!(entry.slot("repositoryUniqueId").len(), 1);
}

#[test]
fn a_stable_document_is_registered_as_its_snapshot() {
    let story = Story::on(DATABASE);
    story.register_on_demand(1, &base_on_demand()).is_taken();
    let target = named(1, "Document01");
    story.register(2, &base_related(SNAPSHOT, &target)).is_taken();
    assert_eq!(story.status_of(&target).as_deref(), Some("Approved"), "a snapshot replaces nothing");
    assert!(story.everything().attributes("Association", "associationType").contains(&SNAPSHOT.to_owned()));
    // A snapshot is of an on-demand entry, and a snapshot is a document.
    let of_stable = story.register(3, &base_related(SNAPSHOT, &named(2, "Document01")));
    of_stable.fails_with("XDSRegistryMetadataError", "ASSOC-SNAPSHOT");
    let mut by_nothing = base_on_demand();
    by_nothing.associations.extend(base_related(SNAPSHOT, &target).associations.pop());
    story.register_on_demand(4, &by_nothing).fails_with("XDSRegistryMetadataError", "ASSOC-SNAPSHOT");
}

#[test]
fn each_transaction_takes_its_own_kind_of_entry() {
    let story = Story::on(DATABASE);
    story.register(1, &base_on_demand()).fails_with("XDSRegistryMetadataError", "STRUCT-STABLE");
    story.register_on_demand(2, &base()).fails_with("XDSRegistryMetadataError", "STRUCT-ON-DEMAND");
    let mut empty = base();
    empty.entries.clear();
    empty.associations.clear();
    story.register_on_demand(3, &empty).fails_with("XDSRegistryMetadataError", "STRUCT-ON-DEMAND");
    assert_eq!(story.counts(), [0, 0, 0]);
}

#[test]
fn folders_and_addenda_are_registered_with_on_demand_entries_too() {
    let story = Story::on(DATABASE);
    let on_demand = |mut message: crate::xds_fixture::Message| {
        message.entries = base_on_demand().entries;
        message
    };
    story.register_on_demand(1, &on_demand(base_with_folder())).is_taken();
    story.register_on_demand(2, &on_demand(base_related(APPEND, &named(1, "Document01")))).is_taken();
    assert_eq!(story.counts(), [2, 3, 6]);
}

#[test]
fn a_document_that_is_made_on_demand_is_asked_of_its_source() {
    let story = Story::on(DATABASE);
    story.register_on_demand(1, &base_on_demand()).is_taken();
    let ours = story.caller.fetch(&[&document(1, 1)]);
    assert_eq!(ours.fails_with("XDSDocumentUniqueIdError", "RET-ON-DEMAND").location, document(1, 1));
}

#[test]
fn the_toolkit_of_the_connectathons_gets_the_action_that_it_looks_for() {
    let story = Story::with(DATABASE, "[soap]\non_demand_answer = \"toolkit\"\n");
    let answer = story.register_on_demand(1, &base_on_demand());
    answer.is_taken();
    assert!(answer.envelope().contains(">urn:ihe:iti:2010:RegisterOnDemandDocumentResponse</"));
}

#[test]
fn the_dmp_offers_neither_on_demand_entries_nor_removal() {
    let gateway = Setup::toml(DMP).on(DATABASE).serve();
    let doctor = gateway.treating_doctor(&patient(6101));
    let deposit = crate::support::message::Deposit::of("1.2.250.1.999.61.1").for_patient(&patient(6101));
    doctor.deposit(&deposit, b"one").is_taken();
    let id = doctor.entry_uuid("1.2.250.1.999.61.1");
    doctor.send("registry", ITI62, &remove_objects(&[&id])).faults_by(500, "SOAP-ENV-06");
    let documents = remove_documents(crate::support::message::REPOSITORY, &["1.2.250.1.999.61.1"]);
    doctor.send("repository", ITI86, &documents).faults_by(500, "SOAP-ENV-06");
    let other = crate::support::message::Deposit::of("1.2.250.1.999.61.2").for_patient(&patient(6101));
    doctor.send("registry", ITI61, &other.submit_objects()).faults_by(500, "WSA-07");
    doctor.finds_and_fetches("1.2.250.1.999.61.1", b"one");
}
