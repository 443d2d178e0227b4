//! What an expression says of a node. Spec: `XPath` 1.0 §3, §4.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::xml::document::plain_attribute;

use super::axis::{Outcome, Visit, along};
use super::budget::Budget;
use super::function::Function;
use super::item::{Item, claims};
use super::number::{normalized, number_of, rounded, substring, text_of, translated};
use super::set::Order;
use super::tree::{Comparison, Expr, Kind, Operator, Path, Predicate, Step};

/// One evaluation within a budget.
pub(super) struct Evaluation<'x> {
    pub(super) budget: &'x Budget,
}

/// The context of an expression: a node, its position and the number of nodes.
#[derive(Clone, Copy)]
pub(super) struct Scope<'x, 'i> {
    pub(super) item: Item<'x, 'i>,
    pub(super) position: usize,
    pub(super) size: usize,
}

impl<'x, 'i> Scope<'x, 'i> {
    /// One node, alone.
    pub(super) fn of(item: Item<'x, 'i>) -> Self {
        Self { item, position: 1, size: 1 }
    }

    /// Where a path begins.
    pub(super) fn start(&self, path: &Path) -> Item<'x, 'i> {
        if path.absolute { Item::Node(self.item.node().document().root()) } else { self.item }
    }
}

impl<'x> Evaluation<'x> {
    /// Shows the nodes of an expression, perhaps one more than once and in any order; false when the visitor had enough.
    pub(super) fn each<'i>(
        &self,
        expr: &'x Expr,
        scope: Scope<'x, 'i>,
        visit: &mut Visit<'_, 'x, 'i>,
    ) -> Outcome<bool> {
        match expr {
            Expr::Path(path) if path.order() != Order::Any => self.walk(&path.steps, scope.start(path), visit),
            Expr::Union(all) => {
                for part in all {
                    if !self.each(part, scope, visit)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expr::Path(_) | Expr::Filter(_) => {
                for item in self.nodes(expr, scope)? {
                    if !visit(item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expr::Or(_)
            | Expr::And(_)
            | Expr::Compare(..)
            | Expr::Arithmetic(..)
            | Expr::Negative(_)
            | Expr::Literal(_)
            | Expr::Number(_)
            | Expr::Call(..)
            | Expr::Template(_)
            | Expr::InSet(_) => Ok(true),
        }
    }

    /// Whether an expression holds.
    pub(super) fn truth(&self, expr: &'x Expr, scope: Scope<'x, '_>) -> Outcome<bool> {
        match expr {
            Expr::Or(all) => {
                for part in all {
                    if self.truth(part, scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Expr::And(all) => {
                for part in all {
                    if !self.truth(part, scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expr::Compare(left, how, right) => self.compared(left, *how, right, scope),
            Expr::Path(_) | Expr::Filter(_) | Expr::Union(_) => Ok(!self.each(expr, scope, &mut |_| Ok(false))?),
            Expr::Literal(text) => Ok(!text.is_empty()),
            Expr::Template(root) => {
                let Some(element) = scope.item.element() else { return Ok(false) };
                claims(element, root, self.budget)
            }
            Expr::InSet(set) => {
                self.budget.step()?;
                let attribute = |name| scope.item.element().and_then(|element| plain_attribute(element, name));
                Ok(set.contains(attribute("code").unwrap_or(""), attribute("codeSystem").unwrap_or("")))
            }
            Expr::Call(function, arguments) if function.kind() == Kind::Truth => {
                self.call_truth(*function, arguments, scope)
            }
            Expr::Call(function, _) if function.kind() == Kind::Text => Ok(!self.text(expr, scope)?.is_empty()),
            Expr::Call(..) | Expr::Arithmetic(..) | Expr::Negative(_) | Expr::Number(_) => {
                let number = self.number(expr, scope)?;
                Ok(number != 0.0 && !number.is_nan())
            }
        }
    }

    /// The number that an expression yields or that its value is.
    pub(super) fn number(&self, expr: &'x Expr, scope: Scope<'x, '_>) -> Outcome<f64> {
        match expr {
            Expr::Number(number) => Ok(*number),
            Expr::Negative(of) => Ok(-self.number(of, scope)?),
            Expr::Arithmetic(left, operator, right) => {
                let (left, right) = (self.number(left, scope)?, self.number(right, scope)?);
                Ok(match operator {
                    Operator::Plus => left + right,
                    Operator::Minus => left - right,
                    Operator::Times => left * right,
                    Operator::Div => left / right,
                    Operator::Mod => left % right,
                })
            }
            Expr::Call(function, arguments) if function.kind() == Kind::Number => {
                self.call_number(*function, arguments, scope)
            }
            Expr::Or(_) | Expr::And(_) | Expr::Compare(..) | Expr::Template(_) | Expr::InSet(_) => {
                Ok(f64::from(u8::from(self.truth(expr, scope)?)))
            }
            Expr::Call(function, _) if function.kind() == Kind::Truth => {
                Ok(f64::from(u8::from(self.truth(expr, scope)?)))
            }
            Expr::Union(_) | Expr::Path(_) | Expr::Filter(_) | Expr::Literal(_) | Expr::Call(..) => {
                Ok(number_of(&self.text(expr, scope)?))
            }
        }
    }

    /// The string that an expression yields or that its value is.
    pub(super) fn text(&self, expr: &'x Expr, scope: Scope<'x, '_>) -> Outcome<Cow<'x, str>> {
        match expr.kind() {
            Kind::Number => Ok(Cow::Owned(text_of(self.number(expr, scope)?))),
            Kind::Truth => Ok(Cow::Borrowed(if self.truth(expr, scope)? { "true" } else { "false" })),
            Kind::Nodes => match self.first(expr, scope)? {
                Some(item) => item.text(self.budget),
                None => Ok(Cow::Borrowed("")),
            },
            Kind::Text => {
                if let Expr::Call(function, arguments) = expr {
                    return self.call_text(*function, arguments, scope);
                }
                Ok(Cow::Borrowed(if let Expr::Literal(text) = expr { text } else { "" }))
            }
        }
    }

    /// The first node in the order of the document.
    pub(super) fn first<'i>(&self, expr: &'x Expr, scope: Scope<'x, 'i>) -> Outcome<Option<Item<'x, 'i>>> {
        if !matches!(expr, Expr::Path(path) if path.order() == Order::Document) {
            return Ok(self.nodes(expr, scope)?.into_iter().next());
        }
        let mut first = None;
        self.each(expr, scope, &mut |item| {
            first = Some(item);
            Ok(false)
        })?;
        Ok(first)
    }

    /// Whether a predicate holds of a node at its position.
    pub(super) fn holds(&self, predicate: &'x Predicate, scope: Scope<'x, '_>) -> Outcome<bool> {
        if predicate.holds.kind() == Kind::Number {
            let number = self.number(&predicate.holds, scope)?;
            return Ok(Comparison::Equal.of(number, count(scope.position)));
        }
        self.truth(&predicate.holds, scope)
    }

    fn walk<'i>(&self, steps: &'x [Step], at: Item<'x, 'i>, visit: &mut Visit<'_, 'x, 'i>) -> Outcome<bool> {
        let Some((step, rest)) = steps.split_first() else { return visit(at) };
        if step.predicates.iter().any(|predicate| predicate.positional) {
            for item in self.reached(step, at)? {
                if !self.walk(rest, item, visit)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        along(step.axis, at, self.budget, &mut |item| {
            if !step.test.takes(step.axis, &item) {
                return Ok(true);
            }
            for predicate in &step.predicates {
                if !self.truth(&predicate.holds, Scope::of(item))? {
                    return Ok(true);
                }
            }
            self.walk(rest, item, visit)
        })
    }

    fn compared(&self, left: &'x Expr, how: Comparison, right: &'x Expr, scope: Scope<'x, '_>) -> Outcome<bool> {
        match (left.kind(), right.kind()) {
            (Kind::Nodes, Kind::Nodes) => self.sets_compared(left, how, right, scope),
            (Kind::Nodes, Kind::Text | Kind::Number) => self.any_compared(left, how, right, scope),
            (Kind::Text | Kind::Number, Kind::Nodes) => self.any_compared(right, how.turned(), left, scope),
            (one, other) if how.is_of_equality() => {
                let equal = if one == Kind::Truth || other == Kind::Truth {
                    self.truth(left, scope)? == self.truth(right, scope)?
                } else if one == Kind::Number || other == Kind::Number {
                    Comparison::Equal.of(self.number(left, scope)?, self.number(right, scope)?)
                } else {
                    self.text(left, scope)? == self.text(right, scope)?
                };
                Ok(equal == (how == Comparison::Equal))
            }
            _ => Ok(how.of(self.as_number(left, scope)?, self.as_number(right, scope)?)),
        }
    }

    /// A number to be ordered by; of nodes beside a truth value, whether there are any.
    fn as_number(&self, expr: &'x Expr, scope: Scope<'x, '_>) -> Outcome<f64> {
        if expr.kind() == Kind::Nodes {
            return Ok(f64::from(u8::from(self.truth(expr, scope)?)));
        }
        self.number(expr, scope)
    }

    /// Whether one node compares so with a string or a number.
    fn any_compared(&self, nodes: &'x Expr, how: Comparison, with: &'x Expr, scope: Scope<'x, '_>) -> Outcome<bool> {
        if with.kind() == Kind::Number || !how.is_of_equality() {
            let number = self.number(with, scope)?;
            return self.some(nodes, scope, &mut |text| how.of(number_of(text), number));
        }
        let text = self.text(with, scope)?;
        self.some(nodes, scope, &mut |own| (own == &*text) == (how == Comparison::Equal))
    }

    /// Whether one of these nodes compares so with one of those.
    fn sets_compared(&self, left: &'x Expr, how: Comparison, right: &'x Expr, scope: Scope<'x, '_>) -> Outcome<bool> {
        if how.is_of_equality() {
            let mut texts = HashSet::new();
            self.some(right, scope, &mut |text| {
                texts.insert(text.to_owned());
                false
            })?;
            return self.some(left, scope, &mut |text| {
                if how == Comparison::Equal {
                    return texts.contains(text);
                }
                texts.len() > usize::from(texts.contains(text))
            });
        }
        // The least and the greatest of those decide for all of them.
        let mut bounds: Option<(f64, f64)> = None;
        self.some(right, scope, &mut |text| {
            let number = number_of(text);
            if !number.is_nan() {
                let (least, greatest) = bounds.unwrap_or((number, number));
                bounds = Some((least.min(number), greatest.max(number)));
            }
            false
        })?;
        let Some((least, greatest)) = bounds else { return Ok(false) };
        self.some(left, scope, &mut |text| {
            let number = number_of(text);
            how.of(number, least) || how.of(number, greatest)
        })
    }

    /// Whether the string of one node is as asked.
    fn some(&self, nodes: &'x Expr, scope: Scope<'x, '_>, is: &mut dyn FnMut(&str) -> bool) -> Outcome<bool> {
        let all = self.each(nodes, scope, &mut |item| Ok(!is(&item.text(self.budget)?)))?;
        Ok(!all)
    }

    fn call_truth(&self, function: Function, arguments: &'x [Expr], scope: Scope<'x, '_>) -> Outcome<bool> {
        match (function, arguments) {
            (Function::Not, [of]) => Ok(!self.truth(of, scope)?),
            (Function::Truth, [of]) => self.truth(of, scope),
            (Function::StartsWith, [whole, part]) => {
                Ok(self.text(whole, scope)?.starts_with(&*self.text(part, scope)?))
            }
            (Function::Contains, [whole, part]) => Ok(self.text(whole, scope)?.contains(&*self.text(part, scope)?)),
            _ => Ok(function == Function::True),
        }
    }

    fn call_number(&self, function: Function, arguments: &'x [Expr], scope: Scope<'x, '_>) -> Outcome<f64> {
        let first = arguments.first();
        Ok(match (function, first) {
            (Function::Last, _) => count(scope.size),
            (Function::Position, _) => count(scope.position),
            (Function::Count, Some(nodes)) => count(self.counted(nodes, scope)?),
            (Function::Sum, Some(nodes)) => {
                let mut sum = 0.0;
                for item in self.nodes(nodes, scope)? {
                    sum += number_of(&item.text(self.budget)?);
                }
                sum
            }
            (Function::StringLength, _) => count(self.own_or(first, scope)?.chars().count()),
            (Function::Floor, Some(of)) => self.number(of, scope)?.floor(),
            (Function::Ceiling, Some(of)) => self.number(of, scope)?.ceil(),
            (Function::Round, Some(of)) => rounded(self.number(of, scope)?),
            (Function::Number, Some(of)) => self.number(of, scope)?,
            _ => number_of(&self.own_or(first, scope)?),
        })
    }

    fn counted(&self, nodes: &'x Expr, scope: Scope<'x, '_>) -> Outcome<usize> {
        if !matches!(nodes, Expr::Path(path) if path.order() != Order::Any) {
            return Ok(self.nodes(nodes, scope)?.len());
        }
        let mut number = 0;
        self.each(nodes, scope, &mut |_| {
            number += 1;
            Ok(true)
        })?;
        Ok(number)
    }

    fn call_text(&self, function: Function, arguments: &'x [Expr], scope: Scope<'x, '_>) -> Outcome<Cow<'x, str>> {
        if matches!(function, Function::LocalName | Function::NamespaceUri | Function::Name) {
            let item = match arguments.first() {
                None => Some(scope.item),
                Some(nodes) => self.first(nodes, scope)?,
            };
            return Ok(match (item, function) {
                (None, _) => Cow::Borrowed(""),
                (Some(item), Function::LocalName) => Cow::Borrowed(item.name().1),
                (Some(item), Function::NamespaceUri) => Cow::Borrowed(item.name().0),
                (Some(item), _) => Cow::Owned(item.written()),
            });
        }
        let text = self.own_or(arguments.first(), scope)?;
        self.budget.text(&text)?;
        match (function, arguments) {
            (Function::Concat, [_, rest @ ..]) => {
                let mut whole = text.into_owned();
                for part in rest {
                    let part = self.text(part, scope)?;
                    self.budget.text(&part)?;
                    whole.push_str(&part);
                }
                Ok(Cow::Owned(whole))
            }
            (Function::SubstringBefore, [_, part]) => {
                let part = self.text(part, scope)?;
                Ok(Cow::Owned(text.split_once(&*part).map_or("", |(before, _)| before).to_owned()))
            }
            (Function::SubstringAfter, [_, part]) => {
                let part = self.text(part, scope)?;
                Ok(Cow::Owned(text.split_once(&*part).map_or("", |(_, after)| after).to_owned()))
            }
            (Function::Substring, [_, from, rest @ ..]) => {
                let length = rest.first().map(|length| self.number(length, scope)).transpose()?;
                Ok(Cow::Owned(substring(&text, self.number(from, scope)?, length)))
            }
            (Function::Translate, [_, from, to]) => {
                let (from, to) = (self.text(from, scope)?, self.text(to, scope)?);
                for _ in from.chars() {
                    self.budget.text(&text)?;
                }
                Ok(Cow::Owned(translated(&text, &from, &to)))
            }
            (Function::NormalizeSpace, _) => Ok(Cow::Owned(normalized(&text))),
            _ => Ok(text),
        }
    }

    /// The string of the argument, or of the context node when there is none.
    fn own_or(&self, argument: Option<&'x Expr>, scope: Scope<'x, '_>) -> Outcome<Cow<'x, str>> {
        match argument {
            Some(expr) => self.text(expr, scope),
            None => scope.item.text(self.budget),
        }
    }
}

impl Comparison {
    fn is_of_equality(self) -> bool {
        matches!(self, Self::Equal | Self::Unequal)
    }

    /// The same with the sides exchanged.
    fn turned(self) -> Self {
        match self {
            Self::Equal | Self::Unequal => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    #[expect(clippy::float_cmp, reason = "XPath compares numbers exactly")]
    fn of(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no document has 2^52 nodes")]
fn count(number: usize) -> f64 {
    number as f64
}
