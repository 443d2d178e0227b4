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
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::Slot;
use crate::xds::query::id::StoredQueryId;
use crate::xds::query::literal::{self, Literal};
use crate::xds::query::parameter::{METADATA_LEVEL, Need, Parameter, Values, of_query};
use crate::xds::query::{DateRange, MetadataLevel};

/// Values that one parameter may have: what a query costs grows with them.
const MOST_VALUES: usize = 1000;
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
                    self.refuse("QUERY-SYNTAX", parameter.name, &error.to_string());
                }
            }
        }
        let before: usize = self.lists.get(parameter.name).into_iter().flatten().map(Vec::len).sum();
        if before + literals.len() > MOST_VALUES {
            if self.unread.insert(parameter.name) {
                let context = format!("more than {MOST_VALUES} values");
                self.add("QUERY-NUMBER", ErrorCode::StoredQueryParamNumber, parameter.name, &context);
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
                self.add("QUERY-REPEATED", ErrorCode::StoredQueryParamNumber, parameter.name, context);
            } else if several {
                let context = format!("takes one value, found {values}");
                self.add("QUERY-NUMBER", ErrorCode::StoredQueryParamNumber, parameter.name, &context);
            }
        }
    }

    /// Adds the finding for which ITI-18 has no better code.
    pub(super) fn refuse(&mut self, rule: &'static str, parameter: &str, context: &str) {
        self.add(rule, ErrorCode::RegistryError, parameter, context);
    }

    fn add(&mut self, rule: &'static str, code: ErrorCode, parameter: &str, context: &str) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(Finding::error(rule, code, format!("{parameter}: {context}")));
        }
    }

    fn was_sent(&self, parameter: &Parameter) -> bool {
        self.lists.contains_key(parameter.name) || self.unread.contains(parameter.name)
    }

    fn missing(&mut self, parameter: &Parameter) {
        self.add("QUERY-REQUIRED", ErrorCode::StoredQueryMissingParam, parameter.name, "is required");
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// All literals of a parameter, its slots put together. A required one that has none is reported.
    fn literals(&mut self, parameter: &Parameter) -> Vec<Literal> {
        let literals: Vec<Literal> = self.lists.get(parameter.name).into_iter().flatten().flatten().cloned().collect();
        if !self.was_sent(parameter) && self.required.contains(&parameter.name) {
            self.missing(parameter);
        }
        literals
    }

    fn parsed<T>(&mut self, parameter: &Parameter, parse: impl Fn(&str) -> Result<T, Malformed>) -> Vec<T> {
        let mut values = Vec::new();
        for literal in self.literals(parameter) {
            match parse(&literal.text) {
                Ok(value) => values.push(value),
                Err(malformed) => self.refuse("QUERY-VALUE", parameter.name, &malformed.to_string()),
            }
        }
        values
    }

    /// Texts and patterns.
    pub(super) fn texts(&mut self, parameter: &Parameter) -> Vec<String> {
        self.literals(parameter).into_iter().map(|literal| literal.text).collect()
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

    /// Statuses, Approved if none was sent.
    pub(super) fn optional_statuses(&mut self, parameter: &Parameter) -> Vec<AvailabilityStatus> {
        let sent = self.literals(parameter);
        let statuses = self.known_statuses(&sent);
        if sent.is_empty() { vec![AvailabilityStatus::Approved] } else { statuses }
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
                    None => self.refuse("QUERY-CODE", parameter.name, "a code is code^^scheme, both parts needed"),
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

    /// Ids of objects. Upper case is taken: it names the same UUID.
    pub(super) fn uuids(&mut self, parameter: &Parameter) -> Vec<EntryUuid> {
        self.parsed(parameter, |text| EntryUuid::parse(&text.to_ascii_lowercase()))
    }

    pub(super) fn logical_ids(&mut self, parameter: &Parameter) -> Vec<LogicalId> {
        self.parsed(parameter, |text| LogicalId::parse(&text.to_ascii_lowercase()))
    }

    pub(super) fn unique_ids(&mut self, parameter: &Parameter) -> Vec<UniqueId> {
        self.parsed(parameter, UniqueId::parse)
    }

    /// Which of the parameters that exclude each other was sent.
    pub(super) fn selector(&mut self, choices: &[&'static Parameter]) -> Option<&'static Parameter> {
        let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
        let mut sent = choices.iter().copied().filter(|choice| self.was_sent(choice));
        match (sent.next(), sent.next()) {
            (Some(chosen), None) => Some(chosen),
            (None, _) => {
                let code = ErrorCode::StoredQueryMissingParam;
                self.add("QUERY-SELECTOR", code, &names.join(" or "), "one of them is required");
                None
            }
            (Some(_), Some(_)) => {
                let code = ErrorCode::StoredQueryParamNumber;
                self.add("QUERY-SELECTOR", code, &names.join(" and "), "only one of them may stand");
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
                self.refuse("QUERY-LEVEL", METADATA_LEVEL.name, "must be 1 or 2");
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
