//! A node as `XPath` sees it: attributes are nodes too.

use std::borrow::Cow;

use crate::xml::document::{Attribute, Node, is, plain_attribute};
use crate::xml::namespace::HL7V3;

use super::axis::Outcome;
use super::budget::Budget;

/// A node of the tree or an attribute of one.
#[derive(Clone, Copy)]
pub(in crate::cda) enum Item<'d, 'i> {
    /// The root, an element, a text, a comment or a processing instruction.
    Node(Node<'d, 'i>),
    /// An attribute, where it stands among those of its element.
    Attribute(Node<'d, 'i>, usize, Attribute<'d, 'i>),
}

impl<'d, 'i> Item<'d, 'i> {
    /// Where it stands in the document: before all whose order is greater. No two nodes share an order.
    pub(super) fn order(&self) -> (u32, usize) {
        match self {
            Self::Node(node) => (node.id().get(), 0),
            Self::Attribute(owner, at, _) => (owner.id().get(), at + 1),
        }
    }

    /// The node, or the element that holds the attribute.
    pub(in crate::cda) fn node(&self) -> Node<'d, 'i> {
        match self {
            Self::Node(node) | Self::Attribute(node, ..) => *node,
        }
    }

    /// The node, when it is an element.
    pub(super) fn element(&self) -> Option<Node<'d, 'i>> {
        match self {
            Self::Node(node) if node.is_element() => Some(*node),
            Self::Node(_) | Self::Attribute(..) => None,
        }
    }

    /// Namespace and local name; both empty for what has none.
    pub(super) fn name(&self) -> (&'d str, &'d str) {
        match self {
            Self::Node(node) => match node.pi() {
                Some(instruction) => ("", instruction.target),
                None => (node.tag_name().namespace().unwrap_or(""), node.tag_name().name()),
            },
            Self::Attribute(_, _, attribute) => (attribute.namespace().unwrap_or(""), attribute.name()),
        }
    }

    /// Its name as it is written, with the prefix that is in force.
    pub(super) fn written(&self) -> String {
        let (namespace, local) = self.name();
        match self.node().lookup_prefix(namespace) {
            Some(prefix) if !namespace.is_empty() && !prefix.is_empty() => format!("{prefix}:{local}"),
            _ => local.to_owned(),
        }
    }

    /// Its string value.
    pub(super) fn text(&self, budget: &Budget) -> Outcome<Cow<'d, str>> {
        let text = match self {
            Self::Attribute(_, _, attribute) => Cow::Borrowed(attribute.value()),
            Self::Node(node) if node.is_element() || node.is_root() => return inner_text(*node, budget),
            Self::Node(node) => Cow::Borrowed(match node.pi() {
                Some(instruction) => instruction.value.unwrap_or(""),
                None => node.text().unwrap_or(""),
            }),
        };
        budget.text(&text)?;
        Ok(text)
    }
}

/// All text inside, in order. Most elements hold one text and nothing else: that is not copied.
fn inner_text<'d>(node: Node<'d, '_>, budget: &Budget) -> Outcome<Cow<'d, str>> {
    let mut gathered = Cow::Borrowed("");
    for inside in node.descendants() {
        budget.step()?;
        let Some(text) = inside.text().filter(|_| inside.is_text()) else { continue };
        budget.text(text)?;
        if gathered.is_empty() {
            gathered = Cow::Borrowed(text);
        } else {
            gathered.to_mut().push_str(text);
        }
    }
    Ok(gathered)
}

/// Whether an element says by a `templateId` that it follows a template. Each child that is looked at costs a step: an
/// element may claim a hundred thousand.
pub(super) fn claims(element: Node<'_, '_>, root: &str, budget: &Budget) -> Outcome<bool> {
    for child in element.children() {
        budget.step()?;
        if is(child, HL7V3, "templateId") && plain_attribute(child, "root") == Some(root) {
            return Ok(true);
        }
    }
    Ok(false)
}
