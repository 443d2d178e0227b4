//! Findings gathered while reading, within bounds.
//!
//! A hostile message may hold a fault in each of a hundred thousand elements; each location costs a walk from the
//! start of the text. Past `LOCATED` findings the place is left out, past `KEPT` the findings themselves.

use std::collections::BTreeMap;

use crate::xds::error::Finding;
use crate::xds::metadata::attribute::{Carrier, TABLE};
use crate::xds::rule::Rule;
use crate::xml::document::{Node, is, plain_attribute};
use crate::xml::location::Location;
use crate::xml::namespace::RIM;

/// Findings that get a location.
const LOCATED: usize = 50;
/// Findings that are kept.
const KEPT: usize = 200;

/// The findings so far. Errors and warnings have their own room: a flood of what is tolerated must not hide what is
/// refused.
#[derive(Debug, Default)]
pub struct Faults {
    findings: Vec<Finding>,
    errors: usize,
    warnings: usize,
}

impl Faults {
    /// Adds a finding about a node.
    pub fn push(&mut self, finding: Finding, node: Node<'_, '_>) {
        let count = if finding.is_error() { &mut self.errors } else { &mut self.warnings };
        *count += 1;
        if *count <= LOCATED {
            self.findings.push(finding.at(Location::of(node)));
        } else if *count <= KEPT {
            self.findings.push(finding);
        }
    }

    /// Adds what breaks a rule.
    pub fn add(&mut self, rule: &'static Rule, context: impl Into<String>, node: Node<'_, '_>) {
        self.push(Finding::of(rule, context), node);
    }

    /// Whether further errors are dropped: then looking for their place is wasted.
    pub fn is_full(&self) -> bool {
        self.errors >= KEPT
    }

    /// The findings.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// Gives a place to findings that name an object, and an attribute if they can, but were made without the text.
///
/// Called on refusal only: it walks the message once.
pub fn locate(message: Node<'_, '_>, findings: &mut [Finding]) {
    let wanted = findings.iter().filter(|finding| finding.location.is_none()).take(LOCATED);
    let mut places: BTreeMap<String, Option<Node<'_, '_>>> =
        wanted.filter_map(|finding| finding.object.clone()).map(|object| (object, None)).collect();
    if places.is_empty() {
        return;
    }
    for node in message.descendants().filter(|node| node.tag_name().namespace() == Some(RIM)) {
        if let Some(place) = plain_attribute(node, "id").and_then(|id| places.get_mut(id)) {
            place.get_or_insert(node);
        }
    }
    for finding in findings.iter_mut().filter(|finding| finding.location.is_none()).take(LOCATED) {
        let object = finding.object.as_ref().and_then(|object| places.get(object).copied().flatten());
        finding.location = object.map(|object| Location::of(carrier_of(object, finding.attribute).unwrap_or(object)));
    }
}

/// The element within an object that carries the attribute.
fn carrier_of<'a, 'i>(object: Node<'a, 'i>, attribute: Option<&str>) -> Option<Node<'a, 'i>> {
    let attribute = attribute?;
    let rows = TABLE.iter().filter(|row| row.name == attribute);
    rows.filter_map(|row| match row.carrier {
        Carrier::Slot(name) => Some(("Slot", "name", name)),
        Carrier::Classification(scheme) => Some(("Classification", "classificationScheme", scheme)),
        Carrier::ExternalIdentifier(scheme, _) => Some(("ExternalIdentifier", "identificationScheme", scheme)),
        Carrier::XmlAttribute(_) | Carrier::Name | Carrier::Description | Carrier::VersionName => None,
    })
    .find_map(|(element, key, value)| {
        object.children().find(|child| is(*child, RIM, element) && plain_attribute(*child, key) == Some(value))
    })
}
