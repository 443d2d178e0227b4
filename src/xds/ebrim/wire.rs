//! From an element to a registry object, with nothing lost. Spec: ebRIM 3.0, rim.xsd.

use std::collections::BTreeSet;

use crate::xds::ebrim::faults::Faults;
use crate::xds::ebrim::rule;
use crate::xds::metadata::object::{
    Classification, ExternalIdentifier, InternationalString, LocalizedString, ObjectId, RegistryObject, Slot,
};
use crate::xml::document::{Node, is, plain_attribute};
use crate::xml::namespace::{RIM, XML};

/// Objects within objects: a classification may be classified, but nobody does it twice.
const DEPTH: usize = 4;

/// Reads one object: attributes, slots, names, classifications, identifiers.
pub(super) fn object(node: Node<'_, '_>, faults: &mut Faults) -> RegistryObject {
    nested(node, DEPTH, faults)
}

fn nested(node: Node<'_, '_>, depth: usize, faults: &mut Faults) -> RegistryObject {
    let mut object = RegistryObject { attributes: attributes(node), ..RegistryObject::default() };
    if let Some(id) = plain_attribute(node, "id") {
        object.attributes.retain(|(name, _)| name != "id");
        object.id = ObjectId::parse(id);
        if object.id.is_none() && depth == DEPTH {
            let context = "@id is neither a symbolic id nor urn:uuid: and a UUID in lower case";
            faults.add(&rule::ID, context, node);
        } else if object.id.is_none() {
            // Nothing refers to a nested object: whatever its id is, it is a name within the message.
            object.id = Some(ObjectId::Symbolic(id.to_owned()));
        }
    }
    let mut slot_names = BTreeSet::new();
    for child in node.children() {
        if child.is_element() {
            member(&mut object, &mut slot_names, child, depth, faults);
        } else if child.is_text() && !child.text().unwrap_or("").trim().is_empty() {
            faults.add(&rule::STRAY_TEXT, format!("text between the parts of {}", local(node)), child);
        }
    }
    object
}

fn member<'a>(
    object: &mut RegistryObject,
    slot_names: &mut BTreeSet<&'a str>,
    child: Node<'a, '_>,
    depth: usize,
    faults: &mut Faults,
) {
    let in_rim = child.tag_name().namespace() == Some(RIM);
    match local(child) {
        "Slot" if in_rim => {
            if let Some(slot) = slot(child, faults) {
                if !slot_names.insert(plain_attribute(child, "name").unwrap_or("")) {
                    faults.add(&rule::SLOT_ONCE, format!("Slot {} stands twice", shown(&slot.name)), child);
                }
                object.slots.push(slot);
            }
        }
        "Name" if in_rim && object.name.is_none() => object.name = Some(international(child, faults)),
        "Description" if in_rim && object.description.is_none() => {
            object.description = Some(international(child, faults));
        }
        "VersionInfo" if in_rim && object.version_info.is_none() => object.version_info = Some(attributes(child)),
        "ContentVersionInfo" if in_rim && object.content_version_info.is_none() => {
            object.content_version_info = Some(attributes(child));
        }
        "Classification" if in_rim && depth > 0 => {
            object.classifications.push(Classification(nested(child, depth - 1, faults)));
        }
        "ExternalIdentifier" if in_rim && depth > 0 => {
            object.external_identifiers.push(ExternalIdentifier(nested(child, depth - 1, faults)));
        }
        other => {
            let context = format!("element {} is not expected here, or not a second time", shown(other));
            faults.add(&rule::ELEMENT, context, child);
        }
    }
}

/// Reads a slot; one without a name has its finding and is dropped.
pub(crate) fn slot(node: Node<'_, '_>, faults: &mut Faults) -> Option<Slot> {
    let Some(name) = plain_attribute(node, "name").filter(|name| !name.is_empty()) else {
        faults.add(&rule::SLOT_NAME, "a Slot without @name", node);
        return None;
    };
    let mut slot = Slot {
        name: name.to_owned(),
        slot_type: plain_attribute(node, "slotType").map(str::to_owned),
        values: Vec::with_capacity(1),
    };
    for list in node.children().filter(Node::is_element) {
        if !is(list, RIM, "ValueList") {
            faults.add(&rule::ELEMENT, format!("Slot {} holds something else than ValueList", shown(name)), list);
            continue;
        }
        for value in list.children().filter(Node::is_element) {
            match exact_text(value).filter(|_| is(value, RIM, "Value")) {
                Some(text) => slot.values.push(text.to_owned()),
                None => {
                    faults.add(&rule::VALUE, format!("Slot {}: a Value must be plain text", shown(name)), value);
                }
            }
        }
    }
    Some(slot)
}

/// The text of an element that holds nothing else, white space kept.
fn exact_text<'a>(element: Node<'a, '_>) -> Option<&'a str> {
    let mut children = element.children();
    match (children.next(), children.next()) {
        (None, _) => Some(""),
        (Some(only), None) if only.is_text() => only.text(),
        _ => None,
    }
}

fn international(node: Node<'_, '_>, faults: &mut Faults) -> InternationalString {
    let mut strings = Vec::with_capacity(1);
    for child in node.children().filter(Node::is_element) {
        let value = plain_attribute(child, "value").filter(|_| is(child, RIM, "LocalizedString"));
        match value {
            Some(value) => strings.push(LocalizedString {
                charset: plain_attribute(child, "charset").map(str::to_owned),
                lang: child.attribute((XML, "lang")).map(str::to_owned),
                value: value.to_owned(),
            }),
            None => faults.add(&rule::LOCALIZED, format!("{} needs LocalizedString/@value", local(node)), child),
        }
    }
    InternationalString(strings)
}

/// The attributes without namespace, sorted by name.
fn attributes(node: Node<'_, '_>) -> Vec<(String, String)> {
    let own = node.attributes().filter(|attribute| attribute.namespace().is_none());
    let mut attributes: Vec<(String, String)> =
        own.map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned())).collect();
    attributes.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    attributes
}

fn local<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

/// A name from a message, short enough to be echoed.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST: usize = 64;
    if name.chars().count() <= LONGEST { name.to_owned() } else { name.chars().take(LONGEST).chain(['…']).collect() }
}
