//! One thing that a schema finds wrong, read out of what libxml2 says.

use crate::xml::document::Node;
use crate::xml::namespace::XSI;
use crate::xml::schema::libxml2::Said;
use crate::xml::schema::source::INTERNAL_ERROR;

/// What is wrong. The numbers in `Kind::of` are libxml2's, named for the clauses of XML Schema part 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An element stands where its parent may not have it.
    Unexpected,
    /// An element ends before all that it must hold.
    Missing,
    /// Text where only elements may be, or nothing at all.
    Text,
    /// An attribute that its element does not know.
    AttributeUnknown,
    /// An attribute that its element must have.
    AttributeMissing,
    /// The value of an attribute, or of an element that holds a value.
    Value,
    /// `xsi:type` names no type, or one that may not stand here; or the type is abstract and `xsi:type` is absent.
    Type,
    /// `xsi:nil` where it may not be, or content in spite of it.
    Nil,
    /// The schema knows no document that opens with this element.
    Root,
    /// Anything else.
    Other,
    /// The judgement was broken off: there is no verdict.
    Internal,
}

impl Kind {
    fn of(code: i32, message: &str) -> Self {
        match code {
            INTERNAL_ERROR => Self::Internal,
            1824..=1826 | 1829..=1840 | 1861..=1865 | 1874 => Self::Value,
            1841 | 1842 if message.contains("Element content") => Self::Unexpected,
            1841..=1843 => Self::Text,
            1871 if message.contains("Missing child element") => Self::Missing,
            1871 => Self::Unexpected,
            1844 | 1866 | 1867 => Self::AttributeUnknown,
            1868 => Self::AttributeMissing,
            1846 | 1850..=1852 | 1875 | 1876 => Self::Type,
            1847..=1849 => Self::Nil,
            1845 => Self::Root,
            _ => Self::Other,
        }
    }
}

/// What should have been there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// One of these elements, by namespace and local name; the list is cut where it is long.
    Elements(Vec<(Option<String>, String)>),
    /// One of these values.
    OneOf(Vec<String>),
    /// A value of this pattern.
    Pattern(String),
    /// A value of this simple type.
    Simple(String),
    /// Exactly this value.
    Fixed(String),
    /// A value that is not empty.
    NotEmpty,
    /// A type derived from that of the element.
    Derived,
    /// Nothing, or nothing that libxml2 tells.
    Untold,
}

/// One thing that is wrong at one place.
#[derive(Debug, Clone)]
pub struct Fault<'a, 'input> {
    /// The element.
    pub node: Node<'a, 'input>,
    /// The attribute of it, when one is to blame or lacks: its local name and its namespace.
    pub attribute: Option<(String, Option<String>)>,
    /// What is wrong.
    pub kind: Kind,
    /// What should be.
    pub expected: Expected,
}

impl<'a, 'input> Fault<'a, 'input> {
    pub(super) fn new(node: Node<'a, 'input>, said: &Said) -> Self {
        let mut kind = Kind::of(said.code, &said.message);
        let attribute = attribute_of(node, kind, &said.message);
        if kind == Kind::Value && attribute.as_ref().is_some_and(|(_, namespace)| namespace.as_deref() == Some(XSI)) {
            kind = Kind::Type;
        }
        Self { node, attribute, kind, expected: expected_of(kind, &said.message) }
    }

    pub(super) fn internal(node: Node<'a, 'input>) -> Self {
        Self { node, attribute: None, kind: Kind::Internal, expected: Expected::Untold }
    }

    /// Whether both speak of the same thing, as a facet and the type that has it do, or a wrong `xsi:type` and the abstract type
    /// that is left without it.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let same = self.attribute == other.attribute || self.kind == Kind::Type;
        same && self.node == other.node && self.kind == other.kind
    }

    /// Takes what a second sentence on the same thing says better: the name of a type says more than a pattern of it.
    pub(super) fn learn(&mut self, expected: Expected) {
        if matches!((&self.expected, &expected), (Expected::Pattern(_), Expected::Simple(_))) {
            self.expected = expected;
        }
    }
}

/// Whether a sentence refuses an element where it stands.
pub(super) fn is_unexpected(said: &Said) -> bool {
    Kind::of(said.code, &said.message) == Kind::Unexpected
}

/// The attribute that a sentence names. The names in it are the document's, so they are compared and not cut out.
fn attribute_of(node: Node<'_, '_>, kind: Kind, message: &str) -> Option<(String, Option<String>)> {
    if kind == Kind::AttributeMissing {
        return between_last(message, "The attribute '", "' is required").map(name_of).map(|(ns, local)| (local, ns));
    }
    if matches!(kind, Kind::Nil | Kind::Type) {
        let local = if kind == Kind::Nil { "nil" } else { "type" };
        return node.has_attribute((XSI, local)).then(|| (local.to_owned(), Some(XSI.to_owned())));
    }
    let named = |attribute: &roxmltree::Attribute<'_, '_>| {
        let written = match attribute.namespace() {
            Some(namespace) => format!("', attribute '{{{namespace}}}{}':", attribute.name()),
            None => format!("', attribute '{}':", attribute.name()),
        };
        message.contains(&written)
    };
    let attribute = node.attributes().find(named)?;
    Some((attribute.name().to_owned(), attribute.namespace().map(str::to_owned)))
}

/// Reads the end of a sentence, where the schema speaks: what stands before it may be the document's.
fn expected_of(kind: Kind, message: &str) -> Expected {
    match kind {
        Kind::Unexpected | Kind::Missing => {
            let list = message.rsplit_once(" Expected is ").and_then(|(_, list)| list.split_once("( "));
            let list = list.and_then(|(_, list)| list.rsplit_once(" )")).map_or("", |(list, _)| list);
            let names: Vec<_> = list.split(", ").filter(|name| !name.is_empty()).map(name_of).collect();
            if names.is_empty() { Expected::Untold } else { Expected::Elements(names) }
        }
        Kind::Value => value_of(message),
        Kind::Type if message.contains("not validly derived") => Expected::Derived,
        Kind::Type
        | Kind::Text
        | Kind::AttributeUnknown
        | Kind::AttributeMissing
        | Kind::Nil
        | Kind::Root
        | Kind::Other
        | Kind::Internal => Expected::Untold,
    }
}

fn value_of(message: &str) -> Expected {
    if let Some(set) = between_last(message, "is not an element of the set {", "}") {
        return Expected::OneOf(set.split(", ").map(|value| value.trim_matches('\'').to_owned()).collect());
    }
    if message.contains("[facet 'minLength']") {
        return Expected::NotEmpty;
    }
    if let Some(pattern) = between_last(message, "by the pattern '", "'.") {
        return Expected::Pattern(pattern.to_owned());
    }
    if let Some(fixed) = between_last(message, "fixed value constraint '", "'") {
        return Expected::Fixed(fixed.to_owned());
    }
    let name = between_last(message, " type '", "'.");
    name.map_or(Expected::Untold, |name| Expected::Simple(name_of(name).1))
}

/// `{namespace}local`, or `local`, also where a prefix stands before it.
fn name_of(written: &str) -> (Option<String>, String) {
    match written.strip_prefix('{').and_then(|rest| rest.rsplit_once('}')) {
        Some((namespace, local)) => (Some(namespace.to_owned()), local.to_owned()),
        None => (None, written.to_owned()),
    }
}

/// What stands between the last `open` and the next `close`.
fn between_last<'m>(message: &'m str, open: &str, close: &str) -> Option<&'m str> {
    let (_, rest) = message.rsplit_once(open)?;
    rest.rsplit_once(close).map(|(inside, _)| inside)
}
