//! Every place of the table is reached by an element that is made from its line, and every rule has its words.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::rules;
use super::table::{Condition, Entry, Step, Table};
use super::walk::{Fits, Walk};
use crate::cda::finding::{Finding, Findings};
use crate::cda::rule::{Severities, Severity};
use crate::terminology::code_set::CodeSets;
use crate::xml::document::{Document, Node};
use crate::xml::limits::Limits;
use crate::xml::namespace::{DICOM_PS3_20, HL7V3, IHE_LAB, SDTC};

/// The elements from the root down to a place, each as its line asks for; `inside` stands in the last.
fn document_of(table: &Table, place: usize, inside: &str) -> String {
    let mut text = inside.to_owned();
    let mut next = Some(place);
    while let Some(entry) = next.and_then(|place| table.get(place)) {
        text = element(&entry.step, &text);
        next = entry.parent;
    }
    let prefixes = [("", HL7V3), (":sdtc", SDTC), (":lab", IHE_LAB), (":ps3-20", DICOM_PS3_20)];
    let declared: String = prefixes.iter().map(|(prefix, uri)| format!(" xmlns{prefix}='{uri}'")).collect();
    text.replacen("<ClinicalDocument", &format!("<ClinicalDocument{declared}"), 1)
}

fn element(step: &Step, inside: &str) -> String {
    let name = step.written.split(['!', '[']).next().unwrap();
    let (mut attributes, mut children) = (String::new(), String::new());
    for condition in &step.conditions {
        match condition {
            Condition::Holds(held) if !inside.starts_with(&format!("<{}", held.local)) => {
                children.push_str(&element(held, ""));
            }
            Condition::Has(attribute) => write!(attributes, " {attribute}='x'").unwrap(),
            Condition::Is { attribute, value, .. } => write!(attributes, " {attribute}='{value}'").unwrap(),
            Condition::In(set) => {
                let sets = CodeSets::built_in();
                let member = &sets.get(set).unwrap().concepts()[0];
                write!(attributes, " code='{}' codeSystem='{}'", member.code, member.system).unwrap();
            }
            Condition::Holds(_) | Condition::NotNull | Condition::HoldsNo(_) | Condition::IsNone { .. } => {}
        }
    }
    format!("<{name}{attributes}>{inside}{children}</{name}>")
}

/// The innermost first child of a document and the places that it fits.
fn last<'a>(table: &Table, document: &'a Document<'a>, depth: usize) -> (Node<'a, 'a>, Fits) {
    let (mut node, mut fits) = (document.root(), Fits::one(0));
    for _ in 1..depth {
        node = node.first_element_child().unwrap();
        fits = table.fitting(fits, node, &CodeSets::built_in(), |_, _| {});
    }
    (node, fits)
}

fn depth_of(table: &Table, place: usize) -> usize {
    std::iter::successors(Some(place), |place| table.get(*place).unwrap().parent).count()
}

fn places(of: fn(&Entry) -> bool) -> Vec<usize> {
    Table::of_build().all().filter(|(_, entry)| of(entry)).map(|(place, _)| place).collect()
}

#[test]
fn every_context_speaks_of_an_element_that_is_made_from_its_line() {
    let table = Table::of_build();
    let contexts = places(|entry| entry.context.is_some());
    assert_eq!(contexts.len(), 617);
    for place in contexts {
        let text = document_of(table, place, "");
        let document = Document::parse(&text, &Limits::default()).unwrap();
        let (_, fits) = last(table, &document, depth_of(table, place));
        let speaker = table.speaker(fits).and_then(|(_, entry)| entry.context);
        assert_eq!(speaker, table.get(place).unwrap().context, "{text}");
    }
}

#[test]
fn every_element_whose_content_is_known_warns_of_what_is_not() {
    let table = Table::of_build();
    let closed = places(|entry| entry.closed.is_some());
    assert_eq!(closed.len(), 148);
    let (severities, sets) = (Severities::default(), CodeSets::built_in());
    for place in closed {
        for (inside, warned) in [
            ("<unheardOf/>", true),
            ("<unheardOf xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>", false),
        ] {
            let text = document_of(table, place, inside);
            let document = Document::parse(&text, &Limits::default()).unwrap();
            let mut findings = Findings::new(&text, &severities, 1_000);
            let root = document.root();
            Walk::new(root, &sets, &mut findings).visit(root, Fits::one(0));
            let id = format!("SW{:03}", table.get(place).unwrap().closed.unwrap());
            let told = findings.into_sorted().findings;
            let is_meant = |finding: &&Finding| {
                finding.rule == id
                    && finding.severity == Severity::Warning
                    && finding.location.xpath.ends_with("unheardOf")
            };
            assert_eq!(told.iter().filter(is_meant).count(), usize::from(warned), "{id}: {text}");
        }
    }
}

#[test]
fn every_rule_has_an_id_of_its_own_and_words_in_two_languages() {
    let mut ids = HashSet::new();
    for rule in rules() {
        assert!(ids.insert(rule.id.as_ref()), "{} stands twice", rule.id);
        assert!(rule.help.fr.ends_with('.') && rule.help.en.ends_with('.'), "{}: {:?}", rule.id, rule.help);
        assert_ne!(rule.help.fr, rule.help.en, "{}", rule.id);
        assert!(!rule.spec.is_empty() && !rule.id.contains(' '), "{}", rule.id);
    }
    let of = |family: &str| ids.iter().filter(|id| id.starts_with(family)).count();
    assert_eq!((of("SW"), of("SV")), (149, 6));
}

#[test]
fn every_value_set_that_the_table_names_is_built_in() {
    use super::table::Demand;
    let sets = CodeSets::built_in();
    for (_, entry) in Table::of_build().all() {
        for demand in &entry.demands {
            if let Demand::Member { sets: named, .. } = demand {
                assert!(named.iter().all(|name| sets.get(name).is_some()), "{named:?}");
            }
        }
        for condition in &entry.step.conditions {
            if let Condition::In(name) = condition {
                assert!(sets.get(name).is_some(), "{name}");
            }
        }
    }
    assert!(sets.get(super::demand::CIVILITY).is_some() && sets.get(super::demand::TITLE).is_some());
}
