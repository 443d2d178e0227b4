//! One patient per submission, and one that is known. Spec: ITI TF-2: 3.42.4.1.3.3; ITI TF-3: 4.2.2.

use std::collections::BTreeSet;

use crate::datatype::cx::PatientId;
use crate::xds::error::ErrorCode;
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::object::{ObjectId, ObjectKind};
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::case::{Case, Report, name_of};
use crate::xds::validation::{Check, UnknownPatients};

rules! {
    DOMAIN = Rule::new("PATIENT-DOMAIN", ErrorCode::UnknownPatientId,
        "the patient identifier is of a domain that this registry serves",
        "ITI TF-2: 3.42.4.1.3.3");
    KNOWN = Rule::new("PATIENT-KNOWN", ErrorCode::UnknownPatientId,
        "the patient was announced to the registry",
        "ITI TF-3: Table 4.2.4.1-2, XDSUnknownPatientId");
    MERGED = Rule::new("PATIENT-MERGED", ErrorCode::UnknownPatientId,
        "the patient was not merged into another one",
        "ITI TF-2: 3.8.4.2.4");
    SET = Rule::new("PATIENT-SET", ErrorCode::PatientIdDoesNotMatch,
        "entries and folders of the message are of the patient of the SubmissionSet",
        "ITI TF-3: Table 4.2.4.1-2, XDSPatientIdDoesNotMatch");
    FOLDER = Rule::new("PATIENT-FOLDER", ErrorCode::PatientIdDoesNotMatch,
        "a folder and the entries that join it are of one patient",
        "ITI TF-3: 4.2.2.1.3");
    RELATIONSHIP = Rule::new("PATIENT-RELATIONSHIP", ErrorCode::PatientIdDoesNotMatch,
        "documents that are related are of one patient",
        "ITI TF-3: 4.2.2.2");
}

/// What this family checks.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&DOMAIN, domain_is_served),
    Check::new(&KNOWN, patient_is_known),
    Check::new(&MERGED, patient_is_not_merged),
    Check::new(&SET, objects_share_the_patient_of_the_set),
    Check::new(&FOLDER, folder_and_document_share_the_patient),
    Check::new(&RELATIONSHIP, related_documents_share_the_patient),
];

/// The patients named in the message, each once, with the first object that names it.
fn patients<'a>(case: &Case<'a>) -> Vec<(&'a ObjectId, PatientId)> {
    let mut seen = BTreeSet::new();
    all_patients(case).into_iter().filter(|(_, patient)| seen.insert(patient.clone())).collect()
}

fn all_patients<'a>(case: &Case<'a>) -> Vec<(&'a ObjectId, PatientId)> {
    let submission = case.submission;
    let set = &submission.submission_set;
    let entries = submission.entries.iter().map(|entry| (&entry.id, entry.patient_id.to_patient_id()));
    let folders = submission.folders.iter().map(|folder| (&folder.id, folder.patient_id.to_patient_id()));
    [(&set.id, set.patient_id.to_patient_id())].into_iter().chain(entries).chain(folders).collect()
}

fn domain_is_served(case: &Case<'_>, report: &mut Report<'_>) {
    let domains = &case.settings.assigning_authorities;
    for (id, patient) in patients(case) {
        if !domains.is_empty() && !domains.contains(patient.authority()) {
            let context = format!("patient identifiers of domain {} are not taken here", patient.authority());
            report.add_patient(id.as_str(), &patient, context);
        }
    }
}

fn patient_is_known(case: &Case<'_>, report: &mut Report<'_>) {
    if case.settings.unknown_patients == UnknownPatients::Accept {
        return;
    }
    for (id, patient) in patients(case) {
        if !case.facts.known_patients.contains(&patient) && !case.facts.merged_patients.contains(&patient) {
            report.add_patient(id.as_str(), &patient, "the patient is not known");
        }
    }
}

fn patient_is_not_merged(case: &Case<'_>, report: &mut Report<'_>) {
    for (id, patient) in patients(case) {
        if case.facts.merged_patients.contains(&patient) {
            report.add_patient(id.as_str(), &patient, "the identifier was merged into another one and is used no more");
        }
    }
}

fn objects_share_the_patient_of_the_set(case: &Case<'_>, report: &mut Report<'_>) {
    let of_set = case.submission.submission_set.patient_id.to_patient_id();
    for (id, patient) in all_patients(case) {
        if patient != of_set {
            report.add_patient(id.as_str(), &patient, "the SubmissionSet names another patient");
        }
    }
}

fn folder_and_document_share_the_patient(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.associations(AssociationType::HasMember) {
        let (source, target) = (case.source(association), case.target(association));
        if source.kind() == Some(ObjectKind::Folder)
            && source.patient().zip(target.patient()).is_some_and(|(one, other)| one != other)
        {
            report.add_about(name_of(association), "patientId", "the folder and its document name different patients");
        }
    }
}

fn related_documents_share_the_patient(case: &Case<'_>, report: &mut Report<'_>) {
    for association in case.relationships() {
        let patients = case.source(association).patient().zip(case.target(association).patient());
        if patients.is_some_and(|(one, other)| one != other) {
            report.add_about(name_of(association), "patientId", "the two documents name different patients");
        }
    }
}
