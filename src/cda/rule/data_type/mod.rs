//! The rules of the HL7 data types, release 1, as the header of a French document is checked by them.
//!
//! Spec: HL7 V3 data types R1; the numbering of the ids is that of the public ART-DECOR checks (`dtr1-2-II` is `DT-II-2`),
//! which the official check of the header inherits. A type has the rules of the type it refines too. Not told: that a UUID
//! is in lower case, an information there, and the form that its own specification (RFC 9562) asks for.

mod address;
mod any;
mod code;
mod group;
pub(in crate::cda) mod identifier;
mod moment;
mod name;
mod quantity;
mod text;
mod time;

pub(in crate::cda) use group::Groups;
pub use moment::Moment;

use std::collections::HashSet;
use std::hash::Hash;

use crate::cda::finding::Findings;
use crate::cda::rule::Rule;
use crate::xml::document::{Node, plain_attribute};
use crate::xml::namespace::HL7V3;

/// Declares the rules of a file: name, id, severity, what is expected, help in French and in English.
macro_rules! typed_rules {
    ($($name:ident = $id:literal $severity:ident $expected:literal $fr:literal $en:literal;)+) => {
        $(static $name: $crate::cda::rule::data_type::Typed = $crate::cda::rule::data_type::Typed {
            rule: $crate::cda::rule::Rule::declared(
                $id,
                $crate::cda::rule::Severity::$severity,
                $fr,
                $en,
                $crate::cda::rule::data_type::SPEC,
            ),
            expected: $expected,
        };)+
        /// Every rule of this file.
        pub(super) static RULES: &[&$crate::cda::rule::Rule] = &[$(&$name.rule),+];
    };
}
use typed_rules;

/// Who demands them.
const SPEC: &str = "HL7 V3 data types R1, as inherited by ANS Structuration minimale";

/// A rule and what it expects.
struct Typed {
    rule: Rule,
    expected: &'static str,
}

impl Typed {
    /// Tells when a demand is not met.
    fn demand(&self, met: bool, element: Node<'_, '_>, findings: &mut Findings<'_>) {
        if !met {
            findings.tell(&self.rule, element, None, self.expected);
        }
    }

    /// The same, quoting the attribute that is at fault.
    fn demand_of(&self, met: bool, element: Node<'_, '_>, found: Option<&str>, findings: &mut Findings<'_>) {
        if !met {
            findings.tell(&self.rule, element, found, self.expected);
        }
    }
}

/// Every rule of the data types.
pub(in crate::cda) fn rules() -> impl Iterator<Item = &'static Rule> {
    let files = [
        any::RULES,
        identifier::RULES,
        code::RULES,
        text::RULES,
        name::RULES,
        address::RULES,
        quantity::RULES,
        time::RULES,
    ];
    files.into_iter().flatten().copied()
}

/// A data type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// Anything.
    Any,
    /// A truth value.
    Bl,
    /// An identifier.
    Ii,
    /// A code with its translations and qualifiers.
    Cd,
    /// A code with its translations.
    Ce,
    /// A code.
    Cv,
    /// A code whose system is known from its place.
    Cs,
    /// A qualifier of a code.
    Cr,
    /// Bytes.
    Bin,
    /// A document inside.
    Ed,
    /// A text.
    St,
    /// A text with a code.
    Sc,
    /// Part of a name.
    Enxp,
    /// Part of an address.
    Adxp,
    /// A name.
    En,
    /// Name of a person.
    Pn,
    /// Name of an organisation.
    On,
    /// A name without parts.
    Tn,
    /// An address.
    Ad,
    /// A locator.
    Url,
    /// A telecommunication address.
    Tel,
    /// A quantity.
    Qty,
    /// A whole number.
    Int,
    /// A whole number from one.
    IntPos,
    /// A number with a unit.
    Pq,
    /// A point in time.
    Ts,
    /// A span of time.
    IvlTs,
    /// A bound of a span.
    IvxbTs,
    /// A point in time as part of a set.
    SxcmTs,
}

/// Name in documents and in the table of the header.
const NAMES: [(&str, DataType); 29] = [
    ("ANY", DataType::Any),
    ("BL", DataType::Bl),
    ("II", DataType::Ii),
    ("CD", DataType::Cd),
    ("CE", DataType::Ce),
    ("CV", DataType::Cv),
    ("CS", DataType::Cs),
    ("CR", DataType::Cr),
    ("BIN", DataType::Bin),
    ("ED", DataType::Ed),
    ("ST", DataType::St),
    ("SC", DataType::Sc),
    ("ENXP", DataType::Enxp),
    ("ADXP", DataType::Adxp),
    ("EN", DataType::En),
    ("PN", DataType::Pn),
    ("ON", DataType::On),
    ("TN", DataType::Tn),
    ("AD", DataType::Ad),
    ("URL", DataType::Url),
    ("TEL", DataType::Tel),
    ("QTY", DataType::Qty),
    ("INT", DataType::Int),
    ("INT.POS", DataType::IntPos),
    ("PQ", DataType::Pq),
    ("TS", DataType::Ts),
    ("IVL_TS", DataType::IvlTs),
    ("IVXB_TS", DataType::IvxbTs),
    ("SXCM_TS", DataType::SxcmTs),
];

