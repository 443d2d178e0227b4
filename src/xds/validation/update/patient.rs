//! After an update objects of one patient are related, as before. Spec: ITI TF-2: 3.57.4.1.3.3.1.7.

use std::collections::BTreeMap;

use crate::datatype::cx::PatientId;
use crate::datatype::entry_uuid::EntryUuid;
use crate::xds::error::ErrorCode;
use crate::xds::metadata::object::ObjectId;
use crate::xds::metadata::update::logical_id;
use crate::xds::metadata::update::operation::{Revised, Revision};
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::case::{End, Report, name_of};
use crate::xds::validation::update::{Changes, UpdateCheck, Updating};

rules! {
    SET = Rule::new("UPDATE-PATIENT-SET", ErrorCode::PatientIdReconciliation,
        "new versions, and objects whose status changes, are of the patient of the SubmissionSet",
        "ITI TF-2: 3.57.4.1.3.3.1.7");
    RELATIONS = Rule::new("UPDATE-PATIENT-RELATIONS", ErrorCode::PatientIdReconciliation,
        "what a new version takes over relates objects of one patient",
        "ITI TF-2: 3.57.4.1.3.3.1.7");
    SUBMITTED = Rule::new("UPDATE-PATIENT-SUBMITTED", ErrorCode::PatientIdReconciliation,
        "a submitted association relates objects of the patient of the SubmissionSet",
        "ITI TF-2: 3.57.4.1.3.3.6.7");
}

/// What this family checks.
pub(super) static CHECKS: &[UpdateCheck] = &[
    UpdateCheck::new(&SET, objects_are_of_the_patient_of_the_set),
    UpdateCheck::new(&RELATIONS, relations_stay_within_one_patient),
    UpdateCheck::new(&SUBMITTED, submitted_associations_stay_within_one_patient).only(Updating::Full),
];

fn objects_are_of_the_patient_of_the_set(changes: &Changes<'_>, report: &mut Report<'_>) {
    let of_set = changes.case.submission.submission_set.patient_id.to_patient_id();
    let new = changes.objects().map(Revised::id);
    let targets = changes.operations.status_changes.iter().map(|change| &change.order.target);
    for id in new.chain(targets) {
        // An association is of the patient of what it relates.
        let relation = id.uuid().and_then(|id| changes.facts.associations.get(id));
        let related = || changes.facts.registry.objects.get(&relation?.source)?.patient.clone();
        if let Some(patient) = changes.patient(id).or_else(related).filter(|patient| *patient != of_set) {
            let context = format!("{}: the SubmissionSet names another patient", id.as_str());
            // Whose object of the registry it is, the sender is not told.
            if matches!(changes.case.resolve(id), End::Registered(_)) {
                report.add_about(id.as_str(), "patientId", context);
            } else {
                report.add_patient(id.as_str(), &patient, context);
            }
        }
    }
}

/// The relations of former versions that are taken over, with the patients of what they will relate.
fn relations_stay_within_one_patient(changes: &Changes<'_>, report: &mut Report<'_>) {
    let new: BTreeMap<&EntryUuid, &Revision<'_>> = changes
        .operations
        .revisions
        .iter()
        .filter_map(|one| Some((changes.facts.latest_of(&logical_id(one.object.registry_object())?)?.0, one)))
        .collect();
    let revised = new.iter().map(|(former, revision)| ((*former).clone(), revision.propagates())).collect();
    for relation in changes.facts.associations.values().filter(|one| changes.facts.is_taken_over(one, &revised)) {
        let ends = [new.get(&relation.source), new.get(&relation.target)];
        let Some(revised) = ends.iter().flatten().next() else { continue };
        let patient = |revision: Option<&&Revision<'_>>, old: &EntryUuid| -> Option<PatientId> {
            match revision {
                Some(revision) => changes.patient(revision.object.id()),
                None => changes.facts.registry.objects.get(old)?.patient.clone(),
            }
        };
        let [source, target] = ends;
        if patient(source, &relation.source) != patient(target, &relation.target) {
            let id = revised.object.id().as_str();
            let context = format!("{id}: a relation that it takes over leads to an object of another patient");
            report.add_about(id, "patientId", context);
        }
    }
}

fn submitted_associations_stay_within_one_patient(changes: &Changes<'_>, report: &mut Report<'_>) {
    let of_set = changes.case.submission.submission_set.patient_id.to_patient_id();
    for submitted in &changes.operations.submitted {
        let patient = |end: &ObjectId| changes.patient(end);
        let association = submitted.association;
        let name = name_of(association);
        let context = match patient(&association.source).zip(patient(&association.target)) {
            Some((one, other)) if one != other => "its ends are of different patients",
            Some((one, _)) if one != of_set => "the SubmissionSet names another patient than its ends",
            _ => continue,
        };
        report.add_about(name, "patientId", format!("{name}: {context}"));
    }
}
