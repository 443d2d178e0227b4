//! In the French profile: the actions of the national service, its statuses, and whose objects may be changed. Spec: DMP TD3.3.

use std::sync::Arc;

use super::DATABASE;
use crate::support::caller::{Caller, patient, sha1};
use crate::support::gateway::{DMP, Gateway, Shared};
use crate::support::message::{Deposit, REPOSITORY};
use crate::support::wire::Answer;

const ARCHIVED: &str = "urn:asip:ci-sis:2010:StatusType:Archived";

fn gateway() -> Arc<Gateway> {
    static SHARED: Shared = Shared::on(DATABASE);
    SHARED.with(DMP)
}

/// A new version of a document, complete as the national service wants it.
fn masking(document: &str, lid: &str, patient: &str) -> String {
    let slot =
        |name: &str, value: &str| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>");
    let slots = [slot("hash", &sha1(b"one")), slot("size", "3"), slot("repositoryUniqueId", REPOSITORY)].concat();
    Deposit::of(document)
        .for_patient(patient)
        .with("<Slot name=\"languageCode\">", &format!("{slots}<Slot name=\"languageCode\">"))
        .with("<ExtrinsicObject id=\"Document01\"", &format!("<ExtrinsicObject id=\"Document01\" lid=\"{lid}\""))
        .with(&format!("value=\"{document}.1\""), &format!("value=\"{document}.2\""))
        .with(
            "<Value>Original</Value></ValueList></Slot>",
            &format!("<Value>Original</Value></ValueList></Slot>{}", slot("PreviousVersion", "1")),
        )
        .submit_objects()
}

fn archiving(document: &str, target: &str, patient: &str) -> String {
    let slot =
        |name: &str, value: &str| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>");
    let whole = Deposit::of(document)
        .for_patient(patient)
        .with(&format!("value=\"{document}.1\""), &format!("value=\"{document}.3\""))
        .submit_objects();
    let start = whole.find("<ExtrinsicObject").unwrap();
    let end = whole.find("</RegistryObjectList>").unwrap();
    format!(
        "{}<Association id=\"us\" associationType=\"urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus\" \
         sourceObject=\"SubmissionSet01\" targetObject=\"{target}\">{}{}</Association>{}",
        &whole[..start],
        slot("OriginalStatus", super::APPROVED),
        slot("NewStatus", ARCHIVED),
        &whole[end..]
    )
}

fn deposited(gateway: &Gateway, number: u32, document: &str) -> (String, Caller, String) {
    let patient = patient(number);
    let doctor = gateway.treating_doctor(&patient);
    doctor.deposit(&Deposit::of(document).for_patient(&patient), b"one").is_taken();
    let id = doctor.entry_uuid(document);
    (patient, doctor, id)
}

fn sent(doctor: &Caller, action: &str, body: &str) -> Answer {
    doctor.send("registry", action, body)
}

#[test]
fn a_document_is_masked_by_the_actions_of_the_national_service() {
    let gateway = gateway();
    let (patient, doctor, lid) = deposited(&gateway, 5701, "1.2.250.1.999.57.1");
    let answer =
        sent(&doctor, "urn:ihe:iti:xds-b:2007:UpdateDocumentSet-b", &masking("1.2.250.1.999.57.1", &lid, &patient));
    answer.is_taken();
    assert!(answer.envelope().contains(">urn:ihe:iti:2010:UpdateDocumentSet-Response</"), "{}", answer.envelope());
    assert_ne!(doctor.entry_uuid("1.2.250.1.999.57.1"), lid, "the new version is what is found");
}

#[test]
fn a_document_is_archived() {
    let gateway = gateway();
    let (patient, doctor, id) = deposited(&gateway, 5702, "1.2.250.1.999.57.2");
    sent(&doctor, super::ITI57, &archiving("1.2.250.1.999.57.2", &id, &patient)).is_taken();
    assert_eq!(
        doctor.entry("1.2.250.1.999.57.2").entries(),
        [("1.2.250.1.999.57.2".to_owned(), "Archived".to_owned())]
    );
    // It is not Approved any more.
    sent(&doctor, super::ITI57, &archiving("1.2.250.1.999.57.2", &id, &patient).replace("57.2.3\"", "57.2.4\""))
        .fails_with("XDSMetadataUpdateOperationError", "UPDATE-STATUS-ORIGINAL");
}

#[test]
fn a_caller_changes_nothing_of_another_patient() {
    let gateway = gateway();
    let (owner, treating, id) = deposited(&gateway, 5703, "1.2.250.1.999.57.3");
    let stranger = patient(5704);
    let other = gateway.treating_doctor(&stranger);
    let as_own = archiving("1.2.250.1.999.57.3", &id, &stranger);
    sent(&other, super::ITI57, &as_own).fails_with("XDSPatientIdDoesNotMatch", "ADM-PATIENT-05");
    let as_theirs = archiving("1.2.250.1.999.57.3", &id, &owner);
    sent(&other, super::ITI57, &as_theirs).fails_with("XDSPatientIdDoesNotMatch", "ADM-PATIENT-03");
    let new_version = masking("1.2.250.1.999.57.3", &id, &stranger);
    sent(&other, super::ITI57, &new_version).fails_with("XDSPatientIdDoesNotMatch", "ADM-PATIENT-05");
    assert_eq!(treating.entry_uuid("1.2.250.1.999.57.3"), id);
}

#[test]
fn the_other_updates_are_not_of_the_national_service() {
    let gateway = gateway();
    let (patient, doctor, id) = deposited(&gateway, 5705, "1.2.250.1.999.57.5");
    let restricted = "urn:ihe:iti:2018:RestrictedUpdateDocumentSet";
    let fault = sent(&doctor, restricted, &masking("1.2.250.1.999.57.5", &id, &patient)).faults_by(500, "WSA-07");
    assert!(fault.field("expected").is_some_and(|expected| expected.contains(super::ITI57)), "{fault:?}");
}
