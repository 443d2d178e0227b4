//! The codes that the affinity domain lists. Spec: ITI TF-3: 4.2.3.1.2; ITI TF-1: Appendix L (code sets of a domain).
//!
//! A code is compared by value and scheme, never by label. What is not listed is answered with the code, its scheme,
//! the attribute and the listed code that was most likely meant; the search for that one is bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use crate::datatype::code::Code;
use crate::datatype::oid::Oid;
use crate::terminology::code_table::{CodeTable, Codes, Lookup, TableCode};
use crate::xds::error::{ErrorCode, Severity};
use crate::xds::metadata::attribute::{AttributeRow, Carrier, TABLE, entry};
use crate::xds::metadata::object::{Classification, ObjectKind, RegistryObject};
use crate::xds::rule::{Rule, rules};
use crate::xds::validation::Check;
use crate::xds::validation::case::{Case, Report};

rules! {
    LISTED = Rule::new("CODE-LISTED", ErrorCode::RegistryMetadataError,
        "a code is one that the affinity domain lists for its attribute, where it lists any",
        "ITI TF-3: 4.2.3.1.2; ITI TF-1: Appendix L");
    MIME_TYPE = Rule::new("CODE-MIME-TYPE", ErrorCode::RegistryMetadataError,
        "mimeType is one that the affinity domain lists, where it lists any",
        "ITI TF-3: Table 4.2.3.2-1, mimeType; ITI TF-1: Appendix L");
    LANGUAGE = Rule::new("CODE-LANGUAGE", ErrorCode::RegistryMetadataError,
        "languageCode is one that the affinity domain lists, where it lists any",
        "ITI TF-3: Table 4.2.3.2-1, languageCode; ITI TF-1: Appendix L");
    AUTHORITY = Rule::new("CODE-AUTHORITY", ErrorCode::UnknownPatientId,
        "the patient identifier is of a domain that the code table lists, where it lists any",
        "ITI TF-2: 3.42.4.1.3.3; ITI TF-1: Appendix L");
}

/// What this family checks.
pub(super) static CHECKS: &[Check] = &[
    Check::new(&LISTED, codes_are_listed),
    Check::new(&MIME_TYPE, media_types_are_listed),
    Check::new(&LANGUAGE, languages_are_listed),
    Check::new(&AUTHORITY, patients_are_of_listed_domains),
];

/// What is done about a code that the list of its attribute lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The submission is refused.
    Error,
    /// It is taken, and said.
    Warning,
    /// The list is not looked at.
    Off,
}

impl Policy {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Off => None,
        }
    }
}

/// The lists of a domain, each with what its breach means. Without any, every code is good.
#[derive(Debug, Default)]
pub struct CodeRules {
    lists: Vec<(&'static AttributeRow, Codes, Severity)>,
    mime_types: Option<(BTreeSet<String>, Severity)>,
    languages: Option<(BTreeSet<String>, Severity)>,
    authorities: Option<(Vec<Oid>, Severity)>,
}

/// What the policies are asked about, beside the names of coded attributes.
pub const PATIENT_AUTHORITY: &str = "assigningAuthority";

impl CodeRules {
    /// Gives each list to its attribute. `policy` is asked by the name that the standard gives the attribute, or
    /// [`PATIENT_AUTHORITY`].
    ///
    /// The names of lists that are for no attribute of the standard come back too: a file shared with other tools
    /// may hold some, and so may a file with a misspelt name.
    pub fn new(table: CodeTable, policy: impl Fn(&str) -> Policy) -> (Self, Vec<String>) {
        let mut rules = Self::default();
        let mut unheeded = Vec::new();
        for list in table.lists {
            match attribute_of(&list.name, list.class_scheme.as_deref()) {
                Some(row) => {
                    if let Some(severity) = policy(row.name).severity() {
                        rules.list(row, list.codes, severity);
                    }
                }
                None => unheeded.push(list.name),
            }
        }
        let words = |list: Option<Vec<String>>, name| Some((list?.into_iter().collect(), policy(name).severity()?));
        rules.mime_types = words(table.mime_types, entry::MIME_TYPE.name);
        rules.languages = words(table.languages, entry::LANGUAGE_CODE.name);
        rules.authorities =
            table.assigning_authorities.and_then(|list| Some((list, policy(PATIENT_AUTHORITY).severity()?)));
        (rules, unheeded)
    }

    /// What a file says of one attribute in several lists is one list.
    fn list(&mut self, row: &'static AttributeRow, codes: Codes, severity: Severity) {
        match self.lists.iter_mut().find(|(known, _, _)| known.rule.id == row.rule.id) {
            Some((_, listed, _)) => listed.extend(codes),
            None => self.lists.push((row, codes, severity)),
        }
    }

