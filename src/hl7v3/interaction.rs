//! The interactions of the feed. Spec: ITI TF-2: 3.44.4.1.2, 3.44.4.2.2.

/// What a message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    /// Patient registry record added.
    Added,
    /// Patient registry record revised.
    Revised,
    /// Patient identities merged (duplicates resolved).
    DuplicatesResolved,
}

/// Root element, which is also `interactionId/@extension`, and what it means.
const TABLE: &[(&str, Interaction)] = &[
    ("PRPA_IN201301UV02", Interaction::Added),
    ("PRPA_IN201302UV02", Interaction::Revised),
    ("PRPA_IN201304UV02", Interaction::DuplicatesResolved),
];

/// The root of interaction ids, `interactionId/@root`.
pub const INTERACTION_ROOT: &str = "2.16.840.1.113883.1.6";

impl Interaction {
    /// By the root element.
    pub fn parse(root: &str) -> Option<Self> {
        TABLE.iter().find(|(name, _)| *name == root).map(|(_, interaction)| *interaction)
    }

    /// The root element.
    pub fn as_str(self) -> &'static str {
        TABLE.iter().find(|(_, interaction)| *interaction == self).map_or("", |(name, _)| name)
    }
}
