//! One walk through a header beside the table.
//!
//! An element is matched by the places of the table that its parent was matched by, so nothing is searched for; nothing is
//! allocated unless something is wrong. Of several places that fit an element the one with the smallest number speaks.

use std::collections::HashMap;

use crate::cda::finding::Findings;
use crate::cda::rule::data_type::Groups;
use crate::cda::rule::header::demand;
use crate::cda::rule::header::special::Special;
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
    /// What was found of demands that look at the whole document: each is asked once.
    pub(super) of_document: HashMap<Special, bool>,
    /// Siblings that were compared.
    pub(super) groups: Groups,
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

impl Table {
    /// Of the places that an element fits, the one whose rule speaks of it.
    pub(super) fn speaker(&self, fits: Fits) -> Option<(usize, &Entry)> {
        let entries = fits.iter().filter_map(|place| self.get(place).map(|entry| (place, entry)));
        entries.filter(|(_, entry)| entry.context.is_some()).min_by_key(|(_, entry)| entry.context)
    }

    /// The places that a child fits, of those below the places that its parent fits; tells each: the parent's place, and which
    /// of its kinds.
    pub(super) fn fitting(
        &self,
        parent: Fits,
        child: Node<'_, '_>,
        sets: &CodeSets,
        mut tell: impl FnMut(usize, usize),
    ) -> Fits {
        let mut fits = Fits::default();
        for place in parent.iter() {
            let kinds = self.get(place).map_or(&[][..], |entry| &entry.children);
            for (kind, known) in kinds.iter().enumerate() {
                if self.get(*known).is_some_and(|known| known.step.fits(child, sets)) {
                    fits.put(*known);
                    tell(place, kind);
                }
            }
        }
        fits
    }
}

impl<'w, 'r, 'd, 'i> Walk<'w, 'r, 'd, 'i> {
    /// Before the first step.
    pub(super) fn new(document: Node<'d, 'i>, sets: &'w CodeSets, findings: &'w mut Findings<'r>) -> Self {
        let (of_document, groups) = (HashMap::new(), Groups::default());
        Self { table: Table::of_build(), sets, findings, document, of_document, groups }
    }

    /// Whether an element meets a demand in code.
    pub(super) fn meets(&mut self, special: Special, element: Node<'_, '_>) -> bool {
        if special.is_of_element() {
            return special.is_met(element, self.document);
        }
        let document = self.document;
        *self.of_document.entry(special).or_insert_with(|| special.is_met(document, document))
    }

    /// Asks what is demanded of an element and of everything in it.
    pub(super) fn visit(&mut self, element: Node<'_, '_>, fits: Fits) {
        let speaker = self.table.speaker(fits);
        if let Some((place, entry)) = speaker {
            self.demands(place, entry, element);
        }
        let is_closed = |place: &usize| self.table.get(*place).is_some_and(|entry| entry.closed.is_some());
        let closed = fits.iter().find(is_closed);
        let mut counts = [0_u16; MOST_KINDS];
        for child in element.children().filter(Node::is_element) {
            let inner = self.table.fitting(fits, child, self.sets, |place, kind| {
                let counted = speaker.is_some_and(|(speaker, _)| speaker == place);
                if let Some(count) = counts.get_mut(kind).filter(|_| counted) {
                    *count = count.saturating_add(1);
                }
            });
            if inner.number > 0 {
                self.visit(child, inner);
            } else if let Some(place) = closed.filter(|_| !is_nil(child)) {
                self.tell(place, Part::Unknown, child, Some(child.tag_name().name()));
            }
        }
        if let Some((place, entry)) = speaker {
            self.numbers(place, entry, element, &counts);
        }
    }

    /// Data type and attributes.
    fn demands(&mut self, place: usize, entry: &Entry, element: Node<'_, '_>) {
        if let Some(data_type) = entry.data_type {
            data_type.check(element, &mut self.groups, self.findings);
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
        let words = if self.findings.is_full() {
            // It is counted, and nobody reads its words.
            Words::unread(self.table, place, part)
        } else {
            Words::of(self.table, place, part)
        };
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
