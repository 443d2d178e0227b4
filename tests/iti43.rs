//! ITI-43, Retrieve Document Set (DMP TD3.2): always a package, each document exact or an error of its own.

use std::sync::Arc;

use crate::support::caller::{Caller, patient};
use crate::support::gateway::{DMP, Gateway, Shared};
use crate::support::message::{Deposit, ITI43, REPOSITORY, retrieve};

fn gateway() -> Arc<Gateway> {
    static SHARED: Shared = Shared::on(super::DATABASE);
    SHARED.with(DMP)
}

/// A doctor whose patient has one document.
fn doctor_with(gateway: &Gateway, number: u32, unique_id: &str, document: &[u8]) -> Caller {
    let patient = patient(number);
    let doctor = gateway.treating_doctor(&patient);
    doctor.deposit(&Deposit::of(unique_id).for_patient(&patient), document).is_taken();
    doctor
}

#[test]
fn several_documents_come_in_one_package_in_the_order_asked_for() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 4301, "1.2.250.1.999.43.1.1", b"one");
    doctor.deposit(&Deposit::of("1.2.250.1.999.43.1.2").for_patient(&patient(4301)), b"two\r\n").is_taken();
    let answer = doctor.fetch(&["1.2.250.1.999.43.1.2", "1.2.250.1.999.43.1.1"]);
    assert_eq!((answer.status, answer.status_urn().as_str(), answer.errors()), (200, "Success", vec![]));
    let expected = [
        ("1.2.250.1.999.43.1.2".to_owned(), b"two\r\n".to_vec()),
        ("1.2.250.1.999.43.1.1".to_owned(), b"one".to_vec()),
    ];
    assert_eq!(answer.documents(), expected);
    let heads: Vec<String> = answer.parts().into_iter().map(|part| part.head).collect();
    assert_eq!(heads.len(), 3);
    assert!(
        heads[1].contains("Content-Type: application/octet-stream") && heads[1].contains("-1@urn:ihe:iti:xds-b:2007")
    );
    assert!(answer.header("content-length").is_some(), "the length is known before the first byte");
}

#[test]
fn what_is_there_comes_with_an_error_for_what_is_not() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 4302, "1.2.250.1.999.43.2.1", b"one");
    let answer = doctor.fetch(&["1.2.250.1.999.43.2.1", "1.2.250.1.999.43.2.9"]);
    assert_eq!(answer.status_urn(), "PartialSuccess");
    assert!(answer.envelope().contains("urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"));
    assert_eq!(answer.documents(), [("1.2.250.1.999.43.2.1".to_owned(), b"one".to_vec())]);
    let errors = answer.errors();
    assert_eq!(
        (errors[0].code.as_str(), errors[0].location.as_str()),
        ("XDSDocumentUniqueIdError", "1.2.250.1.999.43.2.9")
    );
}

#[test]
fn a_document_asked_for_twice_comes_twice() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 4303, "1.2.250.1.999.43.3", b"one");
    let answer = doctor.fetch(&["1.2.250.1.999.43.3", "1.2.250.1.999.43.3"]);
    assert_eq!(answer.documents(), vec![("1.2.250.1.999.43.3".to_owned(), b"one".to_vec()); 2]);
}

#[test]
fn another_repository_is_not_ours() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 4304, "1.2.250.1.999.43.4", b"one");
    let answer = doctor.send("repository", ITI43, &retrieve("1.2.3.4", &["1.2.250.1.999.43.4"]));
    let error = answer.fails_with("XDSUnknownRepositoryId", "RET-REPOSITORY");
    assert_eq!(error.location, "1.2.250.1.999.43.4");
    assert!(answer.is_package() && error.context.contains(REPOSITORY), "{error:?}");
}

#[test]
fn an_entry_uuid_is_not_a_unique_id() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 4305, "1.2.250.1.999.43.5", b"one");
    let uuid = doctor.entry_uuid("1.2.250.1.999.43.5");
    let answer = doctor.fetch(&[&uuid]);
    answer.fails_with("XDSDocumentUniqueIdError", "RET-UNKNOWN");
    assert!(answer.is_package());
}

#[test]
fn the_document_of_another_patient_looks_like_one_that_does_not_exist() {
    let gateway = gateway();
    doctor_with(&gateway, 4306, "1.2.250.1.999.43.6", b"one");
    let other = gateway.treating_doctor(&patient(4307));
    let theirs = other.fetch(&["1.2.250.1.999.43.6"]);
    let nobodys = other.fetch(&["1.2.250.1.999.43.7"]);
    let masked = |text: String| text.replace("1.2.250.1.999.43.6", "ID").replace("1.2.250.1.999.43.7", "ID");
    let error = |answer: &crate::support::wire::Answer| masked(format!("{:?}", answer.errors()));
    assert_eq!(error(&theirs), error(&nobodys));
}

#[test]
fn a_fault_is_a_package_too() {
    let gateway = gateway();
    let stranger = gateway.treating_doctor(&patient(4308)).without_assertion();
    let answer = stranger.fetch(&["1.2.250.1.999.43.8"]);
    assert!(answer.is_package());
    answer.faults_by(500, "VIHF-SEC-00");
    assert_eq!(answer.parts().len(), 1);
}

#[test]
fn a_request_that_names_no_document_is_refused_in_its_own_answer() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(4309));
    let answer = doctor.send("repository", ITI43, &retrieve(REPOSITORY, &[]));
    assert_eq!((answer.status, answer.status_urn().as_str()), (200, "Failure"), "{}", answer.envelope());
    assert!(answer.is_package() && answer.envelope().contains("RetrieveDocumentSetResponse"));
}

#[test]
fn a_request_names_a_thousand_documents_and_no_more() {
    let gateway = gateway();
    let doctor = doctor_with(&gateway, 4311, "1.2.250.1.999.43.11", b"one");
    let names = |unknown: usize| [vec!["1.2.250.1.999.43.11"], vec!["1.2.250.1.999.43.12"; unknown]].concat();
    assert_eq!(doctor.fetch(&names(999)).documents().len(), 1);
    let answer = doctor.fetch(&names(1000));
    answer.fails_with("XDSRepositoryError", "RETRIEVE-NUMBER");
    assert!(answer.documents().is_empty());
}

#[test]
fn a_large_document_comes_back_exactly() {
    let gateway = gateway();
    let large: Vec<u8> = (0..5_u32 << 20).flat_map(u32::to_le_bytes).collect();
    let doctor = doctor_with(&gateway, 4310, "1.2.250.1.999.43.10", &large);
    assert!(doctor.fetch(&["1.2.250.1.999.43.10"]).documents() == [("1.2.250.1.999.43.10".to_owned(), large)]);
}

#[test]
fn an_assertion_that_names_no_patient_opens_no_transaction_of_one() {
    let gateway = gateway();
    let doctor = crate::support::caller::Caller::speaking_for_nobody(gateway.address, &gateway.pki());
    doctor.fetch(&["1.2.250.1.999.43.1"]).faults_by(500, "ADM-PATIENT-01");
}
