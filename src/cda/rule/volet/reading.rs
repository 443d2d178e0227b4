//! A rule file as text becomes rules, or a reason with its line and column.
//!
//! ```text
//! # A line that begins with # is for people.
//! volet VSM Volet de synthèse médicale | Medical summary
//! applies template('1.2.250.1.213.1.1.1.13')
//! spec ANS VSM 2023.01
//! constant loinc = 2.16.840.1.113883.6.1
//! prefix lab = urn:oid:1.3.6.1.4.1.19376.1.3.2
//!
//! context ClinicalDocument
//!   is l'en-tête | the header
//!   VSM-01 need setId
//!     what l'identifiant de lot | the set identifier
//!   VSM-02 warning test not(relatedDocument) or versionNumber/@value > 1
//!     expected a version above 1
//!     fr Augmenter versionNumber.
//!     en Increase versionNumber.
//! ```
//!
//! `models` instead of `volet` (and without `applies`) holds rules of sections and entries for every document. Expressions are
//! those of `cda::rule::volet::xpath`; names without prefix are those of HL7, `lab`, `pharm`, `ps3-20`, `sdtc` and `xsi` are known.
//! The forms of an assertion stand in `cda::rule::volet::form`: `need PATH`, `one PATH`, `at-most-one PATH`, `no PATH`, `code PATH CODE SYSTEM`,
//! `one-of PATH VALUE …`, `set PATH VALUES`, `set-or-null PATH VALUES`, `each PATH : TEST`, `test EXPRESSION`. A line that ends with `\` goes on in the next.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cda::rule::{Help, Rule, Severity};
use crate::terminology::code_set::{CodeSet, CodeSets};
use crate::xml::namespace::{HL7V3, SDTC, XSI};

use super::form::{Assertion, Form, WORDS, assertion};
use super::xpath::expression::Expression;
use super::xpath::parse::Names;
use super::xpath::pattern::Pattern;
use super::xpath::token::Fault;

/// Why a rule file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {reason}")]
pub struct BadFile {
    /// The name of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: String,
}

/// What a file holds.
#[derive(Debug, Clone)]
pub(super) struct RuleFile {
    pub(super) id: Box<str>,
    pub(super) name: Help,
    /// What makes it apply; nothing for models, which always do.
    pub(super) applies: Option<Expression>,
    pub(super) contexts: Vec<Context>,
}

/// Elements and what must be so of each.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) patterns: Vec<Pattern>,
    pub(super) is: Help,
    spec: Cow<'static, str>,
    pub(super) checks: Vec<Check>,
}

/// A rule and how it is checked.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) rule: Rule,
    pub(super) form: Form,
    pub(super) expected: Cow<'static, str>,
}

/// A rule while its lines are read.
struct Draft {
    line: usize,
    id: String,
    severity: Severity,
    path: String,
    assertion: Assertion,
    what: Option<Help>,
    fr: Option<String>,
    en: Option<String>,
    expected: Option<String>,
    spec: Option<String>,
}

/// What names stand for while a file is read.
pub(super) struct Known<'s> {
    prefixes: BTreeMap<String, String>,
    constants: BTreeMap<String, String>,
    sets: &'s CodeSets,
}

impl Names for Known<'_> {
    fn namespace(&self, prefix: Option<&str>) -> Option<&str> {
        match prefix {
            None => Some(HL7V3),
            Some(prefix) => self.prefixes.get(prefix).map(String::as_str),
        }
    }

    fn constant(&self, name: &str) -> Option<&str> {
        self.constants.get(name).map(String::as_str)
    }

    fn set(&self, name: &str) -> Option<Arc<CodeSet>> {
        self.sets.shared(name)
    }
}

impl<'s> Known<'s> {
    /// The prefixes that every file knows, and the value sets.
    pub(super) fn with(sets: &'s CodeSets) -> Self {
        let prefixes = [
            ("lab", "urn:oid:1.3.6.1.4.1.19376.1.3.2"),
            ("pharm", "urn:ihe:pharm:medication"),
            ("ps3-20", "urn:dicom-org:ps3-20"),
            ("sdtc", SDTC),
            ("xsi", XSI),
        ];
        let prefixes = prefixes.map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned())).into();
        Self { prefixes, constants: BTreeMap::new(), sets }
    }
}

