//! A value set: which codes of which systems are in it. Labels are never compared.

use std::collections::HashMap;

/// The members of a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cda) struct Members {
    name: Box<str>,
    systems: HashMap<Box<str>, Vec<Box<str>>>,
}

impl Members {
    /// An empty set of that name.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.into(), systems: HashMap::new() }
    }

    /// One code more.
    pub(super) fn add(&mut self, code: &str, system: &str) {
        self.systems.entry(code.into()).or_default().push(system.into());
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.systems.is_empty()
    }

    /// Whether a code of a system is in it.
    pub(in crate::cda) fn hold(&self, code: &str, system: &str) -> bool {
        self.systems.get(code).is_some_and(|systems| systems.iter().any(|own| **own == *system))
    }
}
