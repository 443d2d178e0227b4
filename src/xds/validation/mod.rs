//! The rules that a registry holds a submission to, as values. Spec: ITI TF-2: 3.42.4.1.3; ITI TF-3: 4.2.
//!
//! A rule says what it judges, by which paragraph, with which error code; [`rules`] lists all of them and
//! [`register`] runs those of the profile. The cardinality and the form of each attribute were judged before, by
//! the decoder and the attribute table. [`provide`] is the repository's part, on documents and their bytes.

mod association;
mod case;
pub mod code;
mod dmp;
mod entry;
mod patient;
pub mod provide;
pub mod remove;
mod structure;
mod uniqueness;
pub mod update;

use crate::datatype::oid::Oid;
use crate::xds::error::{Finding, Profile};
use crate::xds::metadata::registration::RegistryFacts;
use crate::xds::metadata::submission::Submission;
use crate::xds::rule::{Rule, Scope};
use crate::xds::validation::case::{Case, Report};
use crate::xds::validation::code::CodesInForce;

/// What the registry does with a patient whom nobody announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownPatients {
    /// The submission is refused.
    Refuse,
    /// The patient is known from then on.
    Accept,
}

/// What a submission is to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registering {
    /// Documents that exist: ITI-41, ITI-42.
    Documents,
    /// Entries of documents that are made when they are asked for: ITI-61.
    OnDemand,
    /// New versions and relations of what is registered: ITI-57, ITI-92.
    Update,
}

/// What a deployment may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterSettings {
    /// Which rules hold.
    pub profile: Profile,
    /// What happens to unknown patients.
    pub unknown_patients: UnknownPatients,
    /// The domains whose patient identifiers are taken; all if empty.
    pub assigning_authorities: Vec<Oid>,
    /// The codes that are taken; all where there is no list.
    pub codes: CodesInForce,
}

/// A rule and the function that asks it.
pub(crate) struct Check {
    rule: &'static Rule,
    ask: fn(&Case<'_>, &mut Report<'_>),
}

impl Check {
    const fn new(rule: &'static Rule, ask: fn(&Case<'_>, &mut Report<'_>)) -> Self {
        Self { rule, ask }
    }
}

/// What a registration is asked, by family.
fn checks() -> impl Iterator<Item = &'static Check> {
    [
        structure::CHECKS,
        entry::CHECKS,
        uniqueness::CHECKS,
        patient::CHECKS,
        association::CHECKS,
        code::CHECKS,
        dmp::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// The rules that [`register`] asks, by family.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    checks().map(|check| check.rule)
}

/// The rules of this room, file by file.
pub(super) fn families() -> impl Iterator<Item = &'static [&'static Rule]> {
    let registration = [
        structure::RULES,
        entry::RULES,
        uniqueness::RULES,
        patient::RULES,
        association::RULES,
        code::RULES,
        dmp::RULES,
        provide::RULES,
        remove::RULES,
    ];
    registration.into_iter().chain(update::families())
}

/// Judges a submission against what the registry knows. All findings, not only the first.
///
/// The caller adds them to those of the decoder; one error among them refuses the whole.
pub fn register(
    submission: &Submission,
    registering: Registering,
    facts: &RegistryFacts,
    settings: &RegisterSettings,
) -> Vec<Finding> {
    let case = Case::new(submission, registering, facts, settings);
    let mut findings = Vec::new();
    for check in checks().filter(|check| holds(check.rule, settings.profile)) {
        (check.ask)(&case, &mut Report::new(check.rule, &mut findings));
    }
    findings
}

/// Whether a rule holds in a profile.
fn holds(rule: &Rule, profile: Profile) -> bool {
    match (rule.scope, profile) {
        (Scope::Always, _) | (Scope::IheOnly, Profile::Ihe) | (Scope::DmpOnly, Profile::Dmp) => true,
        (Scope::IheOnly, Profile::Dmp) | (Scope::DmpOnly, Profile::Ihe) => false,
    }
}
