//! Everything that is asked of a document, in one call.

use std::borrow::Cow;
use std::sync::Arc;

use crate::cda::document::{ClinicalDocument, NotCda};
use crate::cda::finding::Findings;
use crate::cda::report::{Report, SchemaVerdict};
use crate::cda::rule::body;
use crate::cda::rule::header;
use crate::cda::rule::schema;
use crate::cda::rule::volet::Volets;
use crate::cda::rule::{Help, Rule, Severities, Severity};
use crate::terminology::code_set::CodeSets;
use crate::xml::document::{Document, text_of_bytes};
use crate::xml::guard::Refused;
use crate::xml::limits::Limits;
use crate::xml::location::{Lines, Location};
use crate::xml::schema::{Schema, SchemaError};

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

static SIZE: Rule = Rule::declared(
    "CDA-READ-03",
    Severity::Error,
    "Le document ne doit pas dépasser la taille acceptée : réduire les images ou le PDF qu'il contient, ou le scinder.",
    "The document must not be larger than what is taken: make the images or the PDF inside it smaller, or split it.",
    "DMP TD2.1; the limit of the national service is not published",
);

/// Every rule of this file.
pub(crate) static RULES: &[&Rule] = &[&READABLE, &CLINICAL_DOCUMENT, &SIZE];

/// What becomes of a deposit whose CDA breaks a rule of severity error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It is refused.
    Enforce,
    /// It is taken, and the answer warns of what it breaks.
    Report,
    /// The document is not read.
    Off,
}

/// What a deployment decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bounds of the XML; `bytes` is the largest document that is judged.
    pub limits: Limits,
    /// What became of the severity of rules.
    pub severities: Severities,
    /// The most findings in one report.
    pub most_findings: usize,
    /// The value sets that rules compare with.
    pub code_sets: Arc<CodeSets>,
    /// The schema that the operator names instead of the gateway's own.
    pub schema: Option<Arc<Schema>>,
    /// What each kind of structured document must hold.
    pub volets: Arc<Volets>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Self::limits_of(20 << 20),
            severities: Severities::default(),
            most_findings: 1_000,
            code_sets: CodeSets::built_in(),
            schema: None,
            volets: Volets::built_in(),
        }
    }
}

impl Settings {
    /// Bounds for documents up to that size: the file inside a level 1 document is one run of text.
    pub fn limits_of(bytes: usize) -> Limits {
        Limits { bytes, text_bytes: bytes, ..Limits::default() }
    }
}

/// Judges documents. One is shared by all threads.
#[derive(Debug)]
pub struct Validator {
    settings: Settings,
    schema: Result<Arc<Schema>, SchemaError>,
}

impl Validator {
    /// A validator. The schema is compiled when the first one is made.
    pub fn new(settings: Settings) -> Self {
        let schema = settings.schema.clone().map_or_else(schema::embedded::schema, Ok);
        Self { settings, schema }
    }

