//! One patient per submission, and one that is known. Spec: ITI TF-2: 3.42.4.1.3.3; ITI TF-3: 4.2.2.

use std::collections::BTreeSet;

use crate::datatype::cx::PatientId;
use crate::xds::error::{ErrorCode, Severity};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::object::{ObjectId, ObjectKind};
use crate::xds::validation::case::{Case, Report, name_of};
use crate::xds::validation::{Rule, Scope, UnknownPatients};

/// The rules of this family.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "PATIENT-DOMAIN",
        spec: "ITI TF-2: 3.42.4.1.3.3",
        scope: Scope::Always,
        code: ErrorCode::UnknownPatientId,
        severity: Severity::Error,
        check: domain_is_served,
    },
    Rule {
        id: "PATIENT-KNOWN",
        spec: "ITI TF-3: Table 4.2.4.1-2, XDSUnknownPatientId",
        scope: Scope::Always,
        code: ErrorCode::UnknownPatientId,
        severity: Severity::Error,
        check: patient_is_known,
    },
    Rule {
        id: "PATIENT-MERGED",
        spec: "ITI TF-2: 3.8.4.2.4",
        scope: Scope::Always,
        code: ErrorCode::UnknownPatientId,
        severity: Severity::Error,
        check: patient_is_not_merged,
    },
    Rule {
        id: "PATIENT-SET",
        spec: "ITI TF-3: Table 4.2.4.1-2, XDSPatientIdDoesNotMatch",
        scope: Scope::Always,
        code: ErrorCode::PatientIdDoesNotMatch,
        severity: Severity::Error,
        check: objects_share_the_patient_of_the_set,
    },
    Rule {
        id: "PATIENT-FOLDER",
        spec: "ITI TF-3: 4.2.2.1.3",
        scope: Scope::Always,
        code: ErrorCode::PatientIdDoesNotMatch,
        severity: Severity::Error,
        check: folder_and_document_share_the_patient,
    },
    Rule {
        id: "PATIENT-RELATIONSHIP",
        spec: "ITI TF-3: 4.2.2.2",
        scope: Scope::Always,
        code: ErrorCode::PatientIdDoesNotMatch,
        severity: Severity::Error,
        check: related_documents_share_the_patient,
    },
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