/// Reads one file.
pub(super) struct Reader<'k, 's> {
    known: &'k mut Known<'s>,
    line: usize,
    head: Option<(Box<str>, Help)>,
    models: bool,
    applies: Option<Expression>,
    spec: Cow<'static, str>,
    contexts: Vec<Context>,
    draft: Option<Draft>,
}

/// What went wrong in a line: the byte, the reason.
type Read<T> = Result<T, Fault>;

fn wrong<T>(at: usize, reason: impl Into<String>) -> Read<T> {
    Err(Fault { at, reason: reason.into() })
}

impl<'k, 's> Reader<'k, 's> {
    /// Reads a file.
    ///
    /// # Errors
    /// The first line that is none of a rule file.
    pub(super) fn read(file: &str, text: &str, known: &'k mut Known<'s>) -> Result<RuleFile, BadFile> {
        let mut reader = Self {
            known,
            line: 0,
            head: None,
            models: false,
            applies: None,
            spec: Cow::Borrowed(""),
            contexts: Vec::new(),
            draft: None,
        };
        let mut joined = String::new();
        let mut first = 0;
        for (number, line) in text.lines().enumerate() {
            if joined.is_empty() {
                first = number + 1;
            }
            if let Some(begun) = line.strip_suffix('\\') {
                joined.push_str(begun);
                continue;
            }
            joined.push_str(line);
            reader.line = first;
            let told = reader.take(&joined);
            told.map_err(|fault| bad(file, first, &joined, &fault))?;
            joined.clear();
        }
        let last = text.lines().count();
        let end = reader.end();
        end.map_err(|(line, reason)| BadFile {
            file: file.to_owned(),
            line: line.max(1).min(last.max(1)),
            column: 1,
            reason,
        })
    }

    fn take(&mut self, line: &str) -> Read<()> {
        let trimmed = line.trim_end();
        let indent = trimmed.len() - trimmed.trim_start().len();
        let content = trimmed.trim_start();
        if content.is_empty() || content.starts_with('#') {
            return Ok(());
        }
        let (word, rest) = content.split_once(' ').unwrap_or((content, ""));
        let rest_at = indent + content.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let taken = if indent == 0 {
            self.finish()?;
            self.top(word, rest)
        } else {
            self.inner(word, rest)
        };
        // A fault within the rest of the line is told by its place in the line.
        taken.map_err(|fault| Fault { at: fault.at + rest_at, ..fault })
    }

    fn top(&mut self, word: &str, rest: &str) -> Read<()> {
        match word {
            "volet" | "models" => {
                let (id, name) = rest.split_once(' ').unwrap_or((rest, ""));
                if self.head.is_some() || id.is_empty() {
                    return wrong(0, "a file holds one volet, with a name");
                }
                self.models = word == "models";
                self.head = Some((id.into(), both(name)?));
            }
            "applies" => self.applies = Some(Expression::parse(rest, self.known)?),
            "spec" => self.spec = rest.to_owned().into(),
            "constant" | "prefix" => {
                let (name, text) = rest.split_once(" = ").ok_or(Fault { at: 0, reason: "NAME = TEXT".to_owned() })?;
                let table = if word == "prefix" { &mut self.known.prefixes } else { &mut self.known.constants };
                table.insert(name.trim().to_owned(), text.trim().to_owned());
            }
            "context" => {
                if self.head.is_none() {
                    return wrong(0, "a context stands in a volet or in models");
                }
                let patterns = Pattern::parse(rest, self.known)?;
                let is = Help { fr: rest.to_owned().into(), en: rest.to_owned().into() };
                self.contexts.push(Context { patterns, is, spec: self.spec.clone(), checks: Vec::new() });
            }
            _ => return wrong(0, format!("{word} begins no line of a rule file")),
        }
        Ok(())
    }

    fn inner(&mut self, word: &str, rest: &str) -> Read<()> {
        if is_id(word) {
            self.finish()?;
            self.draft = Some(self.begun(word, rest)?);
            return Ok(());
        }
        let text = || Some(rest.to_owned());
        if let Some(draft) = &mut self.draft {
            match word {
                "what" => draft.what = Some(both(rest)?),
                "fr" => draft.fr = text(),
                "en" => draft.en = text(),
                "expected" => draft.expected = text(),
                "spec" => draft.spec = text(),
                _ => return wrong(0, format!("{word} begins no line of a rule")),
            }
            return Ok(());
        }
        match (word, self.contexts.last_mut()) {
            ("is", Some(context)) => context.is = both(rest)?,
            ("spec", Some(context)) => context.spec = rest.to_owned().into(),
            _ => return wrong(0, format!("{word} begins no line of a context")),
        }
        Ok(())
    }

