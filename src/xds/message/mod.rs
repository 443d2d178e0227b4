//! The messages of the four transactions, in and out. Spec: ITI TF-2: 3.18, 3.41, 3.42, 3.43; ebRS 3.0.
//!
//! Requests are read from a tree, by namespace. Answers are pushed into a buffer with the prefixes that the DMP
//! uses, since some clients look for them as strings.

pub mod provide_and_register;
pub mod register;
pub mod registry_response;
pub mod remove;
pub mod remove_documents;
pub mod retrieve;
pub mod rule;
pub mod stored_query;
pub mod update;

use crate::xds::error::{ErrorCode, Finding};
use crate::xml::document::Node;
use crate::xml::location::Location;
use crate::xml::namespace::{LCM, QUERY, RIM, RS, XDSB};

/// Which service answers: each has its own prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// ITI-18, ITI-42.
    Registry,
    /// ITI-41, ITI-43.
    Repository,
}

/// Prefix declarations of the root of an answer, in order. Spec: DMP TD2.1, TD3.1, TD3.2 answers.
const REGISTRY_PREFIXES: [(&str, &str); 4] = [("ns2", RS), ("ns3", QUERY), ("ns4", RIM), ("ns5", LCM)];
/// The same for the repository.
const REPOSITORY_PREFIXES: [(&str, &str); 5] = [("ns2", RS), ("ns3", LCM), ("ns4", XDSB), ("ns5", RIM), ("ns6", QUERY)];

impl Service {
    fn prefixes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Registry => &REGISTRY_PREFIXES,
            Self::Repository => &REPOSITORY_PREFIXES,
        }
    }

    /// Writes the prefix declarations of the root element.
    fn push_prefixes(self, out: &mut Vec<u8>) {
        for (prefix, namespace) in self.prefixes() {
            out.extend_from_slice(b" xmlns:");
            out.extend_from_slice(prefix.as_bytes());
            out.extend_from_slice(b"=\"");
            out.extend_from_slice(namespace.as_bytes());
            out.push(b'"');
        }
    }
}

/// A message that lacks one of its parts.
fn lacks(code: ErrorCode, what: &str) -> Finding {
    Finding::of(&rule::SHAPE, format!("the message lacks {what}")).coded(code)
}

/// The same, with the place; only for what can be missing once.
fn missing(code: ErrorCode, what: &str, node: Node<'_, '_>) -> Finding {
    lacks(code, what).at(Location::of(node))
}
