//! Sets of nodes: each once, in the order of the document.

use super::axis::{Outcome, along};
use super::evaluate::{Evaluation, Scope};
use super::item::Item;
use super::tree::{Axis, Expr, Path, Predicate, Step};

/// How the nodes come that are met while a path is walked from one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Each once, in the order of the document.
    Document,
    /// Each once.
    Once,
    /// Any.
    Any,
}

impl Path {
    /// How its nodes come.
    pub(super) fn order(&self) -> Order {
        let mut order = Order::Document;
        let mut deep = false;
        for step in &self.steps {
            match step.axis {
                // Children of nodes of which one may hold another do not come in order.
                Axis::Child if deep => order = Order::Once,
                Axis::Itself | Axis::Attribute | Axis::Child => {}
                Axis::Descendant | Axis::DescendantOrSelf if !deep => deep = true,
                Axis::Descendant
                | Axis::DescendantOrSelf
                | Axis::Parent
                | Axis::Ancestor
                | Axis::AncestorOrSelf
                | Axis::FollowingSibling
                | Axis::PrecedingSibling => return Order::Any,
            }
        }
        order
    }
}

impl<'x> Evaluation<'x> {
    /// The nodes that an expression yields; none when it yields something else.
    pub(super) fn nodes<'i>(&self, expr: &'x Expr, scope: Scope<'x, 'i>) -> Outcome<Vec<Item<'x, 'i>>> {
        let mut found = Vec::new();
        match expr {
            Expr::Path(path) if path.order() == Order::Any => {
                return self.step_by_step(&path.steps, vec![scope.start(path)]);
            }
            Expr::Filter(filter) => {
                let base = self.filtered(&filter.of, &filter.predicates, scope)?;
                return self.step_by_step(&filter.steps, base);
            }
            Expr::Union(all) => {
                for part in all {
                    found.extend(self.nodes(part, scope)?);
                }
            }
            Expr::Path(_)
            | Expr::Or(_)
            | Expr::And(_)
            | Expr::Compare(..)
            | Expr::Arithmetic(..)
            | Expr::Negative(_)
            | Expr::Literal(_)
            | Expr::Number(_)
            | Expr::Call(..)
            | Expr::Template(_)
            | Expr::InSet(_) => {
                self.each(expr, scope, &mut |item| {
                    found.push(item);
                    Ok(true)
                })?;
                if matches!(expr, Expr::Path(path) if path.order() == Order::Document) {
                    return Ok(found);
                }
            }
        }
        Ok(ordered(found))
    }

    /// The nodes of an expression that pass predicates which see all of them.
    pub(super) fn filtered<'i>(
        &self,
        of: &'x Expr,
        predicates: &'x [Predicate],
        scope: Scope<'x, 'i>,
    ) -> Outcome<Vec<Item<'x, 'i>>> {
        let found = self.nodes(of, scope)?;
        self.sifted(found, predicates)
    }

    /// The nodes one step leads to from one node.
    pub(super) fn reached<'i>(&self, step: &'x Step, from: Item<'x, 'i>) -> Outcome<Vec<Item<'x, 'i>>> {
        let mut found = Vec::new();
        along(step.axis, from, self.budget, &mut |item| {
            if step.test.takes(step.axis, &item) {
                found.push(item);
            }
            Ok(true)
        })?;
        self.sifted(found, &step.predicates)
    }

    fn sifted<'i>(&self, mut found: Vec<Item<'x, 'i>>, predicates: &'x [Predicate]) -> Outcome<Vec<Item<'x, 'i>>> {
        for predicate in predicates {
            let size = found.len();
            let mut kept = Vec::with_capacity(size);
            for (before, item) in found.into_iter().enumerate() {
                self.budget.step()?;
                if self.holds(predicate, Scope { item, position: before + 1, size })? {
                    kept.push(item);
                }
            }
            found = kept;
        }
        Ok(found)
    }

    /// Walks with a set after each step, so that no node is looked at twice.
    fn step_by_step<'i>(&self, steps: &'x [Step], mut at: Vec<Item<'x, 'i>>) -> Outcome<Vec<Item<'x, 'i>>> {
        for step in steps {
            let mut next = Vec::new();
            for from in at {
                next.extend(self.reached(step, from)?);
            }
            at = ordered(next);
        }
        Ok(at)
    }
}

fn ordered<'d, 'i>(mut items: Vec<Item<'d, 'i>>) -> Vec<Item<'d, 'i>> {
    items.sort_unstable_by_key(Item::order);
    items.dedup_by_key(|item| item.order());
    items
}
