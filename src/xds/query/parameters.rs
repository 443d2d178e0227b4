//! The parameters of one request, read against the table, each fault told with the code that ITI-18 gives it.
//! Spec: ITI TF-2: 3.18.4.1.2.3.

use std::collections::{BTreeMap, BTreeSet};

use crate::datatype::Malformed;
use crate::datatype::code::Code;
use crate::datatype::cx::PatientId;
use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::datatype::unique_id::UniqueId;
use crate::xds::error::{ErrorCode, Finding, Profile};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::{AvailabilityStatus, DocumentAvailability};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::Slot;
use crate::xds::query::id::StoredQueryId;
use crate::xds::query::literal::{self, Literal};
use crate::xds::query::parameter::{METADATA_LEVEL, Need, Parameter, Values, of_query};
use crate::xds::query::rule;
use crate::xds::query::{DateRange, MetadataLevel, Selector};
use crate::xds::rule::Rule;

/// Values that one parameter may have: what a query costs grows with them.
const MOST_VALUES: usize = 1000;
/// Times that one parameter may be repeated: each is a condition of its own, and a database nests them.
const MOST_LISTS: usize = 100;
/// Characters of one value. No metadata is longer than its schema allows (256), and a database takes no pattern of any length.
const LONGEST_VALUE: usize = 1024;
/// Findings that are kept.
const MOST_FINDINGS: usize = 200;

/// The parameters that were sent and could be read.
pub(super) struct Parameters {
    /// For each parameter, the literals of each of its slots.
    lists: BTreeMap<&'static str, Vec<Vec<Literal>>>,
    /// Parameters that were sent in a form that cannot be read, and told so.
    unread: BTreeSet<&'static str>,
    profile: Profile,
    default_patient: Option<PatientId>,
    required: Vec<&'static str>,
    findings: Vec<Finding>,
}

/// The parameters by which a query chooses objects of one kind; only one of them may stand.
pub(super) struct Ids {
    pub(super) entry_uuid: &'static Parameter,
    pub(super) unique_id: &'static Parameter,
    pub(super) logical_id: Option<&'static Parameter>,
}

impl Parameters {
    pub(super) fn read(
        id: StoredQueryId,
        slots: &[Slot],
        profile: Profile,
        default_patient: Option<&PatientId>,
    ) -> Self {
        let taken = of_query(id);
        let required = taken.iter().filter(|(_, need)| *need == Need::Required).map(|(one, _)| one.name).collect();
        let default_patient = default_patient.cloned();
        let mut parameters = Self {
            lists: BTreeMap::new(),
            unread: BTreeSet::new(),
            profile,
            default_patient,
            required,
            findings: Vec::new(),
        };
        for slot in slots {
            // Whoever sends a parameter of an option that the registry lacks wants his answer all the same.
            if let Some((parameter, _)) = taken.iter().find(|(parameter, _)| parameter.name == slot.name) {
                parameters.take(parameter, slot);
            }
        }
        parameters.count(taken);
        parameters
    }

    fn take(&mut self, parameter: &'static Parameter, slot: &Slot) {
        let mut literals = Vec::new();
        for value in &slot.values {
            match literal::parse(value) {
                Ok(read) => literals.extend(read),
                Err(error) => {
                    self.unread.insert(parameter.name);
                    self.add(&rule::SYNTAX, parameter.name, &error.to_string());
                }
            }
        }
        if literals.iter().any(|literal| literal.text.chars().count() > LONGEST_VALUE) {
            self.unread.insert(parameter.name);
            self.add(&rule::VALUE, parameter.name, &format!("a value of more than {LONGEST_VALUE} characters"));
            return;
        }
        let lists = self.lists.get(parameter.name).map_or(&[][..], Vec::as_slice);
        let before: usize = lists.iter().map(Vec::len).sum();
        let excess = if before + literals.len() > MOST_VALUES {
            format!("more than {MOST_VALUES} values")
        } else if lists.len() == MOST_LISTS {
            format!("stands more than {MOST_LISTS} times")
        } else {
            String::new()
        };
        if !excess.is_empty() {
            if self.unread.insert(parameter.name) {
                self.add(&rule::NUMBER, parameter.name, &excess);
            }
            return;
        }
        // A slot without a value says no more than its absence.
        if !literals.is_empty() {
            self.lists.entry(parameter.name).or_default().push(literals);
        }
    }

