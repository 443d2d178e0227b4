//! A submission laid out for judging: each id with what it means, in the message or in the registry.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::datatype::cx::PatientId;
use crate::xds::error::{ErrorCode, Finding, Severity};
use crate::xds::metadata::association::{Association, AssociationType};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::{DocumentEntry, DocumentEntryType};
use crate::xds::metadata::folder::Folder;
use crate::xds::metadata::object::{ObjectId, ObjectKind, RegistryObject};
use crate::xds::metadata::registration::{ObjectFact, RegistryFacts};
use crate::xds::metadata::submission::Submission;
use crate::xds::rule::Rule;
use crate::xds::validation::code::CodeRules;
use crate::xds::validation::{RegisterSettings, Registering};

/// What is judged.
pub(super) struct Case<'a> {
    pub(super) submission: &'a Submission,
    pub(super) registering: Registering,
    pub(super) facts: &'a RegistryFacts,
    pub(super) settings: &'a RegisterSettings,
    /// The code lists that were in force when the submission came.
    pub(super) codes: Arc<CodeRules>,
    members: BTreeMap<&'a str, End<'a>>,
}

/// What an id means.
#[derive(Debug, Clone, Copy)]
pub(super) enum End<'a> {
    /// The submission set of the message.
    Set,
    /// A document entry of the message.
    Entry(&'a DocumentEntry),
    /// A folder of the message.
    Folder(&'a Folder),
    /// An association of the message.
    Association(&'a Association),
    /// An object of the registry.
    Registered(&'a ObjectFact),
    /// An object of the message that could not be read and has its finding already.
    Unreadable,
    /// A UUID that nobody knows.
    UnknownUuid,
    /// A symbolic id that names nothing in the message.
    UnknownSymbol,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        submission: &'a Submission,
        registering: Registering,
        facts: &'a RegistryFacts,
        settings: &'a RegisterSettings,
    ) -> Self {
        let mut members: BTreeMap<&str, End<'_>> = BTreeMap::new();
        members.extend(submission.unreadable.iter().map(|id| (id.as_str(), End::Unreadable)));
        members.insert(submission.submission_set.id.as_str(), End::Set);
        members.extend(submission.entries.iter().map(|entry| (entry.id.as_str(), End::Entry(entry))));
        members.extend(submission.folders.iter().map(|folder| (folder.id.as_str(), End::Folder(folder))));
        for association in &submission.associations {
            if let Some(id) = &association.id {
                members.insert(id.as_str(), End::Association(association));
            }
        }
        Self { submission, registering, facts, settings, codes: settings.codes.current(), members }
    }

    /// What an id means, in the message first.
    pub(super) fn resolve(&self, id: &ObjectId) -> End<'a> {
        if let Some(member) = self.members.get(id.as_str()) {
            return *member;
        }
        match id {
            ObjectId::Symbolic(_) => End::UnknownSymbol,
            ObjectId::Uuid(uuid) => self.facts.objects.get(uuid).map_or(End::UnknownUuid, End::Registered),
        }
    }

    pub(super) fn source(&self, association: &Association) -> End<'a> {
        self.resolve(&association.source)
    }

    pub(super) fn target(&self, association: &Association) -> End<'a> {
        self.resolve(&association.target)
    }

    /// The associations of one type.
    pub(super) fn associations(&self, kind: AssociationType) -> impl Iterator<Item = &'a Association> {
        self.submission.associations.iter().filter(move |association| association.association_type == kind)
    }

    /// The associations between documents.
    pub(super) fn relationships(&self) -> impl Iterator<Item = &'a Association> {
        self.submission.associations.iter().filter(|association| association.association_type.is_relationship())
    }

    /// Every object of the message, by kind.
    pub(super) fn objects(&self) -> impl Iterator<Item = (ObjectKind, &'a str, &'a RegistryObject)> {
        let submission = self.submission;
        let set = &submission.submission_set;
        let entries = submission.entries.iter();
        let folders = submission.folders.iter();
        let associations = submission.associations.iter();
        [(ObjectKind::SubmissionSet, set.id.as_str(), &set.object)]
            .into_iter()
            .chain(entries.map(|entry| (ObjectKind::DocumentEntry, entry.id.as_str(), &entry.object)))
            .chain(folders.map(|folder| (ObjectKind::Folder, folder.id.as_str(), &folder.object)))
            .chain(associations.map(|one| (ObjectKind::Association, name_of(one), &one.object)))
    }
}

