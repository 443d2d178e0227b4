//! What is wrong with a document: which rule, where, what stood there, what was expected.

use std::borrow::Cow;

use crate::cda::rule::{Help, Rule, Severities, Severity};
use crate::xml::document::Node;
use crate::xml::location::{Lines, Location};

/// Characters of a document that a finding quotes at most.
const QUOTED: usize = 120;

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that speaks.
    pub rule: Cow<'static, str>,
    /// Whether the document is refused.
    pub severity: Severity,
    /// Where.
    pub location: Location,
    /// What stood there; nothing when something is missing.
    pub found: Option<Found>,
    /// What should have stood there.
    pub expected: Cow<'static, str>,
    /// How to mend it.
    pub help: Help,
}

/// A quotation of the document: for its sender only. It hides from `Debug` and never goes into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Found(String);

impl Found {
    /// Quotes a document, shortened.
    pub fn new(text: &str) -> Self {
        let mut quoted: String = text.chars().take(QUOTED).collect();
        if quoted.len() < text.len() {
            quoted.push('…');
        }
        Self(quoted)
    }

    /// The quotation.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Found({} bytes)", self.0.len())
    }
}

/// Gathers what the rules find in one document, within a bound.
pub struct Findings<'r> {
    severities: &'r Severities,
    lines: Lines<'r>,
    most: usize,
    found: Vec<Finding>,
    left_out: usize,
    left_out_error: bool,
}

impl<'r> Findings<'r> {
    /// For one document: its text, for line numbers; what the deployment made of severities; how many are kept.
    pub fn new(text: &'r str, severities: &'r Severities, most: usize) -> Self {
        Self { severities, lines: Lines::of(text), most, found: Vec::new(), left_out: 0, left_out_error: false }
    }

    /// Whether what is told from now on is counted only.
    pub fn is_full(&self) -> bool {
        self.found.len() >= self.most
    }

    /// A rule is broken at a node. `found` quotes the document.
    pub fn tell(
        &mut self,
        rule: &Rule,
        node: Node<'_, '_>,
        found: Option<&str>,
        expected: impl Into<Cow<'static, str>>,
    ) {
        let Some(severity) = self.counted(&rule.id, rule.severity) else { return };
        let location = self.lines.place(node);
        self.found.push(Finding {
            rule: rule.id.clone(),
            severity,
            location,
            found: found.map(Found::new),
            expected: expected.into(),
            help: rule.help.clone(),
        });
    }

    /// The same, with a sentence of help that says more than the rule itself.
    pub fn tell_with(
        &mut self,
        rule: &Rule,
        node: Node<'_, '_>,
        found: Option<&str>,
        expected: impl Into<Cow<'static, str>>,
        help: impl FnOnce() -> Help,
    ) {
        let before = self.found.len();
        self.tell(rule, node, found, expected);
        if let Some(told) = self.found.get_mut(before) {
            told.help = help();
        }
    }

    /// A rule is broken at an attribute of an element; `namespace` and `local` name it.
    pub fn tell_attribute(
        &mut self,
        rule: &Rule,
        element: Node<'_, '_>,
        (namespace, local): (Option<&str>, &str),
        found: Option<&str>,
        expected: impl Into<Cow<'static, str>>,
    ) {
        let before = self.found.len();
        self.tell(rule, element, found, expected);
        if let Some(told) = self.found.get_mut(before) {
            told.location = self.lines.place_attribute(element, namespace, local);
        }
    }

    /// A rule is broken inside a text node, that many bytes from the start of its text.
    pub fn tell_inside(
        &mut self,
        rule: &Rule,
        text: Node<'_, '_>,
        offset: usize,
        found: Option<&str>,
        expected: impl Into<Cow<'static, str>>,
    ) {
        let before = self.found.len();
        self.tell(rule, text, found, expected);
        if let Some(told) = self.found.get_mut(before) {
            let source = text.document().input_text().get(text.range()).unwrap_or_default();
            let within = offset_in_source(source, text.text().unwrap_or_default(), offset);
            (told.location.line, told.location.column) = self.lines.at(text.range().start + within);
        }
    }

    /// A rule is broken at a place that is no node, such as where reading stopped.
    pub fn tell_at(&mut self, rule: &Rule, location: Location, expected: impl Into<Cow<'static, str>>, help: Help) {
        let Some(severity) = self.counted(&rule.id, rule.severity) else { return };
        let (rule, expected) = (rule.id.clone(), expected.into());
        self.found.push(Finding { rule, severity, location, found: None, expected, help });
    }

    /// All that was told, in the order of the document, and how many more there were.
    pub fn into_sorted(self) -> Told {
        let Self { mut found, left_out, left_out_error, .. } = self;
        found.sort_by_key(|finding| (finding.location.line, finding.location.column));
        Told { findings: found, left_out, left_out_error }
    }

    /// How a broken rule speaks; nothing when it is silenced or there is no room for more.
    fn counted(&mut self, id: &str, default: Severity) -> Option<Severity> {
        let severity = self.severities.of(id, default)?;
        if self.found.len() < self.most {
            return Some(severity);
        }
        self.left_out += 1;
        self.left_out_error |= severity == Severity::Error;
        None
    }
}

/// Where a byte of a text stands in the bytes that were parsed: line ends may be shorter in the text. Behind a reference or in a
/// CDATA section the place is that of the whole.
fn offset_in_source(source: &str, text: &str, offset: usize) -> usize {
    if source.len() == text.len() {
        return offset;
    }
    if source.contains('&') || source.starts_with('<') {
        return 0;
    }
    let kept = source.bytes().enumerate().filter(|(_, byte)| *byte != b'\r');
    kept.map(|(at, _)| at).nth(offset).unwrap_or(source.len())
}

/// What was found in one document.
#[derive(Debug)]
pub struct Told {
    /// In the order of the document.
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub left_out: usize,
    /// Whether one of those refuses the document.
    pub left_out_error: bool,
}
