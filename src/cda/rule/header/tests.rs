//! Every place of the table is reached by an element that is made from its line, and every rule has its words.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::table::{Condition, Demand, Entry, Step, Syntax, Table};
use super::walk::{Fits, Walk};
use super::wording::{Part, Words};
use super::{parts, rules};
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
    declaring(&text)
}

/// A document with the namespaces that its names use.
fn declaring(text: &str) -> String {
    let xsi = ("xsi", "http://www.w3.org/2001/XMLSchema-instance");
    let mut root = format!("<ClinicalDocument xmlns='{HL7V3}'");
    for (prefix, uri) in [("sdtc", SDTC), ("lab", IHE_LAB), ("ps3-20", DICOM_PS3_20), xsi] {
        write!(root, " xmlns:{prefix}='{uri}'").unwrap();
    }
    text.replacen("<ClinicalDocument", &root, 1)
}

fn element(step: &Step, inside: &str) -> String {
    let name = step.written.split(['!', '[']).next().unwrap();
    let (mut attributes, mut children) = (String::new(), String::new());
    for condition in &step.conditions {
        match condition {
            Condition::Holds(held) if !inside.starts_with(element(held, "").split('>').next().unwrap()) => {
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

/// What has to be said of an element, and what has to stand in it, for a demand to be broken.
#[derive(Default)]
struct Breach {
    attribute: Option<(&'static str, &'static str)>,
    without: Option<&'static str>,
    inside: String,
}

/// How a part is broken; nothing when its own condition keeps it, or when it is code that looks at the whole document.
fn breach(table: &Table, entry: &Entry, part: Part<'_>) -> Option<Breach> {
    let fixed = |attribute: &str| {
        entry.step.conditions.iter().any(|condition| match condition {
            Condition::Is { attribute: own, .. } => *own == attribute,
            Condition::In(_) => matches!(attribute, "code" | "codeSystem"),
            Condition::NotNull
            | Condition::Holds(_)
            | Condition::HoldsNo(_)
            | Condition::Has(_)
            | Condition::IsNone { .. } => false,
        })
    };
    let saying = |attribute, value| Some(Breach { attribute: Some((attribute, value)), ..Breach::default() });
    let holding = |inside| Some(Breach { inside, ..Breach::default() });
    let copies = |step: &Step, number: u16| element(step, "").repeat(usize::from(number));
    match part {
        Part::Type(_) => saying("xsi:type", "zz"),
        Part::Prefix(path) | Part::Suffix(path) => {
            let name = if matches!(part, Part::Prefix(_)) { "prefix" } else { "suffix" };
            let nested = path
                .split('/')
                .rev()
                .fold(format!("<name><{name}>zz</{name}></name>"), |inside, step| format!("<{step}>{inside}</{step}>"));
            holding(nested)
        }
        Part::Child(child) => {
            let child = table.get(child).unwrap();
            // Too many where there is a bound: an element that its parent's condition asks for cannot be missing.
            let number = if child.count.most == u16::MAX { 0 } else { child.count.most + 1 };
            holding(copies(&child.step, number))
        }
        Part::Unknown => None,
        Part::Demand(demand) => match demand {
            Demand::Required(attribute) => {
                let kept = fixed(attribute)
                    || entry.step.conditions.iter().any(|own| matches!(own, Condition::Has(had) if had == attribute));
                (!kept).then(|| Breach { without: Some(attribute), ..Breach::default() })
            }
            Demand::Fixed { attribute, .. }
            | Demand::FixedIfThere { attribute, .. }
            | Demand::OneOf { attribute, .. }
            | Demand::Member { attribute, .. } => saying(attribute, "zz").filter(|_| !fixed(attribute)),
            Demand::Reads(attribute, syntax) => {
                let value = match syntax {
                    Syntax::Uid | Syntax::Oid => "1..2",
                    Syntax::St => "",
                    Syntax::Cs => "a b",
                    Syntax::Ts | Syntax::Int => "x",
                };
                saying(attribute, value).filter(|_| !fixed(attribute))
            }
            Demand::Choice { of, count, .. } => {
                let number = if count.least > 0 { 0 } else { count.most + 1 };
                holding(of.first().map(|kind| copies(&table.get(*kind).unwrap().step, number)).unwrap_or_default())
            }
            Demand::Names(_) | Demand::Special(_) => None,
        },
    }
}

/// A document that breaks a part at a place.
fn broken_at(table: &Table, place: usize, breach: &Breach) -> String {
    let entry = table.get(place).unwrap();
    let mut own = element(&entry.step, &breach.inside);
    let name_ends = own.find([' ', '>']).unwrap();
    if let Some((attribute, value)) = breach.attribute {
        let stated = format!(" {attribute}='x'");
        own = own.replacen(&stated, "", 1);
        own.insert_str(name_ends, &format!(" {attribute}='{value}'"));
    }
    if let Some(attribute) = breach.without {
        assert!(!own.split('>').next().unwrap().contains(&format!(" {attribute}=")), "{own}");
    }
    let mut text = own;
    let mut next = entry.parent;
    while let Some(entry) = next.and_then(|place| table.get(place)) {
        text = element(&entry.step, &text);
        next = entry.parent;
    }
    declaring(&text)
}

#[test]
fn every_demand_of_the_table_is_broken_by_an_element_that_is_made_for_it() {
    let table = Table::of_build();
    let (severities, sets) = (Severities::default(), CodeSets::built_in());
    let (mut broken, mut kept) = (0, 0);
    for (place, entry) in table.all() {
        for part in parts(table, entry) {
            let Some(breach) = breach(table, entry, part) else {
                kept += 1;
                continue;
            };
            let text = broken_at(table, place, &breach);
            let document = Document::parse(&text, &Limits::default()).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            let mut findings = Findings::new(&text, &severities, 1_000);
            Walk::new(document.root(), &sets, &mut findings).visit(document.root(), Fits::one(0));
            let id = Words::of(table, place, part).rule.id;
            let told = findings.into_sorted().findings;
            assert!(told.iter().any(|finding| finding.rule == id), "{id}: {text}");
            broken += 1;
        }
    }
    // Kept: what the condition of its own line makes true, what is not in a model (148, above), and what code says of a
    // whole document or of an element (`tests/cda_header`).
    assert_eq!((broken, kept), (1482, 260));
}
