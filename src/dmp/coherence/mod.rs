//! Whether a CDA document, the entry that announces it and the assertion of its sender speak of the same thing.
//! Spec: DMP TD2.1; CI-SIS, mapping of the CDA header to XDS metadata.
//!
//! Each check is a rule with a name and a severity that a deployment may change. What the document does not say is not
//! compared, save what identifies it: its id, its patient and its type. No finding quotes a name, a title or an identifier of
//! a person: it says which attribute differs and where the document says otherwise.

mod code;
mod identity;
mod person;
mod replacement;
mod time;

use crate::cda::header::{Header, Identifier, Place};
use crate::cda::rule::{self, Severities};
use crate::datatype::cx::PatientId;
use crate::datatype::unique_id::UniqueId;
use crate::xds::error::{ErrorCode, Finding, Severity};
use crate::xds::metadata::attribute::AttributeRow;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::rule::{Rule, Scope};

/// What is compared.
pub struct Case<'c> {
    /// The document.
    pub header: &'c Header<'c>,
    /// The entry that announces it.
    pub entry: &'c DocumentEntry,
    /// The patient for whom the sender speaks, when an assertion names one.
    pub caller: Option<&'c PatientId>,
    /// What the submission lets this document replace.
    pub replaced: &'c [Replaced],
}

/// A document that is replaced, as far as this gateway knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replaced {
    /// Its uniqueId; nothing when the registry does not hold it, which another rule tells.
    pub unique_id: Option<UniqueId>,
    /// What its own header says; nothing when it is no CDA document or lies elsewhere.
    pub version: Option<Version>,
}

/// Which version of which document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `setId`.
    pub set_id: Identifier,
    /// `versionNumber`.
    pub number: u64,
}

impl Version {
    /// What a header says.
    pub fn of(header: &Header<'_>) -> Option<Self> {
        let (set_id, number) = header.set_id.as_ref().zip(header.version_number.as_ref())?;
        Some(Self { set_id: set_id.value.clone(), number: number.value })
    }
}

/// One comparison: its rule, how to mend what breaks it, and the function that asks it.
pub struct Check {
    /// The rule.
    pub rule: &'static Rule,
    /// How to mend, in French.
    pub help: &'static str,
    ask: fn(&Case<'_>, &mut Differences<'_>),
}

impl Check {
    const fn new(rule: &'static Rule, help: &'static str, ask: fn(&Case<'_>, &mut Differences<'_>)) -> Self {
        Self { rule, help, ask }
    }
}

/// Every comparison, by family.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    [identity::CHECKS, code::CHECKS, time::CHECKS, person::CHECKS, replacement::CHECKS].into_iter().flatten()
}

/// The rules of this room.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [identity::RULES, code::RULES, time::RULES, person::RULES, replacement::RULES].into_iter().flatten().copied()
}

/// Compares a document with its entry and its sender. All differences, not only the first.
pub fn judge(case: &Case<'_>, severities: &Severities) -> Vec<Finding> {
    let mut found = Vec::new();
    for check in checks() {
        let default = match check.rule.severity {
            Severity::Error => rule::Severity::Error,
            Severity::Warning => rule::Severity::Warning,
        };
        let Some(severity) = severities.of(check.rule.id, default) else { continue };
        let severity = match severity {
            rule::Severity::Error => Severity::Error,
            rule::Severity::Warning => Severity::Warning,
        };
        (check.ask)(case, &mut Differences { check, severity, entry: case.entry, told: 0, found: &mut found });
    }
    found
}

/// Takes the differences that one rule finds.
struct Differences<'f> {
    check: &'static Check,
    severity: Severity,
    entry: &'f DocumentEntry,
    told: usize,
    found: &'f mut Vec<Finding>,
}

impl Differences<'_> {
    /// Differences of one rule that are told: a document may have a thousand authors.
    const TOLD: usize = 5;

    /// An attribute of the entry does not say what the document says at that place.
    fn tell(&mut self, attribute: &AttributeRow, place: Place<'_>, context: impl std::fmt::Display) {
        if self.told == Self::TOLD {
            return;
        }
        self.told += 1;
        let finding = Finding::of(self.check.rule, format!("{context}. {}", self.check.help));
        let finding = finding.on(self.entry.id.as_str()).about(attribute.name).at(place.location());
        self.found.push(finding.weighed(self.severity));
    }
}

/// A rule on what document and entry both say, answered as faulty metadata.
const fn differs(id: &'static str, demands: &'static str, spec: &'static str) -> Rule {
    Rule::new(id, ErrorCode::RepositoryMetadataError, demands, spec).only(Scope::DmpOnly)
}
