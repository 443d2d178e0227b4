//! Register Document Set-b. Spec: ITI TF-2: 3.42.

use crate::datatype::cx::PatientId;
use crate::storage::registry::document::{Keeping, StoredDocument};
use crate::transaction::error::TransactionError;
use crate::transaction::rule;
use crate::transaction::{Context, Gateway};
use crate::xds::error::{Finding, refuses};
use crate::xds::metadata::registration::{self, FactsWanted, RegistryFacts};
use crate::xds::metadata::submission::Submission;
use crate::xds::validation::{self, Registering, UnknownPatients};

/// Registers a submission whose documents are elsewhere; gives the warnings.
///
/// `findings` are those of the decoder: one error among them refuses the whole, and the registry's rules are asked all the
/// same so that the sender learns everything at once.
///
/// # Errors
/// [`TransactionError`]; nothing is stored then.
pub fn register_document_set(
    gateway: &Gateway,
    context: &Context,
    submission: Option<Submission>,
    findings: Vec<Finding>,
) -> Result<Vec<Finding>, TransactionError> {
    let Some(submission) = submission else { return Err(TransactionError::Refused(findings)) };
    let registering = Registering::Documents;
    register(gateway, context, &submission, registering, &[], findings).map(|registered| registered.warnings)
}

/// What became of a submission that was registered.
pub(super) struct Registered {
    /// What was tolerated.
    pub(super) warnings: Vec<Finding>,
    /// For each document that was to be kept, what became of its file.
    pub(super) keepings: Vec<Keeping>,
}

/// Judges a submission and stores it with the documents that it brings, in one transaction or not at all.
pub(super) fn register(
    gateway: &Gateway,
    context: &Context,
    submission: &Submission,
    registering: Registering,
    documents: &[StoredDocument],
    mut findings: Vec<Finding>,
) -> Result<Registered, TransactionError> {
    findings.extend(other_patient(submission, context.patient()));
    let wanted = FactsWanted::of(submission);
    let settings = &gateway.settings.register;
    let (judged, keepings) = gateway.store.write("register", |writer| {
        let facts = writer.facts(&wanted)?;
        let mut judged = validation::register(submission, registering, &facts, settings);
        judged.extend(names_another_patient(submission, &wanted, &facts, context.patient()));
        if refuses(&findings) || refuses(&judged) {
            return Ok((judged, None));
        }
        if settings.unknown_patients == UnknownPatients::Accept {
            wanted.patients.iter().try_for_each(|patient| writer.know_patient(patient, context.now).map(drop))?;
        }
        let registration = registration::register(submission.clone(), &facts, context.now, &mut || (gateway.draw)());
        writer.insert(&registration, context.now)?;
        let keepings =
            documents.iter().map(|document| writer.keep_document(document, context.now)).collect::<Result<_, _>>()?;
        Ok((judged, Some(keepings)))
    })?;
    findings.extend(judged);
    match keepings {
        Some(keepings) => Ok(Registered { warnings: findings, keepings }),
        None => Err(TransactionError::Refused(findings)),
    }
}

/// The patient of the assertion is the patient of the submission. Spec: DMP TD2.1.
pub(super) fn other_patient(submission: &Submission, caller_speaks_for: Option<&PatientId>) -> Option<Finding> {
    let named = submission.submission_set.patient_id.to_patient_id();
    let expected = caller_speaks_for.filter(|patient| **patient != named)?;
    let context = "the patient of the submission set is not the patient of the assertion (resource-id)";
    let finding = Finding::of(&rule::PATIENT_OF_SUBMISSION, context);
    Some(finding.on(submission.submission_set.id.as_str()).about("patientId").of_patient(expected))
}

/// What a submission refers to is of the patient of the assertion too: a submission set may hold documents of others by reference,
/// but not those of whom its sender does not speak. Spec: DMP TD2.1.
fn names_another_patient(
    submission: &Submission,
    wanted: &FactsWanted,
    facts: &RegistryFacts,
    caller_speaks_for: Option<&PatientId>,
) -> Option<Finding> {
    let caller = caller_speaks_for?;
    let mut patients = wanted.entry_uuids.iter().filter_map(|id| facts.objects.get(id)?.patient.as_ref());
    patients.find(|patient| *patient != caller)?;
    let context = "an object that the submission names is not of the patient of the assertion (resource-id)";
    let finding = Finding::of(&rule::PATIENT_OF_NAMED, context);
    Some(finding.on(submission.submission_set.id.as_str()).about("patientId"))
}
