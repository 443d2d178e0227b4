//! Value sets that rules on documents ask for, by OID or by name. Spec: `JDV` of the NOS (ANS).
//!
//! One room serves the header rules and the volets: [`CodeSets::get`] takes the OID (`1.2.250.1.213.1.1.5.471`), the name
//! (`JDV_J07_XdsTypeCode_CISIS`, as published with `-` or `_`, with or without `.xml`) or the number (`J07`), and
//! [`CodeSet::contains`] answers. A set that a rule needs is a file below `data/` in the form of [`tsv_form`] and one line in
//! `BUILT_IN`; a file may hold several sets. An operator's files ([`CodeSet::read`], ours or the XML of the NOS) replace the
//! set of the same OID or name, or add one ([`CodeSets::with`]).

pub mod svs_form;
pub mod tsv_form;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::terminology::code_table::Fault;
use crate::terminology::nearest::nearest;

/// The texts that are built in.
const BUILT_IN: &[&str] = &[
    include_str!("../data/header/confidentiality.tsv"),
    include_str!("../data/header/j01_author_speciality.tsv"),
    include_str!("../data/header/j02_facility_type.tsv"),
    include_str!("../data/header/j04_practice_setting.tsv"),
    include_str!("../data/header/j07_document_type.tsv"),
    include_str!("../data/header/j11_relation.tsv"),
    include_str!("../data/header/j140_encounter_participation.tsv"),
    include_str!("../data/header/j141_role_class.tsv"),
    include_str!("../data/header/j142_encounter.tsv"),
    include_str!("../data/header/j143_gender.tsv"),
    include_str!("../data/header/j144_participation.tsv"),
    include_str!("../data/header/j245_civility.tsv"),
    include_str!("../data/header/j246_title.tsv"),
    include_str!("../data/header/j47_function.tsv"),
    include_str!("../data/volet/anatomic_site.tsv"),
    include_str!("../data/volet/imaging.tsv"),
    include_str!("../data/volet/interpretation.tsv"),
    include_str!("../data/volet/route_of_administration.tsv"),
];

static SETS: LazyLock<Arc<CodeSets>> = LazyLock::new(|| {
    let read = |text: &&str| tsv_form::read(text).unwrap_or_default();
    Arc::new(CodeSets::default().with(BUILT_IN.iter().flat_map(read)))
});

/// Stands in a set for a system that its source does not give: any is admitted.
const ANY_SYSTEM: &str = "?";

/// Members that one search for the nearest compares, at most.
const COMPARED: usize = 4096;

/// Sets, found by OID, name or number.
#[derive(Debug, Clone, Default)]
pub struct CodeSets {
    all: Vec<Arc<CodeSet>>,
    by_key: HashMap<String, usize>,
}

/// One value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSet {
    /// Its OID.
    pub oid: String,
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub source: String,
    /// Its date, `yyyy-mm-dd`.
    pub date: String,
    concepts: Vec<Concept>,
}

/// A member of a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Concept {
    /// The code.
    pub code: String,
    /// Its system.
    pub system: String,
    /// What a human reads; empty where the source has none.
    pub label: String,
}

impl CodeSets {
    /// Those that the gateway carries.
    pub fn built_in() -> Arc<Self> {
        Arc::clone(&SETS)
    }

    /// These and others; of two with one OID or one name the other stays.
    #[must_use]
    pub fn with(&self, others: impl IntoIterator<Item = CodeSet>) -> Self {
        let mut sets = self.clone();
        for other in others {
            sets.put(Arc::new(other));
        }
        sets
    }

    /// The set of that OID, name or number.
    pub fn get(&self, key: &str) -> Option<&CodeSet> {
        let at = self.by_key.get(key).or_else(|| self.by_key.get(&normal(key)))?;
        self.all.get(*at).map(Arc::as_ref)
    }

    /// The same, for who keeps it.
    pub fn shared(&self, key: &str) -> Option<Arc<CodeSet>> {
        let at = self.by_key.get(key).or_else(|| self.by_key.get(&normal(key)))?;
        self.all.get(*at).map(Arc::clone)
    }

    /// Every set.
    pub fn all(&self) -> impl Iterator<Item = &CodeSet> {
        self.all.iter().map(Arc::as_ref)
    }

    fn put(&mut self, set: Arc<CodeSet>) {
        let keys = keys_of(&set);
        let known = keys.iter().take(2).find_map(|key| self.by_key.get(key)).copied();
        let at = known.unwrap_or(self.all.len());
        for key in keys {
            self.by_key.insert(key, at);
        }
        match self.all.get_mut(at) {
            Some(place) => *place = set,
            None => self.all.push(set),
        }
    }
}

/// OID and name first: by these one set is known for another.
fn keys_of(set: &CodeSet) -> Vec<String> {
    let name = normal(&set.name);
    let number = name.split('_').find(|part| is_number(part)).map(str::to_ascii_uppercase);
    [Some(set.oid.clone()), Some(name), number].into_iter().flatten().filter(|key| !key.is_empty()).collect()
}

/// `J07`, `j245`.
fn is_number(part: &str) -> bool {
    let digits = part.strip_prefix(['j', 'J']).unwrap_or("");
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// A name as it is compared: its file extension and case do not count, nor whether words are joined by `-` or `_`.
fn normal(key: &str) -> String {
    if is_number(key) {
        return key.to_ascii_uppercase();
    }
    let lower = key.trim().to_ascii_lowercase().replace('-', "_");
    let stem = [".xml", ".tsv", ".tabs"].into_iter().find_map(|end| lower.strip_suffix(end));
    stem.map_or(lower.clone(), str::to_owned)
}

impl CodeSet {
    /// A set of members, in any order.
    pub fn new(oid: String, name: String, mut concepts: Vec<Concept>) -> Self {
        concepts.sort_unstable();
        Self { oid, name, source: String::new(), date: String::new(), concepts }
    }

    /// Reads a file of an operator, ours or the published XML: what opens with `<` is XML.
    ///
    /// # Errors
    /// Every fault that was found; never an empty list.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, Vec<Fault>> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(vec![Fault { line: 1, key: None, text: "the file is not UTF-8".to_owned() }]);
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('<') { svs_form::read(text) } else { tsv_form::read(text) }
    }

    /// Whether a code of a system is a member.
    pub fn contains(&self, code: &str, system: &str) -> bool {
        self.of_code(code).iter().any(|concept| concept.system == system || concept.system == ANY_SYSTEM)
    }

    /// Whether a code is a member under any system: so compare the rules of the header.
    pub fn contains_code(&self, code: &str) -> bool {
        !self.of_code(code).is_empty()
    }

    /// The member that somebody most likely meant.
    pub fn nearest(&self, code: &str) -> Option<&Concept> {
        nearest(self.concepts.iter(), |concept| &concept.code, code, COMPARED).map(|(_, concept)| concept)
    }

    /// The members, sorted by code and system.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    fn of_code(&self, code: &str) -> &[Concept] {
        let from = self.concepts.partition_point(|concept| concept.code.as_str() < code);
        let rest = self.concepts.get(from..).unwrap_or(&[]);
        let count = rest.partition_point(|concept| concept.code == code);
        rest.get(..count).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests;
