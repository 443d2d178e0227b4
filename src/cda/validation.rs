//! Everything that is asked of a document, in one call.

use std::borrow::Cow;
use std::sync::Arc;

use crate::cda::document::ClinicalDocument;
use crate::cda::finding::Findings;
use crate::cda::report::{Report, SchemaVerdict};
use crate::cda::rule::volet::{Recognised, Volets};
use crate::cda::rule::{Help, Rule, Severities, Severity};
use crate::xml::document::{Document, text_of_bytes};
use crate::xml::guard::Refused;
use crate::xml::limits::Limits;
use crate::xml::location::{Lines, Location};

static READABLE: Rule = Rule::declared(
    "CDA-READ-01",
    Severity::Error,
    "Le document doit être un XML 1.0 bien formé, en UTF-8, sans DOCTYPE.",
    "The document must be well-formed XML 1.0 in UTF-8, without DOCTYPE.",
    "ANS Structuration minimale §2.1",
);

static CLINICAL_DOCUMENT: Rule = Rule::declared(
    "CDA-READ-02",
    Severity::Error,
    "La racine doit être ClinicalDocument (urn:hl7-org:v3), ou une feuille de style ou une signature qui en contient un seul.",
    "The root must be ClinicalDocument (urn:hl7-org:v3), or a stylesheet or a signature that holds exactly one.",
    "ANS Structuration minimale §2.1",
);

/// Every rule of this file.
pub(crate) static RULES: &[&Rule] = &[&READABLE, &CLINICAL_DOCUMENT];

/// What a deployment decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bounds of the XML.
    pub limits: Limits,
    /// What became of the severity of rules.
    pub severities: Severities,
    /// The most findings in one report.
    pub most_findings: usize,
    /// What each kind of structured document must hold.
    pub volets: Arc<Volets>,
}

impl Default for Settings {
    fn default() -> Self {
        let limits = Limits { bytes: 100 << 20, text_bytes: 100 << 20, ..Limits::default() };
        Self { limits, severities: Severities::default(), most_findings: 1_000, volets: Volets::built_in() }
    }
}

/// Judges documents. One is shared by all threads.
#[derive(Debug)]
pub struct Validator {
    settings: Settings,
}

impl Validator {
    /// A validator.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Judges the bytes of a document by every rule.
    pub fn validate(&self, bytes: &[u8]) -> Report {
        match text_of_bytes(bytes).and_then(|text| Document::parse(text, &self.settings.limits)) {
            Ok(document) => self.judge(&document),
            Err(refused) => self.unreadable(bytes, &refused),
        }
    }

    /// The same for a document that is a tree already.
    pub fn judge(&self, document: &Document<'_>) -> Report {
        let mut findings = Findings::new(document.text(), &self.settings.severities, self.settings.most_findings);
        let (schema, volet) = match ClinicalDocument::of(document) {
            Ok(clinical) => self.ask(clinical, &mut findings),
            Err(not) => {
                findings.tell(
                    &CLINICAL_DOCUMENT,
                    document.root(),
                    Some(document.root().tag_name().name()),
                    not.to_string(),
                );
                (SchemaVerdict::Malformed, None)
            }
        };
        Report { volet, ..report(schema, findings) }
    }

    /// Asks every family. Each tells what it finds; none hides behind another.
    fn ask(
        &self,
        clinical: ClinicalDocument<'_, '_>,
        findings: &mut Findings<'_>,
    ) -> (SchemaVerdict, Option<Recognised>) {
        let volet = self.settings.volets.ask(clinical, findings);
        (SchemaVerdict::Valid, volet)
    }

    fn unreadable(&self, bytes: &[u8], refused: &Refused) -> Report {
        let text = text_of_bytes(bytes).unwrap_or_default();
        let mut findings = Findings::new(text, &self.settings.severities, self.settings.most_findings);
        let place = Lines::of(text).at(refused.offset());
        let said = refused.to_string();
        let help = Help { fr: READABLE.help.fr.clone(), en: Cow::Owned(format!("{} ({said})", READABLE.help.en)) };
        findings.tell_at(&READABLE, Location { xpath: "/".to_owned(), line: place.0, column: place.1 }, said, help);
        report(SchemaVerdict::Malformed, findings)
    }
}

fn report(schema: SchemaVerdict, findings: Findings<'_>) -> Report {
    let told = findings.into_sorted();
    let (left_out, left_out_error) = (told.left_out, told.left_out_error);
    Report { schema, volet: None, findings: told.findings, left_out, left_out_error }
}

#[cfg(test)]
mod tests {
    use super::{Settings, Validator};
    use crate::cda::report::SchemaVerdict;

    fn only(text: &str) -> (SchemaVerdict, String, u32, u32) {
        let report = Validator::new(Settings::default()).validate(text.as_bytes());
        assert!(!report.passes());
        let finding = report.findings.into_iter().next().unwrap();
        (report.schema, finding.rule.into_owned(), finding.location.line, finding.location.column)
    }

    #[test]
    fn what_cannot_be_read_is_told_with_the_place() {
        let malformed = SchemaVerdict::Malformed;
        assert_eq!(only("<!DOCTYPE a><a/>"), (malformed, "CDA-READ-01".to_owned(), 1, 1));
        assert_eq!(only("<a>\n<b></c></a>"), (malformed, "CDA-READ-01".to_owned(), 2, 4));
        assert_eq!(only("<a/>"), (malformed, "CDA-READ-02".to_owned(), 1, 1));
    }
}
