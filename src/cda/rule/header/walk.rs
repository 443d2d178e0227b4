//! One walk through a header beside the table.
//!
//! An element is matched by the places of the table that its parent was matched by, so nothing is searched for; nothing is
//! allocated unless something is wrong. Of several places that fit an element the one with the smallest number speaks.

use crate::cda::finding::Findings;
use crate::cda::rule::header::demand;
use crate::cda::rule::header::table::{Demand, Entry, Table};
use crate::cda::rule::header::wording::{Part, Words};
use crate::terminology::code_set::CodeSets;
use crate::xml::document::{Attribute, Node};
use crate::xml::namespace::{HL7V3, XSI};

/// Places that one element fits: an `id` of a certain root and an `id` at all are the most there are.
const MOST_FITS: usize = 4;
/// Kinds of children of one element: `ClinicalDocument` has the most.
const MOST_KINDS: usize = 40;

/// What a walk carries.
pub(super) struct Walk<'w, 'r, 'd, 'i> {
    pub(super) table: &'static Table,
    pub(super) sets: &'w CodeSets,
    pub(super) findings: &'w mut Findings<'r>,
    /// The `ClinicalDocument`.
    pub(super) document: Node<'d, 'i>,
}

/// The places that an element fits.
#[derive(Clone, Copy, Default)]
pub(super) struct Fits {
    places: [usize; MOST_FITS],
    number: usize,
}

impl Fits {
    /// A single place.
    pub(super) fn one(place: usize) -> Self {
        let mut fits = Self::default();
        fits.put(place);
        fits
    }

    fn put(&mut self, place: usize) {
        if let Some(free) = self.places.get_mut(self.number) {
            *free = place;
            self.number += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        self.places.into_iter().take(self.number)
    }
}

impl Walk<'_, '_, '_, '_> {
    /// Asks what is demanded of an element and of everything in it.
    pub(super) fn visit(&mut self, element: Node<'_, '_>, fits: Fits) {
        let table = self.table;
        let entries = || fits.iter().filter_map(|place| table.get(place).map(|entry| (place, entry)));
        let speaks = entries().filter(|(_, entry)| entry.context.is_some()).min_by_key(|(_, entry)| entry.context);
        if let Some((place, entry)) = speaks {
            self.demands(place, entry, element);
        }
        let closed = entries().find(|(_, entry)| entry.closed.is_some()).map(|(place, _)| place);
        let mut counts = [0_u16; MOST_KINDS];
        for child in element.children().filter(Node::is_element) {
            let mut inner = Fits::default();
            for (place, entry) in entries() {
                let counted = speaks.is_some_and(|(speaker, _)| speaker == place);
                for (kind, known) in entry.children.iter().enumerate() {
                    if table.get(*known).is_some_and(|known| known.step.fits(child, self.sets)) {
                        inner.put(*known);
                        if let Some(count) = counts.get_mut(kind).filter(|_| counted) {
                            *count = count.saturating_add(1);
                        }
                    }
                }
            }
            if inner.number > 0 {
                self.visit(child, inner);
            } else if let Some(place) = closed.filter(|_| !is_nil(child)) {
                let found = child.tag_name().name();
                self.tell(place, Part::Unknown, child, Some(found));
            }
        }
        if let Some((place, entry)) = speaks {
            self.numbers(place, entry, element, &counts);
        }
    }

    /// Data type and attributes.
    fn demands(&mut self, place: usize, entry: &Entry, element: Node<'_, '_>) {
        if let Some(data_type) = entry.data_type {
            data_type.check(element, self.findings);
            let stated = element.attributes().find(|own| own.namespace() == Some(XSI) && own.name() == "type");
            if let (Some(declared), Some(stated)) = (data_type.declared_name(), stated)
                && !names_type(element, &stated, declared)
            {
                self.tell(place, Part::Type(declared), element, Some(stated.value()));
            }
        }
        for demand in &entry.demands {
            demand::check(self, place, demand, element);
        }
    }

    /// How many children of each kind.
    fn numbers(&mut self, place: usize, entry: &Entry, element: Node<'_, '_>, counts: &[u16; MOST_KINDS]) {
        for (kind, known) in entry.children.iter().enumerate() {
            let number = counts.get(kind).copied().unwrap_or(0);
            if self.table.get(*known).is_some_and(|known| !known.count.admits(number)) {
                self.tell(place, Part::Child(*known), element, Some(&number.to_string()));
            }
        }
        for demand in &entry.demands {
            let Demand::Choice { of, count, .. } = demand else { continue };
            let one = |(kind, known): (usize, &usize)| counts.get(kind).filter(|_| of.contains(known)).copied();
            let number = entry.children.iter().enumerate().filter_map(one).sum();
            if !count.admits(number) {
                self.tell(place, Part::Demand(demand), element, Some(&number.to_string()));
            }
        }
    }

    /// Tells that a rule is broken. Only here words are made.
    pub(super) fn tell(&mut self, place: usize, part: Part<'_>, element: Node<'_, '_>, found: Option<&str>) {
        let words = Words::of(self.table, place, part);
        self.tell_expecting(words, element, found);
    }

    pub(super) fn tell_expecting(&mut self, words: Words, element: Node<'_, '_>, found: Option<&str>) {
        self.findings.tell(&words.rule, element, found, words.expected);
    }
}

fn is_nil(element: Node<'_, '_>) -> bool {
    element.attributes().any(|own| own.namespace() == Some(XSI) && own.name() == "nil" && own.value() == "true")
}

/// Whether `xsi:type` names a type of HL7; one without prefix is in the default namespace.
fn names_type(element: Node<'_, '_>, stated: &Attribute<'_, '_>, declared: &str) -> bool {
    let name = stated.value().trim();
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, name),
    };
    local == declared && element.lookup_namespace_uri(prefix) == Some(HL7V3)
}
