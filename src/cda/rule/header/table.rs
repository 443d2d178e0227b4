//! What the table of the header says, as values.

use std::sync::LazyLock;

use crate::cda::rule::data_type::DataType;
use crate::cda::rule::header::notation;
use crate::cda::rule::header::special::Special;
use crate::terminology::code_set::CodeSets;
use crate::xml::document::{Node, plain_attribute};
use crate::xml::namespace::HL7V3;

static TABLE: LazyLock<Table> = LazyLock::new(|| notation::read(notation::TEXT).unwrap_or_default());

/// The elements of a header, the first of them `ClinicalDocument`.
#[derive(Debug, Default)]
pub(super) struct Table(pub(super) Vec<Entry>);

/// An element as one place of the header knows it.
#[derive(Debug)]
pub(super) struct Entry {
    /// The number of the rule that speaks of it (`SM`).
    pub(super) context: Option<u16>,
    /// The number of the rule that knows what stands in it (`SW`).
    pub(super) closed: Option<u16>,
    /// Which elements are meant.
    pub(super) step: Step,
    /// How many the parent's rule demands.
    pub(super) count: Count,
    /// The type of data whose rules hold for it.
    pub(super) data_type: Option<DataType>,
    /// What else is demanded of it.
    pub(super) demands: Vec<Demand>,
    /// The place of its parent in the table.
    pub(super) parent: Option<usize>,
    /// The places of what may stand in it.
    pub(super) children: Vec<usize>,
}

/// A name with conditions.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// As it is written in the table.
    pub(super) written: &'static str,
    pub(super) namespace: &'static str,
    pub(super) local: &'static str,
    pub(super) conditions: Vec<Condition>,
}

/// A condition on an element.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// It has no nullFlavor.
    NotNull,
    /// It holds an element.
    Holds(Step),
    /// It holds none of that name.
    HoldsNo(&'static str),
    /// It has an attribute.
    Has(&'static str),
    /// An attribute has a value, or it has a nullFlavor where that is said.
    Is { attribute: &'static str, value: &'static str, or_null: bool },
    /// An attribute has none of these values; it may be missing.
    IsNone { attribute: &'static str, values: Vec<&'static str> },
    /// Code and system together are in a value set.
    In(&'static str),
}

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) least: u16,
    /// `u16::MAX` when there is no bound.
    pub(super) most: u16,
}

/// A demand on an element, besides the number of its children.
#[derive(Debug)]
pub(super) enum Demand {
    /// An attribute is there.
    Required(&'static str),
    /// An attribute has a value, or there is a nullFlavor where that is said.
    Fixed { attribute: &'static str, value: &'static str, or_null: bool },
    /// An attribute that is there has a value.
    FixedIfThere { attribute: &'static str, value: &'static str },
    /// An attribute has one of these values.
    OneOf { attribute: &'static str, values: Vec<&'static str>, if_there: bool },
    /// An attribute that is there reads as that.
    Reads(&'static str, Syntax),
    /// Each word of an attribute that is there is in one of the value sets.
    Member { attribute: &'static str, sets: Vec<&'static str> },
    /// So many of several kinds of children together.
    Choice { of: Vec<usize>, written: &'static str, count: Count },
    /// Prefixes and suffixes of the names below a path are in their value sets.
    Names(&'static str),
    /// What only code can say.
    Special(Special),
}

/// How an attribute reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// OID, UUID, or a reserved identifier.
    Uid,
    /// OID.
    Oid,
    /// Not empty.
    St,
    /// Not empty, no blank.
    Cs,
    /// Begins with a date.
    Ts,
    /// A whole number.
    Int,
}

impl Count {
    /// Nothing is said.
    pub(super) const ANY: Self = Self { least: 0, most: u16::MAX };

    pub(super) fn admits(self, number: u16) -> bool {
        self.least <= number && number <= self.most
    }
}

impl Table {
    /// The table of this build.
    pub(super) fn of_build() -> &'static Self {
        &TABLE
    }

    pub(super) fn get(&self, place: usize) -> Option<&Entry> {
        self.0.get(place)
    }

    /// The elements with their places.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.0.iter().enumerate()
    }
}

impl Step {
    /// Whether an element is meant.
    pub(super) fn fits(&self, element: Node<'_, '_>, sets: &CodeSets) -> bool {
        let name = element.tag_name();
        name.name() == self.local
            && name.namespace() == Some(self.namespace)
            && self.conditions.iter().all(|condition| condition.holds(element, sets))
    }
}

impl Condition {
    fn holds(&self, element: Node<'_, '_>, sets: &CodeSets) -> bool {
        let own = |attribute: &str| plain_attribute(element, attribute);
        match self {
            Self::NotNull => own("nullFlavor").is_none(),
            Self::Holds(step) => element.children().any(|child| child.is_element() && step.fits(child, sets)),
            Self::HoldsNo(local) => !element.children().any(|child| {
                child.is_element() && child.tag_name().name() == *local && child.tag_name().namespace() == Some(HL7V3)
            }),
            Self::Has(attribute) => own(attribute).is_some(),
            Self::Is { attribute, value, or_null } => {
                own(attribute) == Some(value) || (*or_null && own("nullFlavor").is_some())
            }
            Self::IsNone { attribute, values } => own(attribute).is_none_or(|value| !values.contains(&value)),
            Self::In(set) => match (sets.get(set), own("code"), own("codeSystem")) {
                (Some(set), Some(code), Some(system)) => set.contains(code, system),
                _ => false,
            },
        }
    }
}