    /// `ID [warning] FORM …`
    fn begun(&self, id: &str, rest: &str) -> Read<Draft> {
        if self.contexts.is_empty() {
            return wrong(0, "a rule stands in a context");
        }
        let (severity, form) = match rest.strip_prefix("warning ") {
            Some(form) => (Severity::Warning, form),
            None => (Severity::Error, rest),
        };
        let before = rest.len() - form.len();
        let (word, path) = form.split_once(' ').unwrap_or((form, ""));
        if !WORDS.contains(&word) {
            return wrong(before, format!("{word} is no form of a rule; there are {}", WORDS.join(", ")));
        }
        let offset = before + word.len() + 1;
        let assertion =
            assertion(word, path, self.known).map_err(|fault| Fault { at: fault.at + offset, reason: fault.reason })?;
        let path = path.to_owned();
        let (line, id) = (self.line, id.to_owned());
        Ok(Draft { line, id, severity, path, assertion, what: None, fr: None, en: None, expected: None, spec: None })
    }

    /// The rule that was begun is complete.
    fn finish(&mut self) -> Read<()> {
        let (Some(draft), Some(context)) = (self.draft.take(), self.contexts.last_mut()) else { return Ok(()) };
        let incomplete = |id: &str| Fault { at: 0, reason: format!("{id}, above, needs help: fr and en, or what") };
        let help = match (&draft.assertion.help, draft.fr, draft.en) {
            (_, Some(fr), Some(en)) => Help { fr: fr.into(), en: en.into() },
            (Some(form), None, None) => {
                let place = |language: fn(&Help) -> &str| match &draft.what {
                    Some(what) => language(what).to_owned(),
                    None => draft.path.split(' ').next().unwrap_or("").to_owned(),
                };
                let filled = |language: fn(&Help) -> &str| {
                    let filled = language(form).replace("{what}", &place(language));
                    filled.replace("{where}", language(&context.is)).replace("{path}", &draft.path).into()
                };
                Help { fr: filled(french), en: filled(english) }
            }
            _ => return Err(incomplete(&draft.id)),
        };
        let spec = draft.spec.map_or_else(|| context.spec.clone(), Cow::Owned);
        if spec.is_empty() {
            return wrong(0, format!("{}, in line {}, needs a spec", draft.id, draft.line));
        }
        let expected = draft.expected.map_or(draft.assertion.expected, Cow::Owned);
        let rule = Rule { id: draft.id.into(), severity: draft.severity, help, spec };
        context.checks.push(Check { rule, form: draft.assertion.form, expected });
        Ok(())
    }

    fn end(mut self) -> Result<RuleFile, (usize, String)> {
        self.finish().map_err(|fault| (self.line, fault.reason))?;
        let Some((id, name)) = self.head else { return Err((1, "no line says `volet` or `models`".to_owned())) };
        if !self.models && self.applies.is_none() {
            return Err((1, "a volet says by `applies` which documents follow it".to_owned()));
        }
        if let Some(empty) = self.contexts.iter().find(|context| context.checks.is_empty()) {
            return Err((self.line, format!("{} has no rule", empty.is.en)));
        }
        Ok(RuleFile { id, name, applies: self.applies, contexts: self.contexts })
    }
}

fn french(help: &Help) -> &str {
    &help.fr
}

fn english(help: &Help) -> &str {
    &help.en
}

fn bad(file: &str, line: usize, text: &str, fault: &Fault) -> BadFile {
    let column = text.get(..fault.at).map_or(1, |before| before.chars().count() + 1);
    BadFile { file: file.to_owned(), line, column, reason: fault.reason.clone() }
}

/// `FRENCH | ENGLISH`
fn both(text: &str) -> Read<Help> {
    match text.split_once(" | ") {
        Some((fr, en)) if !fr.trim().is_empty() && !en.trim().is_empty() => {
            Ok(Help { fr: fr.trim().to_owned().into(), en: en.trim().to_owned().into() })
        }
        _ => wrong(0, "both languages: FRENCH | ENGLISH"),
    }
}

/// `VSM-01`: capitals and digits, with a hyphen.
fn is_id(word: &str) -> bool {
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    word.contains('-') && word.bytes().all(capital) && word.starts_with(|first: char| first.is_ascii_uppercase())
}
