//! Update Document Set. Spec: ITI TF-2: 3.57; DMP TD3.3.

use crate::datatype::cx::PatientId;
use crate::transaction::error::TransactionError;
use crate::transaction::iti42::other_patient;
use crate::transaction::{Context, Gateway, rule};
use crate::xds::error::{Finding, refuses};
use crate::xds::metadata::submission::Submission;
use crate::xds::metadata::update::{self, UpdateFacts, UpdateFactsWanted};
use crate::xds::validation::UnknownPatients;
use crate::xds::validation::update::{self as validation, Updating};

/// Carries out an update; gives the warnings.
///
/// `findings` are those of the decoder: one error among them refuses the whole, and the rules are asked all the same so that
/// the sender learns everything at once.
///
/// # Errors
/// [`TransactionError`]; nothing is stored then.
pub fn update_document_set(
    gateway: &Gateway,
    context: &Context,
    submission: Option<Submission>,
    findings: Vec<Finding>,
) -> Result<Vec<Finding>, TransactionError> {
    update(gateway, context, submission, Updating::Full, findings)
}

/// Judges an update and carries it out, in one transaction or not at all.
pub(super) fn update(
    gateway: &Gateway,
    context: &Context,
    submission: Option<Submission>,
    updating: Updating,
    mut findings: Vec<Finding>,
) -> Result<Vec<Finding>, TransactionError> {
    let Some(submission) = submission else { return Err(TransactionError::Refused(findings)) };
    findings.extend(other_patient(&submission, context.patient()));
    let wanted = UpdateFactsWanted::of(&submission);
    let settings = &gateway.settings.register;
    let (judged, done) = gateway.store.write("update", |writer| {
        let facts = writer.update_facts(&wanted)?;
        if let Some(finding) = of_another_patient(&wanted, &facts, context.patient()) {
            let set = submission.submission_set.id.as_str();
            return Ok((vec![finding.on(set)], false));
        }
        let judged = validation::update(&submission, &findings, updating, &facts, settings);
        if refuses(&findings) || refuses(&judged) {
            return Ok((judged, false));
        }
        if settings.unknown_patients == UnknownPatients::Accept {
            let patients = &wanted.registration.patients;
            patients.iter().try_for_each(|patient| writer.know_patient(patient, context.now).map(drop))?;
        }
        let update = update::apply(submission.clone(), &facts, context.now, &mut || (gateway.draw)());
        writer.update(&update, context.now)?;
        Ok((judged, true))
    })?;
    findings.extend(judged);
    if done { Ok(findings) } else { Err(TransactionError::Refused(findings)) }
}

/// The objects that an update names or changes are of the patient of the assertion. Nothing else is said of one that
/// is not. Spec: DMP TD3.3.
fn of_another_patient(
    wanted: &UpdateFactsWanted,
    facts: &UpdateFacts,
    caller_speaks_for: Option<&PatientId>,
) -> Option<Finding> {
    let caller = caller_speaks_for?;
    let named = &wanted.registration.entry_uuids;
    let ends = named.iter().filter_map(|id| facts.associations.get(id)).flat_map(|one| [&one.source, &one.target]);
    let changed = wanted.logical_ids.iter().filter_map(|id| facts.latest.get(id));
    let concerned = named.iter().chain(ends).chain(changed);
    let mut patients = concerned.filter_map(|id| facts.registry.objects.get(id)?.patient.as_ref());
    patients.find(|patient| *patient != caller)?;
    let context = "an object that the update names is not of the patient of the assertion (resource-id)";
    Some(Finding::of(&rule::PATIENT_OF_UPDATE, context).about("patientId"))
}
