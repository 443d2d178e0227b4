//! An expression that was read, and what it says of one node.

use crate::xml::document::Node;

use super::axis::Outcome;
use super::budget::Budget;
use super::evaluate::{Evaluation, Scope};
use super::item::Item;
use super::parse::{Names, Parser};
use super::token::Fault;
use super::tree::{Expr, Kind};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cda) struct Expression(Expr);

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// Where it stops to be one, and why.
    pub(in crate::cda) fn parse(text: &str, names: &dyn Names) -> Result<Self, Fault> {
        let mut parser = Parser::of(text, names)?;
        let expr = parser.expression()?;
        parser.end()?;
        Ok(Self(expr))
    }

    /// Whether it yields nodes.
    pub(in crate::cda) fn yields_nodes(&self) -> bool {
        self.0.kind() == Kind::Nodes
    }

    /// Whether it holds of a node.
    ///
    /// # Errors
    /// The budget ended.
    pub(in crate::cda) fn holds(&self, node: Node<'_, '_>, budget: &Budget) -> Outcome<bool> {
        Evaluation { budget }.truth(&self.0, Scope::of(Item::Node(node)))
    }

    /// How many nodes it leads to.
    ///
    /// # Errors
    /// The budget ended.
    pub(in crate::cda) fn count(&self, node: Node<'_, '_>, budget: &Budget) -> Outcome<usize> {
        Ok(Evaluation { budget }.nodes(&self.0, Scope::of(Item::Node(node)))?.len())
    }

    /// The nodes it leads to, each once, in the order of the document.
    ///
    /// # Errors
    /// The budget ended.
    pub(in crate::cda) fn nodes<'x, 'i>(
        &'x self,
        node: Node<'x, 'i>,
        budget: &'x Budget,
    ) -> Outcome<Vec<Item<'x, 'i>>> {
        Evaluation { budget }.nodes(&self.0, Scope::of(Item::Node(node)))
    }

    /// The string that it yields.
    #[cfg(test)]
    pub(in crate::cda) fn text(&self, node: Node<'_, '_>, budget: &Budget) -> Outcome<String> {
        Ok(Evaluation { budget }.text(&self.0, Scope::of(Item::Node(node)))?.into_owned())
    }
}
