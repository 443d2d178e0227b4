//! Who takes part: persons, devices and the organisations they stand for. Spec: CDA R2 §4.2.2.

use crate::cda::header::{Identifier, Place, PointInTime, Stated, code, descend, identifiers, point, text, words};
use crate::datatype::code::Code;
use crate::xml::document::{Node, child, children, plain_attribute};
use crate::xml::namespace::HL7V3;

/// An author: a person or a device, in a role, at a time.
pub struct Author<'d> {
    /// The `author`.
    pub place: Place<'d>,
    /// What a human reads of `functionCode`: its label, else its original text.
    pub function: Option<Stated<'d, String>>,
    /// `time`.
    pub time: Option<Stated<'d, PointInTime>>,
    /// `assignedAuthor`.
    pub entity: Participant<'d>,
}

/// A person or device with its identifiers and organisation.
pub struct Participant<'d> {
    /// The `assignedAuthor` or `assignedEntity`.
    pub place: Place<'d>,
    /// `id`, in order, those that are not null.
    pub ids: Vec<Stated<'d, Identifier>>,
    /// `code`, profession and speciality.
    pub code: Option<Stated<'d, Code>>,
    /// `assignedPerson/name`.
    pub name: Option<PersonName>,
    /// `assignedAuthoringDevice`.
    pub device: Option<Device>,
    /// `representedOrganization`.
    pub organization: Option<Organization<'d>>,
}

/// The name of a professional.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PersonName {
    /// `family`, the first.
    pub family: String,
    /// `given`, the first.
    pub given: String,
}

/// A device or software.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// `softwareName`.
    pub software: String,
    /// `manufacturerModelName`.
    pub model: String,
}

/// A structure.
pub struct Organization<'d> {
    /// The element.
    pub place: Place<'d>,
    /// `id`, in order, those that are not null.
    pub ids: Vec<Stated<'d, Identifier>>,
    /// `name`.
    pub name: Option<Stated<'d, String>>,
}

pub(super) fn author<'d>(node: Node<'d, 'd>) -> Option<Author<'d>> {
    let entity = child(node, HL7V3, "assignedAuthor")?;
    Some(Author {
        place: Place(node),
        function: child(node, HL7V3, "functionCode").and_then(label),
        time: child(node, HL7V3, "time").and_then(point),
        entity: participant(entity),
    })
}

pub(super) fn participant<'d>(node: Node<'d, 'd>) -> Participant<'d> {
    Participant {
        place: Place(node),
        ids: identifiers(node),
        code: child(node, HL7V3, "code").and_then(code),
        name: descend(node, &["assignedPerson", "name"]).and_then(person),
        device: child(node, HL7V3, "assignedAuthoringDevice").map(device),
        organization: child(node, HL7V3, "representedOrganization").map(organization),
    }
}

pub(super) fn organization<'d>(node: Node<'d, 'd>) -> Organization<'d> {
    Organization { place: Place(node), ids: identifiers(node), name: child(node, HL7V3, "name").and_then(text) }
}

fn person(node: Node<'_, '_>) -> Option<PersonName> {
    let part = |name| children(node, HL7V3, name).map(|part| words(part)).find(|part| !part.is_empty());
    let name = PersonName { family: part("family").unwrap_or_default(), given: part("given").unwrap_or_default() };
    (name != PersonName::default()).then_some(name)
}

fn device(node: Node<'_, '_>) -> Device {
    let part = |name| child(node, HL7V3, name).map(|part| words(part)).unwrap_or_default();
    Device { software: part("softwareName"), model: part("manufacturerModelName") }
}

fn label<'d>(node: Node<'d, 'd>) -> Option<Stated<'d, String>> {
    let display = plain_attribute(node, "displayName").filter(|label| !label.is_empty());
    match display {
        Some(display) => Some(Stated::new(display.to_owned(), node)),
        None => child(node, HL7V3, "originalText").and_then(text),
    }
}

impl std::fmt::Debug for PersonName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonName(…)")
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device(…)")
    }
}
