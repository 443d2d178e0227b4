//! The clinical documents of a deposit: judged by the rules of CDA, compared with their entries and with whoever sends them.
//! Spec: DMP TD2.1; ANS "Structuration minimale".
//!
//! An entry says by its media type that it announces a CDA document; a CDA document that is announced as a signature is judged too, all others are taken by their metadata alone. Documents are
//! read one at a time, none that is larger than what is judged, so that a message costs the same memory whatever it brings.

use std::sync::Arc;

use crate::cda::finding;
use crate::cda::header::Header;
use crate::cda::report::Report;
use crate::cda::rule::Severity;
use crate::cda::validation::{Policy, Validator};
use crate::datatype::entry_uuid::EntryUuid;
use crate::dmp::coherence::{self, Case, Replaced, Version};
use crate::storage::registry::document::StoredDocument;
use crate::storage::{Reader, StorageError};
use crate::transaction::intake::ReceivedDocument;
use crate::transaction::{Context, Gateway, rule};
use crate::xds::error::Finding;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::registration::FactsWanted;
use crate::xds::metadata::submission::Submission;
use crate::xds::validation::provide::Pairing;

/// How the clinical documents of deposits are judged. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Judging {
    /// What becomes of a deposit whose document breaks a rule.
    pub policy: Policy,
    /// Who judges; one for all threads.
    pub validator: Arc<Validator>,
}

/// Findings of one document that an answer tells, of each severity; how many more there are is told too.
const TOLD: usize = 10;

/// Documents in whose place one document is put that are looked at. More than one is rare; each costs a look into the store.
const REPLACED: usize = 4;

/// Judges each document of a submission whose entry announces CDA. Nothing where the policy is off.
pub(super) fn judge(
    gateway: &Gateway,
    context: &Context,
    submission: &Submission,
    pairing: &Pairing,
    documents: &[ReceivedDocument],
) -> Result<Vec<Finding>, StorageError> {
    let judging = gateway.settings.judging.as_ref().filter(|judging| judging.policy != Policy::Off);
    let Some(judging) = judging else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    for (entry, at) in submission.entries.iter().zip(&pairing.document_of_entry) {
        let Some(document) = at.and_then(|at| documents.get(at)) else { continue };
        if entry.is_cda() || is_sheltered(gateway, judging, entry, document)? {
            findings.extend(judge_one(gateway, judging, context, submission, entry, document)?);
        }
    }
    if judging.policy == Policy::Report {
        findings = findings.into_iter().map(Finding::tolerated).collect();
    }
    Ok(findings)
}

/// Whether a document that is announced as the signature of the set is a clinical document: those are not read by anyone else where
/// signatures are not looked at.
fn is_sheltered(
    gateway: &Gateway,
    judging: &Judging,
    entry: &DocumentEntry,
    document: &ReceivedDocument,
) -> Result<bool, StorageError> {
    if !entry.is_signature() || document.size() > judging.validator.largest() as u64 {
        return Ok(false);
    }
    Ok(judging.validator.read(&document.bytes(gateway)?, |_| ()).is_some())
}

fn judge_one(
    gateway: &Gateway,
    judging: &Judging,
    context: &Context,
    submission: &Submission,
    entry: &DocumentEntry,
    document: &ReceivedDocument,
) -> Result<Vec<Finding>, StorageError> {
    let validator = &judging.validator;
    if document.size() > validator.largest() as u64 {
        return Ok(told(&validator.too_large(document.size()), entry));
    }
    let replaced = replaced(gateway, validator, submission, entry)?;
    let bytes = document.bytes(gateway)?;
    let (report, differences) = validator.validate_and(&bytes, |clinical| {
        let header = Header::of(clinical);
        let case = Case { header: &header, entry, caller: context.patient(), replaced: &replaced };
        coherence::judge(&case, validator.severities())
    });
    let mut findings = told(&report, entry);
    findings.extend(differences.into_iter().flatten());
    Ok(findings)
}

