//! The rules that a registry holds a submission to, as values. Spec: ITI TF-2: 3.42.4.1.3; ITI TF-3: 4.2.
//!
//! A rule says what it judges, by which paragraph, with which error code; [`rules`] lists all of them and
//! [`register`] runs those of the profile. The cardinality and the form of each attribute were judged before, by
//! the decoder and the attribute table. [`provide`] is the repository's part, on documents and their bytes.

mod association;
mod case;
mod dmp;
mod entry;
mod patient;
pub mod provide;
mod structure;
mod uniqueness;

use crate::datatype::oid::Oid;
use crate::xds::error::{ErrorCode, Finding, Profile, Severity};
use crate::xds::metadata::registration::RegistryFacts;
use crate::xds::metadata::submission::Submission;
use crate::xds::validation::case::{Case, Report};

/// What the registry does with a patient whom nobody announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownPatients {
    /// The submission is refused.
    Refuse,
    /// The patient is known from then on.
    Accept,
}

/// What a submission is to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registering {
    /// Documents that exist: ITI-41, ITI-42.
    Documents,
    /// Entries of documents that are made when they are asked for: ITI-61.
    OnDemand,
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
}

/// Where a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In every profile.
    Always,
    /// In profile `ihe` only, since profile `dmp` has a stricter one.
    IheOnly,
    /// In profile `dmp` only.
    DmpOnly,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name, in findings, tests and documentation.
    pub id: &'static str,
    /// The paragraph that demands it.
    pub spec: &'static str,
    /// Where it holds.
    pub scope: Scope,
    /// The error code of its findings.
    pub code: ErrorCode,
    /// Whether it refuses.
    pub severity: Severity,
    check: fn(&Case<'_>, &mut Report<'_>),
}

/// Every rule, by family.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [structure::RULES, entry::RULES, uniqueness::RULES, patient::RULES, association::RULES, dmp::RULES]
        .into_iter()
        .flatten()
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
    for rule in rules() {
        let holds = match (rule.scope, settings.profile) {
            (Scope::Always, _) | (Scope::IheOnly, Profile::Ihe) | (Scope::DmpOnly, Profile::Dmp) => true,
            (Scope::IheOnly, Profile::Dmp) | (Scope::DmpOnly, Profile::Ihe) => false,
        };
        if holds {
            (rule.check)(&case, &mut Report::new(rule, &mut findings));
        }
    }
    findings
}

/// The rules as Markdown, for the documentation.
pub fn markdown() -> String {
    let mut out = String::from("| rule | profile | severity | error code | specification |\n|---|---|---|---|---|\n");
    for rule in rules() {
        let scope = match rule.scope {
            Scope::Always => "both",
            Scope::IheOnly => "ihe",
            Scope::DmpOnly => "dmp",
        };
        let severity = match rule.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let cells = [rule.id, scope, severity, rule.code.as_str(), rule.spec];
        out.push_str("| ");
        out.push_str(&cells.join(" | "));
        out.push_str(" |\n");
    }
    out
}
