//! Which elements a rule looks at: a path that is read from its end. Spec: XSLT 1.0 §5.2, without `id`, `key` and positions.

use crate::xml::document::Node;

use super::axis::Outcome;
use super::budget::Budget;
use super::evaluate::{Evaluation, Scope};
use super::item::Item;
use super::parse::{Names, Parser};
use super::token::{Fault, Token};
use super::tree::{Axis, Expr, Step, Test};

/// A pattern of elements.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cda) struct Pattern {
    /// The last step first; whether its parent stands anywhere above.
    steps: Vec<(Step, bool)>,
}

/// What is known of each element that a pattern matches, for an index of patterns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cda) enum Key {
    /// It claims this template.
    Template(Box<str>),
    /// It has this local name.
    Name(Box<str>),
    /// Nothing.
    Any,
}

impl Pattern {
    /// Reads patterns that `|` separates.
    ///
    /// # Errors
    /// Where it stops to be one, and why.
    pub(in crate::cda) fn parse(text: &str, names: &dyn Names) -> Result<Vec<Self>, Fault> {
        let mut parser = Parser::of(text, names)?;
        let mut all = Vec::new();
        loop {
            all.push(one(&mut parser)?);
            if !parser.takes("|") {
                parser.end()?;
                return Ok(all);
            }
        }
    }

    /// What is known of each element that it matches.
    pub(in crate::cda) fn key(&self) -> Key {
        let Some((last, _)) = self.steps.first() else { return Key::Any };
        let template = last.predicates.iter().find_map(|predicate| claimed(&predicate.holds));
        match (template, &last.test) {
            (Some(root), _) => Key::Template(root.into()),
            (None, Test::Name { local, .. }) => Key::Name(local.clone()),
            (None, _) => Key::Any,
        }
    }

    /// Whether it matches an element.
    ///
    /// # Errors
    /// The budget ended.
    pub(in crate::cda) fn matches(&self, element: Node<'_, '_>, budget: &Budget) -> Outcome<bool> {
        from(&self.steps, element, &Evaluation { budget })
    }
}

fn one(parser: &mut Parser<'_>) -> Result<Pattern, Fault> {
    let mut steps = vec![(step(parser)?, false)];
    loop {
        let anywhere = if parser.takes("//") {
            true
        } else if parser.takes("/") {
            false
        } else {
            steps.reverse();
            return Ok(Pattern { steps });
        };
        if let Some(above) = steps.last_mut() {
            above.1 = anywhere;
        }
        steps.push((step(parser)?, false));
    }
}

fn step(parser: &mut Parser<'_>) -> Result<Step, Fault> {
    if !matches!(parser.peek(), Token::Name { .. }) {
        return Err(parser.fault("a pattern is made of elements"));
    }
    let step = parser.step()?;
    let element = matches!(step.test, Test::Any | Test::Namespace(_) | Test::Name { .. });
    if step.axis != Axis::Child || !element {
        return Err(parser.fault("a pattern is made of elements"));
    }
    if step.predicates.iter().any(|predicate| predicate.positional) {
        return Err(parser.fault("a pattern knows no positions"));
    }
    Ok(step)
}

/// The template that an element must claim for this to hold.
fn claimed(expr: &Expr) -> Option<&str> {
    if let Expr::And(all) = expr {
        return all.iter().find_map(claimed);
    }
    if let Expr::Template(root) = expr { Some(root) } else { None }
}

/// Matches the last step with the element and the others with what is above. A step below `//` is tried with each
/// element above, so a pattern with several of them costs steps, of which the budget knows.
fn from(steps: &[(Step, bool)], element: Node<'_, '_>, evaluation: &Evaluation<'_>) -> Outcome<bool> {
    let Some(((step, _), rest)) = steps.split_first() else { return Ok(true) };
    evaluation.budget.step()?;
    let item = Item::Node(element);
    if !step.test.takes(Axis::Child, &item) {
        return Ok(false);
    }
    for predicate in &step.predicates {
        let holds = Evaluation { budget: evaluation.budget }.truth(&predicate.holds, Scope::of(item))?;
        if !holds {
            return Ok(false);
        }
    }
    let Some((_, anywhere)) = rest.first() else { return Ok(true) };
    let mut above = element.parent_element();
    while let Some(parent) = above {
        if from(rest, parent, evaluation)? {
            return Ok(true);
        }
        if !anywhere {
            return Ok(false);
        }
        above = parent.parent_element();
    }
    Ok(false)
}
