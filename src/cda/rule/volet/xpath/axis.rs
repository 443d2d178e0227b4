//! Directions and node tests. Spec: `XPath` 1.0 §2.2, §2.3.

use crate::xml::document::Node;

use super::budget::{Budget, Exhausted};
use super::item::Item;
use super::tree::{Axis, Test};

/// What comes of asking, unless the budget ends.
pub(super) type Outcome<T> = Result<T, Exhausted>;

/// Is shown one node after the other, and says whether to go on.
pub(super) type Visit<'v, 'd, 'i> = dyn FnMut(Item<'d, 'i>) -> Outcome<bool> + 'v;

/// Shows every node in a direction, the nearest first; false when the visitor had enough.
pub(super) fn along<'d, 'i>(
    axis: Axis,
    from: Item<'d, 'i>,
    budget: &Budget,
    visit: &mut Visit<'_, 'd, 'i>,
) -> Outcome<bool> {
    let node = match from {
        Item::Node(node) => node,
        Item::Attribute(owner, ..) => return from_attribute(axis, from, owner, budget, visit),
    };
    match axis {
        Axis::Child => all(node.children(), budget, visit),
        Axis::Descendant => all(node.descendants().skip(1), budget, visit),
        Axis::DescendantOrSelf => all(node.descendants(), budget, visit),
        Axis::Parent => all(node.parent().into_iter(), budget, visit),
        Axis::Ancestor => all(node.ancestors().skip(1), budget, visit),
        Axis::AncestorOrSelf => all(node.ancestors(), budget, visit),
        Axis::Itself => all(std::iter::once(node), budget, visit),
        Axis::FollowingSibling => all(node.next_siblings().skip(1), budget, visit),
        Axis::PrecedingSibling => all(node.prev_siblings().skip(1), budget, visit),
        Axis::Attribute => {
            for (at, attribute) in node.attributes().enumerate() {
                budget.step()?;
                if !visit(Item::Attribute(node, at, attribute))? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

fn from_attribute<'d, 'i>(
    axis: Axis,
    from: Item<'d, 'i>,
    owner: Node<'d, 'i>,
    budget: &Budget,
    visit: &mut Visit<'_, 'd, 'i>,
) -> Outcome<bool> {
    match axis {
        Axis::Itself | Axis::DescendantOrSelf => {
            budget.step()?;
            visit(from)
        }
        Axis::Parent => all(std::iter::once(owner), budget, visit),
        Axis::Ancestor => all(owner.ancestors(), budget, visit),
        Axis::AncestorOrSelf => {
            budget.step()?;
            Ok(visit(from)? && all(owner.ancestors(), budget, visit)?)
        }
        Axis::Child | Axis::Descendant | Axis::Attribute | Axis::FollowingSibling | Axis::PrecedingSibling => Ok(true),
    }
}

fn all<'d, 'i: 'd>(
    nodes: impl Iterator<Item = Node<'d, 'i>>,
    budget: &Budget,
    visit: &mut Visit<'_, 'd, 'i>,
) -> Outcome<bool> {
    for node in nodes {
        budget.step()?;
        if !visit(Item::Node(node))? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Test {
    /// Whether a node on an axis passes.
    pub(super) fn takes(&self, axis: Axis, item: &Item<'_, '_>) -> bool {
        let principal = match item {
            Item::Attribute(..) => axis == Axis::Attribute,
            Item::Node(node) => axis != Axis::Attribute && node.is_element(),
        };
        match self {
            Self::Node => true,
            Self::Text => matches!(item, Item::Node(node) if node.is_text()),
            Self::Comment => matches!(item, Item::Node(node) if node.is_comment()),
            Self::Instruction(target) => match item {
                Item::Node(node) => node.pi().is_some_and(|pi| target.as_deref().is_none_or(|name| name == pi.target)),
                Item::Attribute(..) => false,
            },
            Self::Any => principal,
            Self::Namespace(namespace) => principal && item.name().0 == &**namespace,
            Self::Name { namespace, local } => principal && item.name() == (&**namespace, &**local),
        }
    }
}
