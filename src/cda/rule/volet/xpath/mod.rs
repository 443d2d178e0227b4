//! A subset of `XPath` 1.0 over the tree of a document, safe with any expression and any document.
//!
//! What is there: the axes child, descendant, descendant-or-self, parent, self, ancestor, ancestor-or-self, attribute,
//! following-sibling and preceding-sibling; predicates; unions; every operator; every function of the recommendation but
//! `id` and `lang`. A `$name` stands for a constant of the rule file. What is not there: the axes following, preceding and namespace.
//! Ours: `template(root)`, true of an element that claims a template, and `in-set(name)`, true of an element whose code is
//! in a value set. Every type is known when an expression is read, every node that is visited costs a step of a budget,
//! and recursion is as deep as the expression, never as the document. Spec: `XPath` 1.0.

pub(in crate::cda) mod budget;
pub(in crate::cda) mod expression;
pub(in crate::cda) mod item;
pub(in crate::cda) mod parse;
pub(in crate::cda) mod pattern;
pub(in crate::cda) mod token;
mod axis;
mod evaluate;
mod function;
mod number;
mod set;
mod tree;

#[cfg(test)]
mod tests;
