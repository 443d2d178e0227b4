//! A rule as a value: what a finding is made of, and what the table of rules is printed from.
//!
//! Rules are declared by `rules!`, in the file that checks them; the macro names each as a constant and lists all
//! in `RULES`. [`all`] gathers the lists of this room. A finding is made by [`crate::xds::error::Finding::of`] from such a
//! constant, so that none speaks in the name of a rule that no table holds.

use crate::xds::error::{ErrorCode, Severity};

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

impl Scope {
    /// The word of the documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "both",
            Self::IheOnly => "ihe",
            Self::DmpOnly => "dmp",
        }
    }
}

/// One demand on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name, in findings, tests and documentation.
    pub id: &'static str,
    /// The error code of its findings, unless the finding says one of `other_codes`.
    pub code: ErrorCode,
    /// What else it may be answered with, by the transaction that asks.
    pub other_codes: &'static [ErrorCode],
    /// Whether it refuses.
    pub severity: Severity,
    /// Where it holds.
    pub scope: Scope,
    /// What it demands, as a sentence that is true of a good request.
    pub demands: &'static str,
    /// The paragraph that demands it.
    pub spec: &'static str,
}

impl Rule {
    /// A rule that refuses, in every profile. Called within [`rules!`] and by the attribute table only.
    pub(crate) const fn new(id: &'static str, code: ErrorCode, demands: &'static str, spec: &'static str) -> Self {
        Self { id, code, other_codes: &[], severity: Severity::Error, scope: Scope::Always, demands, spec }
    }

    /// The same, which only warns.
    pub(crate) const fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// The same, in one profile.
    pub(crate) const fn only(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same, answered with other codes by other transactions.
    pub(crate) const fn or(self, other_codes: &'static [ErrorCode]) -> Self {
        Self { other_codes, ..self }
    }

    /// Whether its findings may carry a code.
    pub fn answers(&self, code: ErrorCode) -> bool {
        self.code == code || self.other_codes.contains(&code)
    }
}

/// Declares the rules of a file as statics, and `RULES`, the list of all of them.
///
/// A macro because each rule is named where it is checked and listed where all are: once written, never forgotten.
macro_rules! rules {
    ($($name:ident = $rule:expr;)+) => {
        $(pub(crate) static $name: $crate::xds::rule::Rule = $rule;)+
        /// Every rule of this file.
        pub(crate) static RULES: &[&$crate::xds::rule::Rule] = &[$(&$name),+];
    };
}
pub(crate) use rules;

/// Every rule of this room, the attribute table apart: its rows are rules of their own.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    use crate::xds::{ebrim, message, query, validation};
    let lists = [ebrim::rule::RULES, message::rule::RULES, query::rule::RULES];
    lists.into_iter().chain(validation::families()).flatten().copied()
}
