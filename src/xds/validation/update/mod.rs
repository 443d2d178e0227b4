//! The rules of metadata updates. Spec: ITI TF-2: 3.57.4.1.3, 3.92.4.1.3.
//!
//! What an update brings is judged as at registration where the same thing is brought: an entry is complete, its codes are good, a
//! reference leads somewhere. What it does to the registry is judged by the rules of this room.

mod patient;
mod request;
mod restricted;
mod status;
mod submit;
mod version;

use std::collections::BTreeSet;

use crate::datatype::cx::PatientId;
use crate::datatype::entry_uuid::LogicalId;
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectId;
use crate::xds::metadata::submission::Submission;
use crate::xds::metadata::update::operation::{Operations, Revised};
use crate::xds::metadata::update::{UpdateFacts, logical_id};
use crate::xds::rule::Rule;
use crate::xds::validation::case::{Case, End, Report};
use crate::xds::validation::{
    Check, RegisterSettings, Registering, association, code, dmp, entry, holds, patient as of_registration, uniqueness,
};

/// Which of the two transactions asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updating {
    /// ITI-57: entries, folders, statuses and associations.
    Full,
    /// ITI-92: entries, and of those not every attribute.
    Restricted,
}

/// What is judged.
struct Changes<'a> {
    case: Case<'a>,
    facts: &'a UpdateFacts,
    operations: Operations<'a>,
    /// The logical objects of which the message brings new versions.
    revised: BTreeSet<LogicalId>,
    updating: Updating,
}

/// A rule, where it is asked, and the function that asks it.
struct UpdateCheck {
    rule: &'static Rule,
    only: Option<Updating>,
    ask: fn(&Changes<'_>, &mut Report<'_>),
}

impl UpdateCheck {
    /// A rule of both transactions.
    const fn new(rule: &'static Rule, ask: fn(&Changes<'_>, &mut Report<'_>)) -> Self {
        Self { rule, only: None, ask }
    }

    /// The same of one of them.
    const fn only(self, updating: Updating) -> Self {
        Self { only: Some(updating), ..self }
    }
}

/// The rules of registration that hold for updates too, beside whole families.
static OF_REGISTRATION: &[&Rule] = &[
    &uniqueness::ENTRY_UUID,
    &of_registration::DOMAIN,
    &of_registration::KNOWN,
    &of_registration::MERGED,
    &association::UUID,
    &association::SYMBOL,
    &association::REPLACED,
    &association::APPEND,
    &association::SNAPSHOT,
    &association::DOCUMENTATION,
];

/// The checks of registration that are asked here.
fn shared() -> impl Iterator<Item = &'static Check> {
    let chosen = [uniqueness::CHECKS, of_registration::CHECKS, association::CHECKS].into_iter().flatten();
    let chosen = chosen.filter(|check| OF_REGISTRATION.iter().any(|rule| std::ptr::eq(*rule, check.rule)));
    chosen.chain([entry::CHECKS, code::CHECKS, dmp::CHECKS].into_iter().flatten())
}

/// What an update is asked, by family.
fn checks() -> impl Iterator<Item = &'static UpdateCheck> {
    [request::CHECKS, version::CHECKS, status::CHECKS, submit::CHECKS, patient::CHECKS, restricted::CHECKS]
        .into_iter()
        .flatten()
}

/// The rules of this room, file by file.
pub(super) fn families() -> [&'static [&'static Rule]; 6] {
    [request::RULES, version::RULES, status::RULES, submit::RULES, patient::RULES, restricted::RULES]
}

/// The rules that [`update`] asks, by family; those of registration are shared and stand there.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    families().into_iter().flatten().copied()
}

/// Judges an update against what the registry knows. All findings, not only the first.
///
/// The caller adds them to those of the decoder, which are `decoded`; one error among them refuses the whole.
pub fn update(
    submission: &Submission,
    decoded: &[Finding],
    updating: Updating,
    facts: &UpdateFacts,
    settings: &RegisterSettings,
) -> Vec<Finding> {
    let case = Case::new(submission, Registering::Update, &facts.registry, settings);
    let mut findings = Vec::new();
    for check in shared().filter(|check| holds(check.rule, settings.profile)) {
        (check.ask)(&case, &mut Report::new(check.rule, &mut findings));
    }
    let changes =
        Changes { case, facts, operations: Operations::of(submission), revised: revised(submission), updating };
    for check in checks().filter(|check| check.only.is_none_or(|only| only == updating)) {
        (check.ask)(&changes, &mut Report::new(check.rule, &mut findings));
    }
    if updating == Updating::Restricted {
        findings.extend(version::unreadable_object_types(decoded));
    }
    findings
}

fn revised(submission: &Submission) -> BTreeSet<LogicalId> {
    let entries = submission.entries.iter().map(|entry| &entry.object);
    entries.chain(submission.folders.iter().map(|folder| &folder.object)).filter_map(logical_id).collect()
}

impl<'a> Changes<'a> {
    /// One code in ITI-57, another one in ITI-92.
    fn code(&self, full: ErrorCode, restricted: ErrorCode) -> ErrorCode {
        match self.updating {
            Updating::Full => full,
            Updating::Restricted => restricted,
        }
    }

    /// The entries and folders of the message.
    fn objects(&self) -> impl Iterator<Item = Revised<'a>> {
        let submission = self.case.submission;
        let entries = submission.entries.iter().map(Revised::Entry);
        entries.chain(submission.folders.iter().map(Revised::Folder))
    }

    /// The logical object that an id means: of a new version of the message, or of an object of the registry.
    fn logical_object(&self, id: &ObjectId) -> Option<LogicalId> {
        match self.case.resolve(id) {
            End::Entry(entry) => logical_id(&entry.object),
            End::Folder(folder) => logical_id(&folder.object),
            End::Registered(fact) => Some(fact.logical_id.clone()),
            End::Set | End::Association(_) | End::Unreadable | End::UnknownUuid | End::UnknownSymbol => None,
        }
    }

    /// The status that an object has once new versions and associations are there, before any status is changed.
    fn status(&self, id: &ObjectId) -> Option<AvailabilityStatus> {
        match self.case.resolve(id) {
            End::Registered(fact) => Some(fact.status),
            End::Set | End::Entry(_) | End::Folder(_) | End::Association(_) => Some(AvailabilityStatus::Approved),
            End::Unreadable | End::UnknownUuid | End::UnknownSymbol => None,
        }
    }

    /// The patient of an entry or a folder.
    fn patient(&self, id: &ObjectId) -> Option<PatientId> {
        self.case.resolve(id).patient()
    }
}
