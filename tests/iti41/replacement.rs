//! Replacement, and what may not be deposited twice.

use super::{CDA, affinity_domain, gateway};
use crate::support::caller::patient;
use crate::support::message::{Deposit, GET_ASSOCIATIONS, query};

#[test]
fn a_replacement_deprecates_the_old_document_and_both_can_be_fetched() {
    let gateway = gateway();
    let patient = patient(41_201);
    let doctor = gateway.treating_doctor(&patient);
    let deposit = |unique_id: &str| Deposit::of(unique_id).for_patient(&patient);
    let (old, new) = ("1.2.250.1.999.41.20.1", "1.2.250.1.999.41.20.2");
    doctor.deposit(&deposit(old), b"old").is_taken();
    let old_uuid = doctor.entry_uuid(old);
    doctor.deposit(&deposit(new).replacing(&old_uuid), b"new").is_taken();
    assert_eq!(doctor.entry(old).entries(), [(old.to_owned(), "Deprecated".to_owned())]);
    doctor.finds_and_fetches(new, b"new");
    assert_eq!(doctor.fetch(&[old]).documents(), [(old.to_owned(), b"old".to_vec())]);
    let found = doctor.ask(&query(GET_ASSOCIATIONS, "LeafClass", &[("$uuid", &format!("('{old_uuid}')"))]));
    assert!(
        found
            .attributes("Association", "associationType")
            .contains(&"urn:ihe:iti:2007:AssociationType:RPLC".to_owned())
    );
}

#[test]
fn a_document_that_was_replaced_cannot_be_replaced_again() {
    let gateway = gateway();
    let patient = patient(41_202);
    let doctor = gateway.treating_doctor(&patient);
    let deposit = |number: u32| Deposit::of(&format!("1.2.250.1.999.41.21.{number}")).for_patient(&patient);
    doctor.deposit(&deposit(1), CDA).is_taken();
    let old = doctor.entry_uuid("1.2.250.1.999.41.21.1");
    doctor.deposit(&deposit(2).replacing(&old), CDA).is_taken();
    doctor.deposit(&deposit(3).replacing(&old), CDA).fails_with("XDSRegistryDeprecatedDocumentError", "ASSOC-APPROVED");
    doctor.knows_nothing_of("1.2.250.1.999.41.21.3");
    assert_eq!(doctor.entry("1.2.250.1.999.41.21.2").entries()[0].1, "Approved");
}

#[test]
fn a_document_that_nobody_knows_cannot_be_replaced() {
    let gateway = gateway();
    let patient = patient(41_203);
    let doctor = gateway.treating_doctor(&patient);
    let unknown = "urn:uuid:5b0f6b52-4b0e-4b61-9a58-3a5f5d1c0a77";
    let deposit = Deposit::of("1.2.250.1.999.41.22").for_patient(&patient).replacing(unknown);
    doctor.deposit(&deposit, CDA).fails_with("UnresolvedReferenceException", "ASSOC-UUID");
    doctor.knows_nothing_of("1.2.250.1.999.41.22");
}

#[test]
fn the_document_of_another_patient_cannot_be_replaced() {
    let gateway = gateway();
    let (theirs, ours) = (patient(41_204), patient(41_205));
    let owner = gateway.treating_doctor(&theirs);
    owner.deposit(&Deposit::of("1.2.250.1.999.41.23.1").for_patient(&theirs), CDA).is_taken();
    let target = owner.entry_uuid("1.2.250.1.999.41.23.1");
    let doctor = gateway.treating_doctor(&ours);
    let answer = doctor.deposit(&Deposit::of("1.2.250.1.999.41.23.2").for_patient(&ours).replacing(&target), CDA);
    answer.fails_with("XDSPatientIdDoesNotMatch", "PATIENT-RELATIONSHIP");
    assert!(!answer.envelope().contains(&theirs[..15]), "the answer names the other patient");
    doctor.knows_nothing_of("1.2.250.1.999.41.23.2");
    assert_eq!(owner.entry("1.2.250.1.999.41.23.1").entries()[0].1, "Approved");
}

#[test]
fn the_dmp_refuses_a_unique_id_that_it_has_whatever_the_document() {
    let gateway = gateway();
    let patient = patient(41_206);
    let doctor = gateway.treating_doctor(&patient);
    let again = |set: &str| {
        Deposit::of("1.2.250.1.999.41.24")
            .for_patient(&patient)
            .with("value=\"1.2.250.1.999.41.24.1\"", &format!("value=\"{set}\""))
    };
    doctor.deposit(&again("1.2.250.1.999.41.24.11"), CDA).is_taken();
    for (set, document) in [("1.2.250.1.999.41.24.12", CDA), ("1.2.250.1.999.41.24.13", b"other".as_slice())] {
        let answer = doctor.deposit(&again(set), document);
        answer.fails_with("XDSDuplicateUniqueIdInRegistry", "UNIQUE-DOCUMENT");
    }
    doctor.finds_and_fetches("1.2.250.1.999.41.24", CDA);
}

#[test]
fn an_affinity_domain_takes_a_unique_id_again_with_the_same_document_only() {
    let domain = affinity_domain();
    let caller = domain.anybody();
    let again = |set: &str| {
        Deposit::of("1.2.250.1.999.41.25").with("value=\"1.2.250.1.999.41.25.1\"", &format!("value=\"{set}\""))
    };
    caller.deposit(&again("1.2.250.1.999.41.25.11"), CDA).is_taken();
    let on_disk = domain.documents_on_disk().len();
    caller.deposit(&again("1.2.250.1.999.41.25.12"), CDA).is_taken();
    assert_eq!(domain.documents_on_disk().len(), on_disk, "the same bytes are kept once");
    let both = vec![("1.2.250.1.999.41.25".to_owned(), "Approved".to_owned()); 2];
    assert_eq!(caller.entry("1.2.250.1.999.41.25").entries(), both);
    caller.deposit(&again("1.2.250.1.999.41.25.13"), b"other").fails_with("XDSNonIdenticalHash", "UNIQUE-HASH");
    assert_eq!(domain.documents_on_disk().len(), on_disk);
    assert_eq!(caller.fetch(&["1.2.250.1.999.41.25"]).documents(), [("1.2.250.1.999.41.25".to_owned(), CDA.to_vec())]);
}

#[test]
fn a_submission_set_is_sent_once() {
    let gateway = gateway();
    let patient = patient(41_207);
    let doctor = gateway.treating_doctor(&patient);
    let deposit = |unique_id: &str| {
        let set = format!("value=\"{unique_id}.1\"");
        Deposit::of(unique_id).for_patient(&patient).with(&set, "value=\"1.2.250.1.999.41.26.9\"")
    };
    doctor.deposit(&deposit("1.2.250.1.999.41.26.1"), CDA).is_taken();
    let refused = doctor.deposit(&deposit("1.2.250.1.999.41.26.2"), CDA);
    refused.fails_with("XDSDuplicateUniqueIdInRegistry", "UNIQUE-PACKAGE");
    doctor.knows_nothing_of("1.2.250.1.999.41.26.2");
}