    fn count(&mut self, taken: &'static [(&'static Parameter, Need)]) {
        for (parameter, _) in taken {
            let Some(lists) = self.lists.get(parameter.name) else { continue };
            let (slots, values) = (lists.len(), lists.iter().map(Vec::len).sum::<usize>());
            let repeated = slots > 1 && parameter.values != Values::AllOfAny;
            let several = values > 1 && parameter.values == Values::One;
            if repeated {
                let context = "stands more than once";
                self.add(&rule::REPEATED, parameter.name, context);
            } else if several {
                let context = format!("takes one value, found {values}");
                self.add(&rule::NUMBER, parameter.name, &context);
            }
        }
    }

    /// Adds what breaks a rule.
    pub(super) fn add(&mut self, rule: &'static Rule, parameter: &str, context: &str) {
        self.push(Finding::of(rule, format!("{parameter}: {context}")));
    }

    fn push(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        }
    }

    fn was_sent(&self, parameter: &Parameter) -> bool {
        self.lists.contains_key(parameter.name) || self.unread.contains(parameter.name)
    }

    fn missing(&mut self, parameter: &Parameter) {
        self.add(&rule::REQUIRED, parameter.name, "is required");
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// All literals of a parameter, its slots put together. A required one that has none is reported.
    fn literals(&mut self, parameter: &Parameter) -> Vec<Literal> {
        let literals: Vec<Literal> = self.lists.get(parameter.name).into_iter().flatten().flatten().cloned().collect();
        self.require(parameter);
        literals
    }

    /// Reports a required parameter that was not sent.
    fn require(&mut self, parameter: &Parameter) {
        if !self.was_sent(parameter) && self.required.contains(&parameter.name) {
            self.missing(parameter);
        }
    }

    /// Reports that none of the parameters was sent of which one must be.
    pub(super) fn require_any(&mut self, choices: &[&'static Parameter]) {
        if !choices.iter().any(|choice| self.was_sent(choice)) {
            let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
            self.add(&rule::BOUND, &names.join(" or "), "at least one of them is required");
        }
    }

    fn parsed<T>(&mut self, parameter: &Parameter, parse: impl Fn(&str) -> Result<T, Malformed>) -> Vec<T> {
        let mut values = Vec::new();
        for literal in self.literals(parameter) {
            match parse(&literal.text) {
                Ok(value) => values.push(value),
                Err(malformed) => self.add(&rule::VALUE, parameter.name, &malformed.to_string()),
            }
        }
        values
    }

    /// Texts and patterns.
    pub(super) fn texts(&mut self, parameter: &Parameter) -> Vec<String> {
        self.literals(parameter).into_iter().map(|literal| literal.text).collect()
    }

    /// Patterns of which, list by list, any must hold.
    pub(super) fn text_lists(&mut self, parameter: &Parameter) -> Vec<Vec<String>> {
        self.require(parameter);
        let lists = self.lists.get(parameter.name).into_iter().flatten();
        lists.map(|list| list.iter().map(|literal| literal.text.clone()).collect()).collect()
    }

    /// Patients, any of them.
    pub(super) fn patients(&mut self, parameter: &Parameter) -> Vec<PatientId> {
        self.parsed(parameter, PatientId::parse)
    }

    /// The patient, or the one of the assertion.
    pub(super) fn patient(&mut self, parameter: &Parameter) -> Option<PatientId> {
        if !self.was_sent(parameter)
            && let Some(default) = &self.default_patient
        {
            return Some(default.clone());
        }
        self.parsed(parameter, PatientId::parse).into_iter().next()
    }

    /// Statuses; unknown ones are ignored, but one must remain.
    pub(super) fn statuses(&mut self, parameter: &Parameter) -> Vec<AvailabilityStatus> {
        let sent = self.literals(parameter);
        let statuses = self.known_statuses(&sent);
        if statuses.is_empty() && !sent.is_empty() {
            self.missing(parameter);
        }
        statuses
    }

    /// Statuses of associations. At level 1 only those in force exist; at level 2 those asked for, Approved if none was.
    pub(super) fn association_statuses(&mut self, level: MetadataLevel) -> Vec<AvailabilityStatus> {
        use crate::xds::query::parameter::association::STATUS;
        let sent = self.literals(&STATUS);
        let statuses = self.known_statuses(&sent);
        match level {
            MetadataLevel::Two if !sent.is_empty() => statuses,
            MetadataLevel::One | MetadataLevel::Two => vec![AvailabilityStatus::Approved],
        }
    }

    /// Types of associations. One that is unknown relates nothing, and is no fault.
    pub(super) fn association_types(&mut self, parameter: &Parameter) -> Vec<AssociationType> {
        self.literals(parameter).iter().filter_map(|literal| AssociationType::of_urn(&literal.text)).collect()
    }

    /// Where documents may be.
    pub(super) fn availabilities(&mut self, parameter: &Parameter) -> Vec<DocumentAvailability> {
        let expected = Malformed { kind: "documentAvailability", expected: "the URN of Online or of Offline" };
        self.parsed(parameter, |text| DocumentAvailability::of_urn(text).ok_or(expected))
    }

    fn known_statuses(&self, sent: &[Literal]) -> Vec<AvailabilityStatus> {
        let known = sent.iter().filter_map(|literal| AvailabilityStatus::of_urn(&literal.text));
        known
            .filter(|status| match status {
                AvailabilityStatus::Approved | AvailabilityStatus::Deprecated => true,
                AvailabilityStatus::Archived | AvailabilityStatus::Deleted => self.profile == Profile::Dmp,
            })
            .collect()
    }

    /// Kinds of document entries, stable ones if none was sent.
    pub(super) fn entry_types(&mut self, parameter: &Parameter) -> Vec<DocumentEntryType> {
        let expected = Malformed { kind: "objectType", expected: "the UUID of stable or of on-demand entries" };
        let types = self.parsed(parameter, |text| DocumentEntryType::of_urn(text).ok_or(expected));
        if types.is_empty() { vec![DocumentEntryType::Stable] } else { types }
    }

    /// Codes of which any may hold.
    pub(super) fn codes(&mut self, parameter: &Parameter) -> Vec<Code> {
        self.code_lists(parameter).into_iter().flatten().collect()
    }

    /// Codes of which, list by list, any must hold.
    pub(super) fn code_lists(&mut self, parameter: &Parameter) -> Vec<Vec<Code>> {
        let lists = self.lists.get(parameter.name).cloned().unwrap_or_default();
        let mut read = Vec::with_capacity(lists.len());
        for list in lists {
            let mut codes = Vec::with_capacity(list.len());
            for literal in list {
                match code(&literal.text) {
                    Some(code) => codes.push(code),
                    None => self.add(&rule::CODE, parameter.name, "a code is code^^scheme, both parts needed"),
                }
            }
            read.push(codes);
        }
        read
    }

    /// A range of time, either end open.
    pub(super) fn range(&mut self, from: &Parameter, to: &Parameter) -> DateRange {
        DateRange {
            from: self.parsed(from, Dtm::parse).into_iter().next(),
            to: self.parsed(to, Dtm::parse).into_iter().next(),
        }
    }

    /// The objects that one of several parameters names: entryUUIDs, uniqueIds or, at level 2, logicalIDs.
    pub(super) fn objects(&mut self, by: &Ids, level: MetadataLevel) -> Option<Selector> {
        let choices: Vec<&'static Parameter> = [by.entry_uuid, by.unique_id].into_iter().chain(by.logical_id).collect();
        let chosen = self.selector(&choices)?;
        Some(if chosen == by.entry_uuid {
            Selector::EntryUuids(self.uuids(chosen))
        } else if chosen == by.unique_id {
            Selector::UniqueIds(self.unique_ids(chosen))
        } else {
            if level == MetadataLevel::One {
                self.add(&rule::LEVEL, chosen.name, "needs $MetadataLevel 2");
            }
            Selector::LogicalIds(self.logical_ids(chosen))
        })
    }

    /// Ids of objects. Upper case is taken: it names the same UUID.
    pub(super) fn uuids(&mut self, parameter: &Parameter) -> Vec<EntryUuid> {
        self.parsed(parameter, |text| EntryUuid::parse(&text.to_ascii_lowercase()))
    }

    fn logical_ids(&mut self, parameter: &Parameter) -> Vec<LogicalId> {
        self.parsed(parameter, |text| LogicalId::parse(&text.to_ascii_lowercase()))
    }

    fn unique_ids(&mut self, parameter: &Parameter) -> Vec<UniqueId> {
        self.parsed(parameter, UniqueId::parse)
    }

    /// Which of the parameters that exclude each other was sent.
    fn selector(&mut self, choices: &[&'static Parameter]) -> Option<&'static Parameter> {
        let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
        let mut sent = choices.iter().copied().filter(|choice| self.was_sent(choice));
        match (sent.next(), sent.next()) {
            (Some(chosen), None) => Some(chosen),
            (None, _) => {
                self.add(&rule::SELECTOR, &names.join(" or "), "one of them is required");
                None
            }
            (Some(_), Some(_)) => {
                let context = format!("{}: only one of them may stand", names.join(" and "));
                self.push(Finding::of(&rule::SELECTOR, context).coded(ErrorCode::StoredQueryParamNumber));
                None
            }
        }
    }

    /// How much history the answer shows.
    pub(super) fn level(&mut self) -> MetadataLevel {
        match self.literals(&METADATA_LEVEL).first().map(|literal| literal.text.as_str()) {
            None | Some("1") => MetadataLevel::One,
            Some("2") => MetadataLevel::Two,
            Some(_) => {
                self.add(&rule::LEVEL, METADATA_LEVEL.name, "must be 1 or 2");
                MetadataLevel::One
            }
        }
    }
}

/// `code^^scheme`.
fn code(text: &str) -> Option<Code> {
    let mut parts = text.split('^');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(value), Some(""), Some(scheme), None) if !value.is_empty() && !scheme.is_empty() => {
            Some(Code::new(value, scheme))
        }
        _ => None,
    }
}
