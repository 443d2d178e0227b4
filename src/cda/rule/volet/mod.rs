//! What each kind of structured document must hold: the volets of the CI-SIS, as files of rules.
//!
//! A file names the documents that follow it, the elements it looks at and what must be so of each; [`reading`] says how. The
//! files of this folder are built in; an operator adds files, or replaces a volet by one of the same name. A document is
//! walked once: an index says which contexts an element may be, by the templates it claims and by its name. Documents of
//! level 1 follow no volet. Spec: ANS CI-SIS, the volets and the "modèles de contenus CDA".

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use crate::cda::document::{ClinicalDocument, Level};
use crate::cda::finding::Findings;
use crate::cda::rule::{Help, Rule, Severity};
use crate::terminology::code_set::CodeSets;
use crate::xml::document::{Node, children, plain_attribute};
use crate::xml::namespace::HL7V3;

pub(in crate::cda) mod xpath;
mod form;
pub mod reading;

use reading::{BadFile, Context, Known, Reader, RuleFile};
use xpath::budget::{Budget, Exhausted};
use xpath::pattern::{Key, Pattern};

static EXHAUSTED: Rule = Rule::declared(
    "VOLET-STEPS-01",
    Severity::Error,
    "Le contrôle du volet dépasse le nombre d'opérations admis pour un document : alléger le document.",
    "Checking the volet takes more steps than a document may take: make the document lighter.",
    "bound of this gateway",
);

/// Every rule of this file.
pub(crate) static RULES: &[&Rule] = &[&EXHAUSTED];

/// Steps for any document, and for each byte of it. The examples of ANS take a fifth of a step for each byte.
const STEPS: u64 = 1_000_000;
const STEPS_PER_BYTE: u64 = 4;

/// The files that are built in.
const FILES: &[(&str, &str)] = &[
    ("models-sections.rules", include_str!("data/models-sections.rules")),
    ("models-entries.rules", include_str!("data/models-entries.rules")),
    ("vsm.rules", include_str!("data/vsm.rules")),
    ("bio.rules", include_str!("data/bio.rules")),
    ("ep.rules", include_str!("data/ep.rules")),
    ("img.rules", include_str!("data/img.rules")),
    ("vac.rules", include_str!("data/vac.rules")),
    ("ldl-ees.rules", include_str!("data/ldl-ees.rules")),
    ("ldl-ses.rules", include_str!("data/ldl-ses.rules")),
];

static BUILT_IN: LazyLock<Result<Arc<Volets>, BadFile>> =
    LazyLock::new(|| Volets::read(FILES, &CodeSets::built_in()).map(Arc::new));

/// Every volet whose rules are known. One is shared by all threads.
#[derive(Debug, Clone, Default)]
pub struct Volets {
    files: Vec<RuleFile>,
    index: Index,
}

/// Which contexts an element may be: the file and the number of each.
#[derive(Debug, Clone, Default)]
struct Index {
    by_template: HashMap<Box<str>, Vec<(usize, usize)>>,
    by_name: HashMap<Box<str>, Vec<(usize, usize)>>,
    any: Vec<(usize, usize)>,
}

/// A volet that a document follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Its short name, such as `VSM`.
    pub id: String,
    /// Its name.
    pub name: Help,
}

impl Volets {
    /// Those that are built in.
    pub fn built_in() -> Arc<Self> {
        // A test reads them all: a file that cannot be read does not get into a build.
        BUILT_IN.as_ref().map_or_else(|_| Arc::default(), Arc::clone)
    }

    /// Those that are built in, and files of an operator: name and text of each. A volet of the same name replaces one.
    ///
    /// # Errors
    /// The first line of a file that is none of a rule file, or a rule that stands in two files.
    pub fn with<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>, sets: &CodeSets) -> Result<Self, BadFile> {
        let all: Vec<(&str, &str)> = FILES.iter().copied().chain(files).collect();
        Self::read(&all, sets)
    }

    fn read(files: &[(&str, &str)], sets: &CodeSets) -> Result<Self, BadFile> {
        let mut read: Vec<(&str, RuleFile)> = Vec::new();
        for (name, text) in files {
            let file = Reader::read(name, text, &mut Known::with(sets))?;
            read.retain(|(_, other)| other.id != file.id);
            read.push((name, file));
        }
        each_once(&read)?;
        let files: Vec<RuleFile> = read.into_iter().map(|(_, file)| file).collect();
        let index = Index::of(&files);
        Ok(Self { files, index })
    }

    /// Every rule, with the name of the volet or of the models it stands in.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.files.iter().flat_map(|file| {
            let checks = file.contexts.iter().flat_map(|context| &context.checks);
            checks.map(|check| (&*file.id, &check.rule))
        })
    }

    /// Every rule that is built in, with the name of its volet or models.
    pub fn built_in_rules() -> impl Iterator<Item = (&'static str, &'static Rule)> {
        BUILT_IN.as_ref().ok().into_iter().flat_map(|volets| volets.rules())
    }

    /// Tells what a document lacks of the volet that it follows, and says which one that is.
    pub(in crate::cda) fn ask(
        &self,
        clinical: ClinicalDocument<'_, '_>,
        findings: &mut Findings<'_>,
    ) -> Option<Recognised> {
        if clinical.level() != Some(Level::Three) {
            return None;
        }
        let element = clinical.element();
        let budget = Budget::new(STEPS + STEPS_PER_BYTE * element.range().len() as u64);
        let mut walk = Walk { volets: self, budget: &budget, followed: Vec::new(), findings };
        if let Ok(recognised) = walk.whole(element) {
            return recognised;
        }
        walk.findings.tell(&EXHAUSTED, element, None, "a document whose volet can be checked");
        None
    }
}