    /// The attributes whose list is empty, which refuses every code.
    pub fn empty(&self) -> impl Iterator<Item = &'static AttributeRow> {
        self.lists.iter().filter(|(_, codes, _)| codes.is_empty()).map(|(row, _, _)| *row)
    }

    /// The attributes whose codes are looked at.
    pub fn attributes(&self) -> impl Iterator<Item = &'static AttributeRow> {
        self.lists.iter().map(|(row, _, _)| *row)
    }
}

/// The attribute that a list is for: by the scheme if it says one that is known, else by name.
fn attribute_of(name: &str, class_scheme: Option<&str>) -> Option<&'static AttributeRow> {
    let coded = || TABLE.iter().copied().filter(|row| scheme_of(row).is_some() && !row.name.starts_with("author"));
    let by_scheme = coded().find(|row| class_scheme.is_some() && scheme_of(row) == class_scheme);
    let name = OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, name)| *name);
    by_scheme.or_else(|| coded().find(|row| row.name == name))
}

/// Names that files of the field give to attributes which the standard names otherwise.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("eventCode", "eventCodeList"),
    ("folderCodeList", "codeList"),
    ("folderCode", "codeList"),
    ("associationDocumentation", "documentation"),
];

fn scheme_of(row: &AttributeRow) -> Option<&'static str> {
    match row.carrier {
        Carrier::Classification(scheme) => Some(scheme),
        Carrier::XmlAttribute(_)
        | Carrier::Slot(_)
        | Carrier::ExternalIdentifier(..)
        | Carrier::Name
        | Carrier::Description
        | Carrier::VersionName => None,
    }
}

/// The lists in force, which an operator may replace while requests run. Each request is judged by one of them.
#[derive(Debug, Clone, Default)]
pub struct CodesInForce(Arc<RwLock<Arc<CodeRules>>>);

impl CodesInForce {
    /// The lists at this moment.
    pub fn current(&self) -> Arc<CodeRules> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others in force for the requests that come.
    pub fn replace(&self, rules: CodeRules) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }
}

/// Two are equal when replacing one replaces the other.
impl PartialEq for CodesInForce {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CodesInForce {}

/// Searches for the nearest code that one submission may cost.
const SEARCHES: usize = 8;

fn codes_are_listed(case: &Case<'_>, report: &mut Report<'_>) {
    let mut nearest = Nearest::default();
    for (row, codes, severity) in &case.codes.lists {
        let Some(scheme) = scheme_of(row) else { continue };
        for (id, object) in objects_of(case, row.object) {
            for code in object.classified_by(scheme).filter_map(Classification::code) {
                let (severity, context) = match codes.look_up(&code) {
                    Lookup::Found(known) if known.retired => {
                        (Severity::Warning, format!("{} is retired", shown(row, &code)))
                    }
                    Lookup::Found(_) => continue,
                    Lookup::OtherScheme(other) => {
                        (*severity, format!("{} is listed under scheme {}", shown(row, &code), other.scheme))
                    }
                    Lookup::Unknown if report.is_full(*severity) => continue,
                    Lookup::Unknown => {
                        let near = nearest.of(row, codes, &code);
                        (*severity, format!("{} is not listed{}", shown(row, &code), suggestion(near)))
                    }
                };
                report.add_as(severity, id, row.name, context);
            }
        }
    }
}

fn media_types_are_listed(case: &Case<'_>, report: &mut Report<'_>) {
    let Some((listed, severity)) = &case.codes.mime_types else { return };
    for document in &case.submission.entries {
        let sent = document.mime_type.as_str();
        let essence = sent.split(';').next().unwrap_or_default().trim_end().to_ascii_lowercase();
        if !listed.contains(&sent.to_ascii_lowercase()) && !listed.contains(&essence) {
            let context = format!("mimeType {sent} is not listed; listed are {}", some_of(listed));
            report.add_as(*severity, document.id.as_str(), entry::MIME_TYPE.name, context);
        }
    }
}

fn languages_are_listed(case: &Case<'_>, report: &mut Report<'_>) {
    let Some((listed, severity)) = &case.codes.languages else { return };
    for document in &case.submission.entries {
        let sent = document.language_code.as_str();
        if !listed.contains(&sent.to_ascii_lowercase()) {
            let context = format!("languageCode {sent} is not listed; listed are {}", some_of(listed));
            report.add_as(*severity, document.id.as_str(), entry::LANGUAGE_CODE.name, context);
        }
    }
}

fn patients_are_of_listed_domains(case: &Case<'_>, report: &mut Report<'_>) {
    let Some((listed, severity)) = &case.codes.authorities else { return };
    let set = &case.submission.submission_set;
    let patient = set.patient_id.to_patient_id();
    if !listed.contains(patient.authority()) {
        let context = format!("the assigning authority {} of the patient is not listed", patient.authority());
        report.add_as(*severity, set.id.as_str(), "patientId", context);
    }
}

fn objects_of<'a>(case: &Case<'a>, wanted: ObjectKind) -> impl Iterator<Item = (&'a str, &'a RegistryObject)> {
    case.objects().filter(move |(kind, _, _)| *kind == wanted).map(|(_, id, object)| (id, object))
}

