//! The same document, the same patient.

use crate::cda::header::Patient;
use crate::datatype::cx::PatientId;
use crate::dmp::coherence::{Case, Check, Differences, differs};
use crate::xds::error::ErrorCode;
use crate::xds::metadata::attribute::entry;
use crate::xds::rule::{Rule, Scope, rules};

rules! {
    UNIQUE_ID = differs("COH-UNIQUE-ID", "uniqueId is the id of the CDA document", "DMP TD2.1, uniqueId");
    PATIENT = differs("COH-PATIENT", "patientId is an id of the patient of the CDA document", "DMP TD2.1, patientId");
    ASSERTION = Rule::new("COH-ASSERTION", ErrorCode::PatientIdDoesNotMatch,
        "the patient of the assertion is the patient of the CDA document", "DMP TD2.1, resource-id").only(Scope::DmpOnly);
    SOURCE_PATIENT = differs("COH-SOURCE-PATIENT", "sourcePatientId is an id of the patient of the CDA document",
        "DMP TD2.1, sourcePatientId").warning();
}

/// What this family compares.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&UNIQUE_ID, "Reprendre dans uniqueId l'identifiant id du document.", unique_id),
    Check::new(&PATIENT, "Vérifier que le document est bien celui du patient désigné par patientId.", patient),
    Check::new(&ASSERTION, "Vérifier que le document est bien celui du patient désigné par le VIHF.", assertion),
    Check::new(
        &SOURCE_PATIENT,
        "Reprendre dans sourcePatientId un identifiant du patient du document.",
        source_patient,
    ),
];

fn unique_id(case: &Case<'_>, differences: &mut Differences<'_>) {
    let sent = &case.entry.unique_id;
    match &case.header.id {
        None => differences.tell(&entry::UNIQUE_ID, case.header.place, "the document has no id that uniqueId could be"),
        Some(id) if !id.value.is_unique_id(sent.as_str()) => {
            differences.tell(
                &entry::UNIQUE_ID,
                id.place,
                format_args!("uniqueId is {sent}, which is not the id of the document"),
            );
        }
        Some(_) => {}
    }
}

/// Whether an identity is one of the patient's.
fn is_of(patient: &Patient<'_>, id: &PatientId) -> bool {
    let mut own = patient.ids.iter().map(|own| &own.value);
    own.any(|own| own.root == id.authority().as_str() && own.extension.as_deref() == Some(id.id()))
}

fn patient(case: &Case<'_>, differences: &mut Differences<'_>) {
    let sent = case.entry.patient_id.to_patient_id();
    match &case.header.patient {
        None => differences.tell(&entry::PATIENT_ID, case.header.place, "the document names no patient"),
        Some(patient) if !is_of(patient, &sent) => {
            differences.tell(&entry::PATIENT_ID, patient.place, "patientId is no id of the patient of the document");
        }
        Some(_) => {}
    }
}

fn assertion(case: &Case<'_>, differences: &mut Differences<'_>) {
    if let (Some(patient), Some(caller)) = (&case.header.patient, case.caller)
        && !is_of(patient, caller)
    {
        let context = "the patient of the document is not the patient of the assertion (resource-id)";
        differences.tell(&entry::PATIENT_ID, patient.place, context);
    }
}

fn source_patient(case: &Case<'_>, differences: &mut Differences<'_>) {
    if let Some(patient) = &case.header.patient
        && !is_of(patient, &case.entry.source_patient_id.to_patient_id())
    {
        let context = "sourcePatientId is no id of the patient of the document";
        differences.tell(&entry::SOURCE_PATIENT_ID, patient.place, context);
    }
}