impl Index {
    fn of(files: &[RuleFile]) -> Self {
        let mut index = Self::default();
        for (at, file) in files.iter().enumerate() {
            for (number, context) in file.contexts.iter().enumerate() {
                let keys: BTreeSet<Key> = context.patterns.iter().map(Pattern::key).collect();
                for key in keys {
                    let place = match key {
                        Key::Template(root) => index.by_template.entry(root).or_default(),
                        Key::Name(local) => index.by_name.entry(local).or_default(),
                        Key::Any => &mut index.any,
                    };
                    place.push((at, number));
                }
            }
        }
        index
    }
}

/// No rule may stand in two files: its name would be told of two things.
fn each_once(files: &[(&str, RuleFile)]) -> Result<(), BadFile> {
    let mut seen = BTreeSet::new();
    for (name, file) in files {
        for check in file.contexts.iter().flat_map(|context| &context.checks) {
            if !seen.insert(check.rule.id.as_ref()) {
                let reason = format!("the rule {} stands twice", check.rule.id);
                return Err(BadFile { file: (*name).to_owned(), line: 1, column: 1, reason });
            }
        }
    }
    Ok(())
}

/// One walk through a document.
struct Walk<'w, 'r> {
    volets: &'w Volets,
    budget: &'w Budget,
    /// For each file whether the document follows it.
    followed: Vec<bool>,
    findings: &'w mut Findings<'r>,
}

impl Walk<'_, '_> {
    fn whole(&mut self, document: Node<'_, '_>) -> Result<Option<Recognised>, Exhausted> {
        let mut recognised = None;
        for file in &self.volets.files {
            let follows = match &file.applies {
                None => true,
                Some(applies) => applies.holds(document, self.budget)?,
            };
            self.followed.push(follows);
            if follows && file.applies.is_some() && recognised.is_none() {
                recognised = Some(Recognised { id: file.id.to_string(), name: file.name.clone() });
            }
        }
        for element in document.descendants().filter(Node::is_element) {
            self.element(element)?;
        }
        Ok(recognised)
    }

    /// Asks every context that this element may be.
    fn element(&mut self, element: Node<'_, '_>) -> Result<(), Exhausted> {
        let volets = self.volets;
        let index = &volets.index;
        let mut asked: Vec<(usize, usize)> = index.any.clone();
        asked.extend(index.by_name.get(element.tag_name().name()).into_iter().flatten());
        for template in children(element, HL7V3, "templateId") {
            let root = plain_attribute(template, "root").unwrap_or("");
            asked.extend(index.by_template.get(root).into_iter().flatten());
        }
        // An element may claim a template twice, and a context may be found by two of them.
        asked.sort_unstable();
        asked.dedup();
        for (file, number) in asked {
            let context = volets.files.get(file).and_then(|file| file.contexts.get(number));
            let followed = self.followed.get(file).copied().unwrap_or(false);
            if let (Some(context), true) = (context, followed) {
                self.context(context, element)?;
            }
        }
        Ok(())
    }

    fn context(&mut self, context: &Context, element: Node<'_, '_>) -> Result<(), Exhausted> {
        let mut matched = false;
        for pattern in &context.patterns {
            matched = matched || pattern.matches(element, self.budget)?;
        }
        if !matched {
            return Ok(());
        }
        for check in &context.checks {
            let findings = &mut *self.findings;
            check.form.faults(element, self.budget, &mut |node, is_there| {
                let found = is_there.then(|| start_tag(node));
                findings.tell(&check.rule, node, found, check.expected.clone());
            })?;
        }
        Ok(())
    }
}

/// The start tag of an element as it stands in the document.
fn start_tag<'d>(node: Node<'d, '_>) -> &'d str {
    let text = node.document().input_text().get(node.range()).unwrap_or("");
    // A `>` may stand in an attribute.
    let mut quote = None;
    let end = text.char_indices().find(|(_, character)| match (quote, *character) {
        (None, '>') => true,
        (None, '"' | '\'') => {
            quote = Some(*character);
            false
        }
        (Some(own), other) => {
            if own == other {
                quote = None;
            }
            false
        }
        (None, _) => false,
    });
    end.and_then(|(at, _)| text.get(..=at)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