impl DataType {
    /// The type of a name.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, data_type)| *data_type)
    }

    /// The name of the type.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// What `xsi:type` may say on an element of this type; nothing is demanded where anything may stand.
    pub fn declared_name(self) -> Option<&'static str> {
        if self == Self::IntPos {
            return Some("INT");
        }
        (self != Self::Any).then(|| self.name())
    }

    /// Tells what an element of this type breaks.
    pub(in crate::cda) fn check(self, element: Node<'_, '_>, groups: &mut Groups, findings: &mut Findings<'_>) {
        any::any(element, findings);
        match self {
            Self::Any | Self::Bl => {}
            Self::Ii => identifier::ii(element, groups, findings),
            Self::Cd => code::cd(element, groups, findings),
            Self::Ce | Self::Cv => code::ce(element, groups, findings),
            Self::Cs => code::cs(element, findings),
            Self::Cr => code::cr(element, findings),
            Self::Bin => text::bin(element, findings),
            Self::Ed => text::ed(element, findings),
            Self::St | Self::Enxp => text::st(element, findings),
            Self::Sc => text::sc(element, findings),
            Self::Adxp => text::adxp(element, findings),
            Self::En => name::en(element, groups, findings),
            Self::Pn => name::pn(element, groups, findings),
            Self::On => name::on(element, groups, findings),
            Self::Tn => name::tn(element, groups, findings),
            Self::Ad => address::ad(element, groups, findings),
            Self::Url => address::url(element, groups, findings),
            Self::Tel => address::tel(element, groups, findings),
            Self::Qty => quantity::qty(element, groups, findings),
            Self::Int => quantity::int(element, groups, findings),
            Self::IntPos => quantity::int_pos(element, groups, findings),
            Self::Pq => quantity::pq(element, groups, findings),
            Self::Ts => time::ts(element, groups, findings),
            Self::IvlTs => time::ivl_ts(element, groups, findings),
            Self::IvxbTs => time::ivxb_ts(element, groups, findings),
            Self::SxcmTs => time::sxcm_ts(element, groups, findings),
        }
    }
}

/// The value of an attribute without namespace.
fn own<'a>(element: Node<'a, '_>, attribute: &str) -> Option<&'a str> {
    plain_attribute(element, attribute)
}

fn is_null(element: Node<'_, '_>) -> bool {
    own(element, "nullFlavor").is_some()
}

/// The child elements.
fn elements<'a, 'i>(parent: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    parent.children().filter(Node::is_element)
}

/// The child elements of HL7 of that name.
fn named<'a, 'i>(parent: Node<'a, 'i>, local: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(parent).filter(move |child| is_hl7(*child, local))
}

fn has(parent: Node<'_, '_>, local: &'static str) -> bool {
    named(parent, local).next().is_some()
}

fn is_hl7(element: Node<'_, '_>, local: &str) -> bool {
    element.tag_name().name() == local && element.tag_name().namespace() == Some(HL7V3)
}

/// The elements of HL7 of that name at any depth.
fn within<'a, 'i>(parent: Node<'a, 'i>, local: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    parent.descendants().skip(1).filter(move |inner| inner.is_element() && is_hl7(*inner, local))
}

/// The siblings of the same local name.
fn others<'a, 'i>(element: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    let siblings = element.parent().into_iter().flat_map(|parent| parent.children());
    siblings.filter(move |other| {
        other.is_element() && *other != element && other.tag_name().name() == element.tag_name().name()
    })
}

/// White space of XML.
fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Whether text other than white space stands directly in an element.
fn has_text(element: Node<'_, '_>) -> bool {
    element.children().any(|child| child.is_text() && !child.text().is_none_or(is_blank))
}

/// Whether an element holds no text but white space, at any depth.
fn is_empty(element: Node<'_, '_>) -> bool {
    element.descendants().filter(Node::is_text).all(|text| text.text().is_none_or(is_blank))
}

/// The `@use`s and texts of an element in their order: as names and addresses are compared.
fn content(element: Node<'_, '_>) -> String {
    element
        .descendants()
        .filter_map(
            |inner| if inner.is_element() { own(inner, "use") } else { inner.text().filter(|_| inner.is_text()) },
        )
        .collect()
}

/// Whether the values of an iterator differ from one another.
fn distinct<T: Eq + Hash>(mut values: impl Iterator<Item = T>) -> bool {
    let Some(first) = values.next() else { return true };
    let mut seen = HashSet::from([first]);
    values.all(|value| seen.insert(value))
}

#[cfg(test)]
mod tests;
