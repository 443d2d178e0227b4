//! The verdict on one document and everything it rests on.

use crate::cda::document::{Level, Wrapper};
use crate::cda::finding::Finding;
use crate::cda::rule::Severity;
use crate::cda::rule::volet::Recognised;

/// How far a document could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaVerdict {
    /// The schema holds.
    Valid,
    /// It does not.
    Invalid,
    /// It is no XML that is taken, or no CDA.
    Malformed,
}

impl SchemaVerdict {
    /// The word of a report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Malformed => "malformed",
        }
    }
}

/// What a validation found. It holds quotations of the document, which hide from `Debug`.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the schema says.
    pub schema: SchemaVerdict,
    /// The volet that the document follows, if its rules are known.
    pub volet: Option<Recognised>,
    /// What stands around the document; nothing when there is no document.
    pub wrapper: Option<Wrapper>,
    /// The level of its body.
    pub level: Option<Level>,
    /// In the order of the document.
    pub findings: Vec<Finding>,
    /// How many more findings there were.
    pub left_out: usize,
    pub(in crate::cda) left_out_error: bool,
}

impl Report {
    /// Whether the document may be taken.
    pub fn passes(&self) -> bool {
        self.schema == SchemaVerdict::Valid && !self.left_out_error && self.errors().next().is_none()
    }

    /// Whether a finding that was left out refuses the document.
    pub fn left_out_error(&self) -> bool {
        self.left_out_error
    }

    /// The findings that refuse the document.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }
}