/// What an answer tells of a report: the first findings of each severity, and how many more there are.
fn told(report: &Report, entry: &DocumentEntry) -> Vec<Finding> {
    let mut findings = Vec::new();
    for severity in [Severity::Error, Severity::Warning] {
        let all = || report.findings.iter().filter(|finding| finding.severity == severity);
        findings.extend(all().take(TOLD).map(|finding| of_document(finding, entry)));
        let more = all().count().saturating_sub(TOLD);
        if more > 0 {
            let what = severity.as_str();
            let context = format!("{more} more findings of severity {what}; `dmp-gateway cda validate` tells them all");
            findings.push(weighed(severity, context, entry));
        }
    }
    let refused_in_words = findings.iter().any(Finding::is_error);
    if report.left_out > 0 {
        let severity = if report.left_out_error() { Severity::Error } else { Severity::Warning };
        findings.push(weighed(severity, format!("{} more findings are not listed", report.left_out), entry));
    }
    // Whatever is silenced or left out: what does not pass is refused.
    if !report.passes() && !refused_in_words && !report.left_out_error() {
        findings.push(weighed(
            Severity::Error,
            format!("the document is {} by its schema", report.schema.as_str()),
            entry,
        ));
    }
    findings
}

/// A finding of the validator in the words of the answer: the rule, what was expected, how to mend it; never what stood there.
fn of_document(finding: &finding::Finding, entry: &DocumentEntry) -> Finding {
    let context = format!("{}: expected {}. {}", finding.rule, finding.expected, finding.help.fr);
    weighed(finding.severity, context, entry).at(finding.location.clone())
}

fn weighed(severity: Severity, context: String, entry: &DocumentEntry) -> Finding {
    let finding = Finding::of(&rule::CLINICAL_DOCUMENT, context).on(entry.id.as_str());
    match severity {
        Severity::Error => finding,
        Severity::Warning => finding.tolerated(),
    }
}

/// What the submission lets a document replace, with what this gateway knows of it. An object of another patient is as unknown as
/// one that is not there.
fn replaced(
    gateway: &Gateway,
    validator: &Validator,
    submission: &Submission,
    entry: &DocumentEntry,
) -> Result<Vec<Replaced>, StorageError> {
    let replacing =
        submission.associations.iter().filter(|one| one.association_type.replaces() && one.source == entry.id);
    let targets: Vec<&EntryUuid> =
        replacing.filter_map(|association| association.target.uuid()).take(REPLACED).collect();
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let found = gateway.store.read("replaced", |reader| {
        targets.iter().map(|target| look_up(reader, gateway, entry, target)).collect::<Result<Vec<_>, _>>()
    })?;
    let known = found.into_iter().map(|(mut replaced, stored)| {
        if let Some(stored) = stored.filter(|stored| stored.size <= validator.largest() as u64) {
            let bytes = gateway.store.blobs().bytes(&stored.blob, stored.size)?;
            replaced.version = validator.read(&bytes, |clinical| Version::of(&Header::of(clinical))).flatten();
        }
        Ok(replaced)
    });
    known.collect()
}

fn look_up(
    reader: &mut Reader<'_>,
    gateway: &Gateway,
    entry: &DocumentEntry,
    target: &EntryUuid,
) -> Result<(Replaced, Option<StoredDocument>), StorageError> {
    let wanted = FactsWanted { entry_uuids: [target.clone()].into(), ..FactsWanted::default() };
    let facts = reader.facts(&wanted)?;
    let patient = entry.patient_id.to_patient_id();
    let fact = facts.objects.get(target).filter(|fact| fact.patient.as_ref() == Some(&patient));
    let Some(unique_id) = fact.and_then(|fact| fact.unique_id.clone()) else { return Ok((Replaced::default(), None)) };
    let stored = reader.document(&gateway.settings.repository_unique_id, &unique_id)?;
    Ok((Replaced { unique_id: Some(unique_id), version: None }, stored))
}