impl End<'_> {
    /// Whether nothing more can be said of it: unknown or unreadable, which another rule tells.
    pub(super) fn is_opaque(self) -> bool {
        matches!(self, Self::Unreadable | Self::UnknownUuid | Self::UnknownSymbol)
    }

    /// The kind of the object, if there is one.
    pub(super) fn kind(self) -> Option<ObjectKind> {
        match self {
            Self::Set => Some(ObjectKind::SubmissionSet),
            Self::Entry(_) => Some(ObjectKind::DocumentEntry),
            Self::Folder(_) => Some(ObjectKind::Folder),
            Self::Association(_) => Some(ObjectKind::Association),
            Self::Registered(fact) => Some(fact.kind),
            Self::Unreadable | Self::UnknownUuid | Self::UnknownSymbol => None,
        }
    }

    /// The patient of a document or folder.
    pub(super) fn patient(self) -> Option<PatientId> {
        match self {
            Self::Entry(entry) => Some(entry.patient_id.to_patient_id()),
            Self::Folder(folder) => Some(folder.patient_id.to_patient_id()),
            Self::Registered(fact) => fact.patient.clone(),
            Self::Set | Self::Association(_) | Self::Unreadable | Self::UnknownUuid | Self::UnknownSymbol => None,
        }
    }

    /// Whether a document is stable.
    pub(super) fn document_type(self) -> Option<DocumentEntryType> {
        match self {
            Self::Entry(entry) => Some(entry.object_type),
            Self::Registered(fact) => fact.object_type,
            Self::Set
            | Self::Folder(_)
            | Self::Association(_)
            | Self::Unreadable
            | Self::UnknownUuid
            | Self::UnknownSymbol => None,
        }
    }

    /// Whether it stands in the registry with another status than Approved.
    pub(super) fn is_out_of_force(self) -> bool {
        matches!(self, Self::Registered(fact) if fact.status != AvailabilityStatus::Approved)
    }
}

/// The id of an association as findings name it.
pub(super) fn name_of(association: &Association) -> &str {
    association.id.as_ref().map_or("association without id", ObjectId::as_str)
}

/// Takes the findings of one rule.
pub(super) struct Report<'f> {
    rule: &'static Rule,
    findings: &'f mut Vec<Finding>,
}

impl<'f> Report<'f> {
    /// Findings of one rule that are kept: a message may hold ten thousand objects with the same fault.
    const KEPT: usize = 50;

    pub(super) fn new(rule: &'static Rule, findings: &'f mut Vec<Finding>) -> Self {
        Self { rule, findings }
    }

    /// Adds a finding on an object.
    pub(super) fn add(&mut self, object: &str, context: impl Into<String>) {
        self.push(Finding::of(self.rule, context).on(object));
    }

    /// Adds a finding on one attribute of an object.
    pub(super) fn add_about(&mut self, object: &str, attribute: &'static str, context: impl Into<String>) {
        self.push(Finding::of(self.rule, context).on(object).about(attribute));
    }

    /// Adds a finding on an object with another of the codes of the rule.
    pub(super) fn add_coded(&mut self, code: ErrorCode, object: &str, context: impl Into<String>) {
        self.push(Finding::of(self.rule, context).coded(code).on(object));
    }

    /// Adds a finding on the patient of an object. The id stands apart from the text.
    pub(super) fn add_patient(&mut self, object: &str, patient: &PatientId, context: impl Into<String>) {
        self.push(Finding::of(self.rule, context).on(object).about("patientId").of_patient(patient));
    }

    /// Adds a milder finding of a rule that otherwise refuses.
    pub(super) fn warn_about(&mut self, object: &str, attribute: &'static str, context: impl Into<String>) {
        self.push(Finding::of(self.rule, context).tolerated().on(object).about(attribute));
    }

    /// Adds a finding of a rule whose severity the deployment decides.
    pub(super) fn add_as(
        &mut self,
        severity: Severity,
        object: &str,
        attribute: &'static str,
        context: impl Into<String>,
    ) {
        match severity {
            Severity::Error => self.add_about(object, attribute, context),
            Severity::Warning => self.warn_about(object, attribute, context),
        }
    }

    /// Whether further findings of that severity are dropped: then looking for more to say is wasted.
    pub(super) fn is_full(&self, severity: Severity) -> bool {
        let of_rule = self.findings.iter().rev().take_while(|own| own.rule == self.rule.id);
        of_rule.filter(|own| own.severity == severity).count() >= Self::KEPT
    }

    fn push(&mut self, finding: Finding) {
        // Warnings do not count against errors: a flood of what is tolerated must not hide what is refused.
        if !self.is_full(finding.severity) {
            self.findings.push(finding);
        }
    }
}
