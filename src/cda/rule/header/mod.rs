//! The rules of the header: "Structuration minimale".
//!
//! What is demanded of an element stands in a table of facts (`header.rules`, its notation is told at its head) and is asked
//! in one walk; what a line cannot say is in `special`, what no official check asks in `prose`. Ids: `SM` and
//! the number of the element's context in the official list, with the demand after a slash (`SM001/setId`, `SM008/@code:J07`);
//! `SW` and a number for what is not in the model of an element, a warning; `SV` for the prose; `DT` for data types.
//! Spec: ANS "Structuration minimale" 1.16, kit of 2025-02-19.

mod demand;
mod notation;
mod prose;
mod special;
mod table;
mod walk;
mod wording;

use std::sync::LazyLock;

use crate::cda::document::ClinicalDocument;
use crate::cda::finding::Findings;
use crate::cda::rule::data_type::DataType;
use crate::cda::rule::header::table::{Count, Demand, Entry, Table};
use crate::cda::rule::header::walk::{Fits, Walk};
use crate::cda::rule::header::wording::{Part, Words};
use crate::cda::rule::{Rule, Severity};
use crate::terminology::code_set::CodeSets;
use crate::xml::document::{children, plain_attribute};
use crate::xml::namespace::HL7V3;

/// `typeId` of a CDA R2 document. Spec: HL7 CDA R2 §4.2.1.2.
const TYPE_ID: (&str, &str) = ("2.16.840.1.113883.1.3", "POCD_HD000040");

static TYPE: Rule = Rule::declared(
    "SW000",
    Severity::Warning,
    "Donnez au document le typeId 2.16.840.1.113883.1.3 / POCD_HD000040 : sans lui aucune règle de l'en-tête n'est vérifiée.",
    "Give the document the typeId 2.16.840.1.113883.1.3 / POCD_HD000040: without it no rule of the header is checked.",
    "ANS Structuration minimale, typeId",
);

/// Tells what is wrong with the header of a document.
pub fn check(clinical: ClinicalDocument<'_, '_>, sets: &CodeSets, findings: &mut Findings<'_>) {
    let document = clinical.element();
    let is_cda = children(document, HL7V3, "typeId").any(|id| {
        plain_attribute(id, "root") == Some(TYPE_ID.0) && plain_attribute(id, "extension") == Some(TYPE_ID.1)
    });
    if !is_cda {
        findings.tell(&TYPE, document, None, "a typeId 2.16.840.1.113883.1.3 / POCD_HD000040");
        return;
    }
    Walk::new(document, sets, findings).visit(document, Fits::one(0));
    prose::check(document, findings);
}

/// Every rule of the header: those of the table in its order, then those in code.
pub fn rules() -> &'static [Rule] {
    &RULES
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let table = Table::of_build();
    let mut rules: Vec<Rule> = Vec::new();
    for (place, entry) in table.all() {
        rules.extend(parts(table, entry).into_iter().map(|part| Words::of(table, place, part).rule));
    }
    rules.push(TYPE.clone());
    rules.extend(prose::RULES.iter().map(|rule| (*rule).clone()));
    rules
});

/// What the table demands of one element, for the documentation.
#[derive(Debug)]
pub struct Overview {
    /// The id that those of its demands begin with, or the first and the last of several.
    pub ids: String,
    /// The element.
    pub path: String,
    /// What is expected, each demand in a few words.
    pub demands: String,
    /// What breaking one means.
    pub severity: Severity,
}

/// The table, a line for each element; elements of which nothing but a data type is demanded, and what is not in the model,
/// share a line.
pub fn overview() -> &'static [Overview] {
    &OVERVIEW
}

static OVERVIEW: LazyLock<Vec<Overview>> = LazyLock::new(|| {
    let table = Table::of_build();
    let (mut lines, mut plain, mut closed) = (Vec::new(), 0, 0);
    for (place, entry) in table.all() {
        closed += usize::from(entry.closed.is_some());
        let Some(context) = entry.context else { continue };
        let parts: Vec<Part<'_>> =
            parts(table, entry).into_iter().filter(|part| !matches!(part, Part::Unknown | Part::Type(_))).collect();
        if parts.is_empty() {
            plain += 1;
            continue;
        }
        let data_type = entry.data_type.map(|data_type| format!("data type {}", data_type.name()));
        let words = parts.into_iter().map(|part| Words::of(table, place, part).expected);
        let demands: Vec<String> = data_type.into_iter().chain(words).collect();
        let path = wording::path_of(table, place);
        lines.push((context, path, demands.join("; ")));
    }
    lines.sort_by_key(|(context, ..)| *context);
    let error = Severity::Error;
    let of_line =
        |(context, path, demands)| Overview { ids: format!("SM{context:03}"), path, demands, severity: error };
    let mut lines: Vec<Overview> = lines.into_iter().map(of_line).collect();
    lines.push(Overview {
        ids: "SM019 … SM617".to_owned(),
        path: format!("{plain} more elements: parts of addresses, names, texts"),
        demands: "the rules of their data type; xsi:type, where it is there, is the declared type".to_owned(),
        severity: error,
    });
    lines.push(Overview {
        ids: "SW001 … SW148".to_owned(),
        path: format!("{closed} elements"),
        demands: "nothing inside that is not in the model".to_owned(),
        severity: Severity::Warning,
    });
    for rule in [&TYPE].into_iter().chain(prose::RULES.iter().copied()) {
        let (path, demands) = (rule.spec.clone().into_owned(), rule.help.en.clone().into_owned());
        lines.push(Overview { ids: rule.id.clone().into_owned(), path, demands, severity: rule.severity });
    }
    lines
});

/// What is demanded of an element, in the order in which it is asked.
fn parts<'t>(table: &Table, entry: &'t Entry) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    if entry.context.is_some() {
        parts.extend(entry.data_type.and_then(DataType::declared_name).map(Part::Type));
        for demand in &entry.demands {
            if let Demand::Names(path) = demand {
                parts.extend([Part::Prefix(path), Part::Suffix(path)]);
            } else {
                parts.push(Part::Demand(demand));
            }
        }
        let counted = |child: &&usize| table.get(**child).is_some_and(|child| child.count != Count::ANY);
        parts.extend(entry.children.iter().filter(counted).map(|child| Part::Child(*child)));
    }
    parts.extend(entry.closed.map(|_| Part::Unknown));
    parts
}

#[cfg(test)]
mod tests;
