//! XML Schema 1.0: a schema that is compiled once, and judges trees from many threads.
//!
//! libxml2 judges; it is told the tree node by node (`libxml2.rs`, the one room with `unsafe`) and never reads the document
//! itself. What it says is put down at the node that it was told last ([`fault`]). A fault in the order of elements makes it
//! pass over the rest of the parent, so the document is told again with the fault mended (`Repair`): all is found at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::xml::document::Node;

pub mod fault;
mod libxml2;
pub mod source;

use crate::xml::schema::fault::{Expected, Fault, Kind};
use crate::xml::schema::libxml2::{Compiled, Listener};
use crate::xml::schema::source::Sources;

/// How often an invalid document is told again, at most.
const PASSES: usize = 24;

/// How many nodes are told again, at most, over all passes.
const NODES_TOLD_AGAIN: usize = 2_000_000;

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A file of it is no XML.
    #[error("{file}: {reason}")]
    Malformed {
        /// Its path below the folder of the schema.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The first file is not among those that were given.
    #[error("the schema has no file {0}")]
    NoSuchFile(String),
    /// libxml2 does not take it.
    #[error("libxml2 cannot compile the schema: {0}")]
    NotCompiled(String),
}

/// A compiled schema, shared by all threads.
pub struct Schema(Compiled);

impl Schema {
    /// Compiles the schema whose first file is `root`, out of the files that were given and nothing else.
    ///
    /// # Errors
    /// [`SchemaError`].
    pub fn compile(sources: Sources, root: &str) -> Result<Self, SchemaError> {
        let address = Sources::address_of(root);
        if sources.at(&address).is_none() {
            return Err(SchemaError::NoSuchFile(root.to_owned()));
        }
        Compiled::from(&Arc::new(sources), &address).map(Self).map_err(|said| {
            // What is only missed (an import of a schema that no document needs) is said as well, and before.
            let last = said.into_iter().next_back().map(|said| said.message);
            SchemaError::NotCompiled(last.unwrap_or_else(|| "no reason was given".to_owned()))
        })
    }

    /// Judges an element and all within it. No fault means that it is valid; more than `most` are not looked for.
    pub fn faults<'a, 'input>(&self, element: Node<'a, 'input>, most: usize) -> Vec<Fault<'a, 'input>> {
        let mut repairs = Repairs::default();
        let mut all: Vec<Fault<'a, 'input>> = Vec::new();
        let mut told = 0;
        for _ in 0..PASSES {
            let mut pass = Pass { repairs: &repairs, faults: Vec::new(), in_vain: Vec::new(), most, told: 0 };
            pass.run(&self.0, element);
            told += pass.told;
            let Pass { faults, in_vain, .. } = pass;
            let again = repairs.after(&faults, &in_vain);
            for fault in faults {
                if !all.iter().any(|known| fault.repeats(known)) {
                    all.push(fault);
                }
            }
            if !again || all.len() >= most || told > NODES_TOLD_AGAIN {
                break;
            }
        }
        all.truncate(most);
        all
    }
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schema")
    }
}

/// What makes the order of elements right at an unexpected one, for the sake of what comes after.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Repair {
    /// The element that lacks before it is told, empty.
    Insert(Option<String>, String),
    /// The element is not told.
    Omit,
}

#[derive(Default)]
struct Repairs(BTreeMap<u32, Repair>);

impl Repairs {
    /// Mends what a pass found; answers whether there is something new to try.
    fn after(&mut self, faults: &[Fault<'_, '_>], in_vain: &[u32]) -> bool {
        self.0.extend(in_vain.iter().map(|id| (*id, Repair::Omit)));
        let mut new = !in_vain.is_empty();
        for fault in faults.iter().filter(|fault| fault.kind == Kind::Unexpected) {
            // The names that may come next end with the first that must.
            let missing = if let Expected::Elements(names) = &fault.expected { names.last().cloned() } else { None };
            let repair = match (self.0.get(&fault.node.id().get()), missing) {
                (None, Some((namespace, local))) if known_later(fault.node, &local) => Repair::Insert(namespace, local),
                (Some(Repair::Omit), _) => continue,
                _ => Repair::Omit,
            };
            self.0.insert(fault.node.id().get(), repair);
            new = true;
        }
        new
    }
}

/// Whether what lacks before an element is worth standing in for: it does not come right after, where the element is but in its way.
fn known_later(node: Node<'_, '_>, missing: &str) -> bool {
    node.next_sibling_element().is_none_or(|next| next.tag_name().name() != missing)
}

/// The document told once.
struct Pass<'r, 'a, 'input> {
    repairs: &'r Repairs,
    faults: Vec<Fault<'a, 'input>>,
    /// Before whom a stand-in was refused as well.
    in_vain: Vec<u32>,
    most: usize,
    told: usize,
}

impl<'a, 'input> Pass<'_, 'a, 'input> {
    fn run(&mut self, schema: &Compiled, root: Node<'a, 'input>) {
        let Some(mut listener) = Listener::new(schema) else { return self.faults.push(Fault::internal(root)) };
        let mut node = root;
        loop {
            let entered = self.enter(&mut listener, node);
            if listener.is_broken() {
                return self.faults.push(Fault::internal(node));
            }
            if let Some(child) = node.first_child().filter(|_| entered) {
                node = child;
                continue;
            }
            if entered {
                self.leave(&mut listener, node);
            }
            loop {
                if node == root || self.faults.len() >= self.most {
                    return;
                }
                if let Some(next) = node.next_sibling() {
                    node = next;
                    break;
                }
                let Some(parent) = node.parent() else { return };
                node = parent;
                self.leave(&mut listener, node);
            }
        }
    }

    /// Tells a node; answers whether it is an element that is now open.
    fn enter(&mut self, listener: &mut Listener<'_>, node: Node<'a, 'input>) -> bool {
        self.told += 1;
        if !node.is_element() {
            if let Some(text) = node.text().filter(|_| node.is_text()) {
                listener.text(text);
                self.hear(listener, node.parent_element().unwrap_or(node));
            }
            return false;
        }
        match self.repairs.0.get(&node.id().get()) {
            None => {}
            Some(Repair::Omit) => return false,
            Some(Repair::Insert(namespace, local)) => {
                listener.open_stand_in(namespace.as_deref(), local);
                if listener.said().iter().any(fault::is_unexpected) {
                    self.in_vain.push(node.id().get());
                }
                listener.close();
                drop(listener.said());
            }
        }
        listener.open(node);
        self.hear(listener, node);
        true
    }

    fn leave(&mut self, listener: &mut Listener<'_>, node: Node<'a, 'input>) {
        listener.close();
        self.hear(listener, node);
    }

    fn hear(&mut self, listener: &Listener<'_>, node: Node<'a, 'input>) {
        for said in listener.said() {
            let fault = Fault::new(node, &said);
            match self.faults.iter_mut().rev().take(16).find(|known| fault.repeats(known)) {
                Some(known) => known.learn(fault.expected),
                None => self.faults.push(fault),
            }
        }
    }
}

#[cfg(test)]
mod tests;
