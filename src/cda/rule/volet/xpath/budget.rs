//! How much may be done for one document.

use std::cell::Cell;

/// The steps that are left. Each visited node costs one, and so does each [`BYTES`] bytes of compared or copied text.
#[derive(Debug)]
pub(in crate::cda) struct Budget {
    left: Cell<u64>,
}

/// The budget is used up: what was asked has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cda) struct Exhausted;

/// Bytes of text for a step.
const BYTES: usize = 32;

impl Budget {
    /// So many steps.
    pub(in crate::cda) fn new(steps: u64) -> Self {
        Self { left: Cell::new(steps) }
    }

    /// One step.
    pub(super) fn step(&self) -> Result<(), Exhausted> {
        self.take(1)
    }

    /// The price of reading or making a text.
    pub(super) fn text(&self, text: &str) -> Result<(), Exhausted> {
        self.take(1 + (text.len() / BYTES) as u64)
    }

    fn take(&self, steps: u64) -> Result<(), Exhausted> {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(Exhausted)
    }
}
