//! What is wrong with a configuration: one sentence each, with the key or the place it stands at.

use std::fmt;

/// Whether the gateway can run with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It runs, but somebody should look.
    Warning,
    /// It does not start.
    Error,
}

impl Severity {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `section.key`, with its line in the file or its environment variable where that is known.
    pub place: String,
    /// How bad.
    pub severity: Severity,
    /// One sentence without a full stop.
    pub text: String,
}

impl Finding {
    /// The gateway does not start.
    pub fn error(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { place: place.into(), severity: Severity::Error, text: text.into() }
    }

    /// It runs, but somebody should look.
    pub fn warning(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { place: place.into(), severity: Severity::Warning, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}: {}", self.severity.as_str(), self.place, self.text)
    }
}

/// A configuration that cannot be used, with everything that is wrong with it.
#[derive(Debug, thiserror::Error)]
pub struct Refused {
    /// At least one.
    pub findings: Vec<Finding>,
}

impl Refused {
    /// One finding is enough.
    pub fn of(finding: Finding) -> Self {
        Self { findings: vec![finding] }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, finding) in self.findings.iter().enumerate() {
            if at > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{finding}")?;
        }
        Ok(())
    }
}