    /// Why documents cannot be judged by the schema, if so: nothing is taken then, and whoever starts a service wants to know.
    ///
    /// # Errors
    /// What libxml2 says.
    pub fn ready(&self) -> Result<(), SchemaError> {
        self.schema.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// Judges the bytes of a document by every rule.
    pub fn validate(&self, bytes: &[u8]) -> Report {
        self.validate_and(bytes, |_| ()).0
    }

    /// The same, and lets `look` read the document too when there is one: both from one tree.
    pub fn validate_and<T>(
        &self,
        bytes: &[u8],
        look: impl FnOnce(ClinicalDocument<'_, '_>) -> T,
    ) -> (Report, Option<T>) {
        if bytes.len() > self.settings.limits.bytes {
            return (self.too_large(bytes.len() as u64), None);
        }
        match text_of_bytes(bytes).and_then(|text| Document::parse(text, &self.settings.limits)) {
            Ok(document) => (self.judge(&document), ClinicalDocument::of(&document).ok().map(look)),
            Err(refused) => (self.unreadable(bytes, &refused), None),
        }
    }

    /// Lets `look` read a document without judging it; nothing when there is none within the bounds.
    pub fn read<T>(&self, bytes: &[u8], look: impl FnOnce(ClinicalDocument<'_, '_>) -> T) -> Option<T> {
        let document = Document::parse(text_of_bytes(bytes).ok()?, &self.settings.limits).ok()?;
        ClinicalDocument::of(&document).ok().map(look)
    }

    /// What the deployment made of the severity of rules.
    pub fn severities(&self) -> &Severities {
        &self.settings.severities
    }

    /// The same for a document that is a tree already.
    pub fn judge(&self, document: &Document<'_>) -> Report {
        let mut findings = Findings::new(document.text(), &self.settings.severities, self.settings.most_findings);
        match ClinicalDocument::of(document) {
            Ok(clinical) => {
                let schema = self.ask(clinical, &mut findings);
                let volet = self.settings.volets.ask(clinical, &mut findings);
                let (wrapper, level) = (Some(clinical.wrapper()), clinical.level());
                Report { volet, wrapper, level, ..report(schema, findings) }
            }
            Err(not) => {
                let root = document.root();
                let expected = match not {
                    NotCda::Root => "hl7:ClinicalDocument, bare or in a stylesheet or a signature",
                    NotCda::Wrapped => "exactly one hl7:ClinicalDocument inside",
                };
                findings.tell(&CLINICAL_DOCUMENT, root, Some(root.tag_name().name()), expected);
                report(SchemaVerdict::Malformed, findings)
            }
        }
    }

    /// The largest document that is judged, in bytes. Who reads documents need not read more of one.
    pub fn largest(&self) -> usize {
        self.settings.limits.bytes
    }

    /// The report on a document of that many bytes, which is larger than what is judged.
    pub fn too_large(&self, bytes: u64) -> Report {
        let mut findings = Findings::new("", &self.settings.severities, self.settings.most_findings);
        let place = Location { xpath: "/".to_owned(), line: 1, column: 1 };
        let largest = self.settings.limits.bytes;
        let help = Help {
            fr: Cow::Owned(format!("{} ({bytes} octets, au plus {largest}).", SIZE.help.fr.trim_end_matches('.'))),
            en: Cow::Owned(format!("{} ({bytes} bytes, at most {largest}).", SIZE.help.en.trim_end_matches('.'))),
        };
        findings.tell_at(&SIZE, place, format!("at most {largest} bytes, not {bytes}"), help);
        report(SchemaVerdict::Malformed, findings)
    }

    /// Asks every family. Each tells what it finds; none hides behind another.
    fn ask(&self, clinical: ClinicalDocument<'_, '_>, findings: &mut Findings<'_>) -> SchemaVerdict {
        let schema = self.schema.as_deref().ok();
        let verdict = schema::check(schema, clinical.element(), self.settings.most_findings, findings);
        header::check(clinical, &self.settings.code_sets, findings);
        body::ask(clinical, findings);
        verdict
    }

    fn unreadable(&self, bytes: &[u8], refused: &Refused) -> Report {
        // Bytes that are no UTF-8 end what can be read as text: that is the place.
        let readable = std::str::from_utf8(bytes).map_or_else(|fault| fault.valid_up_to(), |_| bytes.len());
        let text = bytes.get(..readable).and_then(|bytes| text_of_bytes(bytes).ok()).unwrap_or_default();
        let mut findings = Findings::new(text, &self.settings.severities, self.settings.most_findings);
        let offset = if readable < bytes.len() { text.len() } else { refused.offset().min(text.len()) };
        let (line, column) = Lines::of(text).at(offset);
        let said = |sentence: &str| Cow::Owned(format!("{} ({refused}).", sentence.trim_end_matches('.')));
        let help = Help { fr: said(&READABLE.help.fr), en: said(&READABLE.help.en) };
        let place = Location { xpath: "/".to_owned(), line, column };
        findings.tell_at(&READABLE, place, "well-formed XML 1.0 in UTF-8, without DOCTYPE", help);
        report(SchemaVerdict::Malformed, findings)
    }
}

fn report(schema: SchemaVerdict, findings: Findings<'_>) -> Report {
    let told = findings.into_sorted();
    Report {
        schema,
        wrapper: None,
        level: None,
        volet: None,
        findings: told.findings,
        left_out: told.left_out,
        left_out_error: told.left_out_error,
    }
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
    fn a_document_up_to_the_limit_is_read_and_a_larger_one_is_told_its_size() {
        let text = "<a/>";
        let rule_at = |limit: usize| {
            let settings = Settings { limits: Settings::limits_of(limit), ..Settings::default() };
            Validator::new(settings).validate(text.as_bytes()).findings.into_iter().next().unwrap()
        };
        assert_eq!(rule_at(text.len()).rule, "CDA-READ-02");
        let larger = rule_at(text.len() - 1);
        assert_eq!(larger.rule, "CDA-READ-03");
        assert_eq!(larger.expected, "at most 3 bytes, not 4");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_the_place() {
        let malformed = SchemaVerdict::Malformed;
        assert_eq!(only("<!DOCTYPE a><a/>"), (malformed, "CDA-READ-01".to_owned(), 1, 1));
        assert_eq!(only("<a>\n<b></c></a>"), (malformed, "CDA-READ-01".to_owned(), 2, 4));
        assert_eq!(only("<a/>"), (malformed, "CDA-READ-02".to_owned(), 1, 1));
        let latin = Validator::new(Settings::default()).validate(b"<a>\n caf\xe9</a>");
        assert_eq!((latin.findings[0].location.line, latin.findings[0].location.column), (2, 5));
        assert_eq!((latin.level, latin.wrapper), (None, None));
    }
}