fn shown(row: &AttributeRow, code: &Code) -> String {
    let short = |text: &str| text.chars().take(64).collect::<String>();
    format!("{} {}^^{}", row.name, short(&code.value), short(&code.scheme))
}

fn suggestion(near: Option<&TableCode>) -> String {
    match near {
        None => String::new(),
        Some(near) if near.display.is_empty() => format!("; nearest is {}^^{}", near.value, near.scheme),
        Some(near) => format!("; nearest is {}^^{} ({})", near.value, near.scheme, near.display),
    }
}

/// The first few: a list of a domain may be long.
fn some_of(listed: &BTreeSet<String>) -> String {
    const SHOWN: usize = 12;
    let mut text = listed.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if listed.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

/// The searches of one submission: each wrong code is looked for once, and not too many of them.
#[derive(Default)]
struct Nearest<'t> {
    known: BTreeMap<(&'static str, String, String), Option<&'t TableCode>>,
}

impl<'t> Nearest<'t> {
    fn of(&mut self, row: &'static AttributeRow, codes: &'t Codes, code: &Code) -> Option<&'t TableCode> {
        let key = (row.name, code.value.clone(), code.scheme.clone());
        if let Some(found) = self.known.get(&key) {
            return *found;
        }
        if self.known.len() >= SEARCHES {
            return None;
        }
        let found = codes.nearest(code);
        self.known.insert(key, found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeRules, CodesInForce, Policy};
    use crate::terminology::code_table::CodeTable;

    fn table(lists: &str) -> CodeTable {
        CodeTable::read(format!("<Codes>{lists}</Codes>").as_bytes()).unwrap()
    }

    fn attributes(rules: &CodeRules) -> Vec<&'static str> {
        rules.attributes().map(|row| row.rule.id).collect()
    }

    #[test]
    fn a_list_is_for_the_attribute_of_its_scheme_else_of_its_name() {
        let by_scheme = "<CodeType name='myClasses' classScheme='urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a'/>";
        let by_name = "<CodeType name='folderCodeList' classScheme='unknown'/><CodeType name='contentTypeCode'/>";
        let (rules, unheeded) = CodeRules::new(table(&format!("{by_scheme}{by_name}")), |_| Policy::Error);
        assert_eq!(attributes(&rules), ["DE-CLASS-CODE", "FD-CODE", "SS-CONTENT-TYPE"]);
        assert!(unheeded.is_empty());
    }

    #[test]
    fn several_lists_for_one_attribute_are_one() {
        let list = |name: &str, code: &str| {
            format!("<CodeType name='{name}'><Code code='{code}' codingScheme='1.2.3'/></CodeType>")
        };
        let lists = format!("{}{}", list("eventCode", "a"), list("eventCodeList", "b"));
        let (rules, _) = CodeRules::new(table(&lists), |_| Policy::Error);
        assert_eq!(attributes(&rules), ["DE-EVENT-CODE"]);
        assert_eq!(rules.lists[0].1.len(), 2);
    }

    #[test]
    fn a_list_for_no_attribute_is_named_and_one_that_is_off_is_dropped() {
        let lists = "<CodeType name='somethingElse'/><CodeType name='author'/><CodeType name='typeCode'/>";
        let (rules, unheeded) = CodeRules::new(table(lists), |_| Policy::Off);
        assert_eq!((attributes(&rules), unheeded), (vec![], vec!["somethingElse".to_owned(), "author".to_owned()]));
    }

    #[test]
    fn what_is_replaced_is_seen_by_whoever_shares_it() {
        let codes = CodesInForce::default();
        let shared = codes.clone();
        shared.replace(CodeRules::new(table("<CodeType name='typeCode'/>"), |_| Policy::Error).0);
        assert_eq!(attributes(&codes.current()), ["DE-TYPE-CODE"]);
        assert!(codes == shared && codes != CodesInForce::default());
    }
}
