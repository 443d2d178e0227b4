//! A rule as a value: its name, what it demands, in two languages, and who demands it.
//!
//! Rules that stand in tables of facts (header, volets) are made from their lines; those that stand in code are
//! declared beside the check, and listed by [`declared`].

pub(crate) mod body;
pub mod data_type;
pub mod header;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) mod schema;
pub mod volet;

/// Whether a finding refuses the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Said, and taken.
    Warning,
    /// Refused.
    Error,
}

impl Severity {
    /// The word of a report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One sentence for the developer who has to mend the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// In French.
    pub fr: Cow<'static, str>,
    /// In English.
    pub en: Cow<'static, str>,
}

/// One demand on a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name, in reports, settings and documentation.
    pub id: Cow<'static, str>,
    /// What breaking it means unless the deployment decides otherwise.
    pub severity: Severity,
    /// How to mend the document.
    pub help: Help,
    /// The paragraph that demands it.
    pub spec: Cow<'static, str>,
}

impl Rule {
    /// A rule that is declared in code.
    pub(crate) const fn declared(
        id: &'static str,
        severity: Severity,
        fr: &'static str,
        en: &'static str,
        spec: &'static str,
    ) -> Self {
        let help = Help { fr: Cow::Borrowed(fr), en: Cow::Borrowed(en) };
        Self { id: Cow::Borrowed(id), severity, help, spec: Cow::Borrowed(spec) }
    }
}

/// Every rule that is declared in code; those that stand in tables of facts are listed by the rooms of the tables.
pub fn declared() -> impl Iterator<Item = &'static Rule> {
    let files = [crate::cda::validation::RULES, schema::RULES, body::RULES, volet::RULES];
    files.into_iter().flatten().copied().chain(data_type::rules())
}

/// The id of every rule that this gateway brings.
pub fn ids() -> Vec<&'static str> {
    let in_files = volet::Volets::built_in_rules().map(|(_, rule)| rule);
    declared().chain(header::rules()).chain(in_files).map(|rule| rule.id.as_ref()).collect()
}

/// What a deployment made of the severity of rules.
///
/// A key is the id of a rule, the context of several (`SM001` of `SM001/setId`), or a family as `SM*`: the longest key that fits
/// decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Severities(BTreeMap<String, Option<Severity>>);

impl Severities {
    /// A table; `None` silences.
    pub fn new(table: BTreeMap<String, Option<Severity>>) -> Self {
        Self(table)
    }

    /// The keys that fit none of these rules.
    pub fn strangers(&self, ids: &[&str]) -> Vec<&str> {
        let fits = |key: &str| match key.strip_suffix('*') {
            Some(family) => ids.iter().any(|id| id.starts_with(family)),
            None => ids.iter().any(|id| *id == key || context_of(id) == key),
        };
        self.0.keys().map(String::as_str).filter(|key| !fits(key)).collect()
    }

    /// How a rule speaks in this deployment; nothing when it is silenced.
    pub fn of(&self, id: &str, default: Severity) -> Option<Severity> {
        if self.0.is_empty() {
            return Some(default);
        }
        if let Some(own) = self.0.get(id).or_else(|| self.0.get(context_of(id))) {
            return *own;
        }
        let fits = |key: &String| key.strip_suffix('*').is_some_and(|family| id.starts_with(family));
        let family = self.0.iter().filter(|(key, _)| fits(key)).max_by_key(|(key, _)| key.len());
        family.map_or(Some(default), |(_, severity)| *severity)
    }
}

/// What stands before the slash of an id: the element of which several things are demanded.
fn context_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(context, _)| context)
}

#[cfg(test)]
mod tests {
    use super::{Severities, Severity};

    #[test]
    fn the_longest_key_that_fits_decides() {
        let table = [("SM*", Some(Severity::Warning)), ("SM03*", None), ("SM036", Some(Severity::Error))];
        let severities = Severities::new(table.map(|(key, severity)| (key.to_owned(), severity)).into());
        assert_eq!(severities.of("SM001", Severity::Error), Some(Severity::Warning));
        assert_eq!(severities.of("SM035", Severity::Error), None);
        assert_eq!(severities.of("SM036", Severity::Error), Some(Severity::Error));
        assert_eq!(severities.of("BODY-01", Severity::Error), Some(Severity::Error));
        assert_eq!(severities.of("SM036/family", Severity::Warning), Some(Severity::Error), "by its context");
        assert_eq!(severities.of("SM0361", Severity::Warning), None, "a longer number is another context");
        assert_eq!(severities.strangers(&["SM036/family", "SM0351"]), Vec::<&str>::new());
        assert_eq!(severities.strangers(&["BODY-01"]), ["SM*", "SM03*", "SM036"]);
    }
}
