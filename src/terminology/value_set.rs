//! The value sets of the DMP metadata profile. Spec: DMP `JDV_J57` to `JDV_J66`.
//!
//! Each list is a tab-separated file under `data/`, dated, with its source; it is read once. A code is known by its
//! value and its scheme, never by its label.

use std::sync::LazyLock;

use crate::datatype::code::Code;
use crate::terminology::nearest::nearest;

/// A value set of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueSet {
    /// `DocumentEntry.classCode`.
    ClassCode,
    /// `DocumentEntry.typeCode`, each with its class.
    TypeCode,
    /// `DocumentEntry.formatCode`.
    FormatCode,
    /// `DocumentEntry.healthcareFacilityTypeCode`.
    HealthcareFacilityTypeCode,
    /// `DocumentEntry.practiceSettingCode`.
    PracticeSettingCode,
    /// `DocumentEntry.confidentialityCode`.
    ConfidentialityCode,
    /// `SubmissionSet.contentTypeCode`.
    ContentTypeCode,
    /// The profession in the subject role of an assertion.
    Role,
    /// The speciality in the subject role of an assertion.
    Speciality,
}

/// Whether a code may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In force.
    Current,
    /// Retired, still sent: taken and said.
    Legacy,
    /// Known elsewhere, not taken by the DMP.
    Refused,
}

/// One code of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concept {
    /// The code.
    pub code: &'static str,
    /// Its scheme.
    pub system: &'static str,
    /// For a type of document, its class.
    pub class: Option<&'static str>,
    /// Whether it may be used.
    pub state: State,
    /// What a human reads; empty where the source has none.
    pub label: &'static str,
}

/// A list with where it comes from.
#[derive(Debug)]
pub struct List {
    /// The source, in words.
    pub source: &'static str,
    /// The OID of the value set.
    pub oid: &'static str,
    /// The date of the source.
    pub date: &'static str,
    /// The codes, in the order of the source.
    pub concepts: Vec<Concept>,
}

/// How a code stands to a value set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<'s> {
    /// It is a member.
    Found(&'s Concept),
    /// The code is a member, under another scheme.
    OtherScheme(&'s Concept),
    /// It is none; the member whose code is nearest.
    Unknown(Option<&'s Concept>),
}

/// One text per set, in the order of the enum.
const TEXTS: [(ValueSet, &str); 9] = [
    (ValueSet::ClassCode, include_str!("data/class_code.tsv")),
    (ValueSet::TypeCode, include_str!("data/type_code.tsv")),
    (ValueSet::FormatCode, include_str!("data/format_code.tsv")),
    (ValueSet::HealthcareFacilityTypeCode, include_str!("data/healthcare_facility_type_code.tsv")),
    (ValueSet::PracticeSettingCode, include_str!("data/practice_setting_code.tsv")),
    (ValueSet::ConfidentialityCode, include_str!("data/confidentiality_code.tsv")),
    (ValueSet::ContentTypeCode, include_str!("data/content_type_code.tsv")),
    (ValueSet::Role, include_str!("data/role.tsv")),
    (ValueSet::Speciality, include_str!("data/speciality.tsv")),
];

/// Stands in a list for what its source does not give.
const UNPUBLISHED: &str = "?";

static LISTS: LazyLock<Vec<List>> = LazyLock::new(|| TEXTS.iter().map(|(_, text)| read(text)).collect());

impl ValueSet {
    /// Every set.
    pub fn all() -> impl Iterator<Item = Self> {
        TEXTS.iter().map(|(set, _)| *set)
    }

    /// The list; empty would be a fault of the build, which a test excludes.
    pub fn list(self) -> Option<&'static List> {
        let at = TEXTS.iter().position(|(set, _)| *set == self)?;
        LISTS.get(at)
    }

    /// The codes.
    pub fn concepts(self) -> &'static [Concept] {
        self.list().map_or(&[], |list| &list.concepts)
    }

    /// Looks a code up.
    pub fn look_up(self, code: &Code) -> Lookup<'static> {
        let concepts = self.concepts();
        let same_code = || concepts.iter().filter(|concept| concept.code == code.value);
        if let Some(found) = same_code().find(|concept| concept.system == code.scheme) {
            return Lookup::Found(found);
        }
        if let Some(other) = same_code().next() {
            return Lookup::OtherScheme(other);
        }
        let near = nearest(concepts.iter(), |concept| concept.code, &code.value, concepts.len());
        Lookup::Unknown(near.map(|(_, concept)| concept))
    }

    /// Whether a code is a member, or covered by a line whose code or scheme the source does not give.
    pub fn admits(self, code: &Code) -> bool {
        let same = |stated: &str, given: &str| stated == given || stated == UNPUBLISHED;
        self.concepts().iter().any(|concept| same(concept.code, &code.value) && same(concept.system, &code.scheme))
    }

    /// The member equal to a code.
    pub fn find(self, code: &Code) -> Option<&'static Concept> {
        self.concepts().iter().find(|concept| concept.code == code.value && concept.system == code.scheme)
    }
}

fn read(text: &'static str) -> List {
    let header = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.strip_prefix("# "));
        lines.find_map(|line| line.strip_prefix(key)).unwrap_or("").trim()
    };
    let concepts = text.lines().filter(|line| !line.starts_with('#')).filter_map(concept).collect();
    List { source: header("source:"), oid: header("oid:"), date: header("date:"), concepts }
}

fn concept(line: &'static str) -> Option<Concept> {
    let mut fields = line.split('\t');
    let (code, system, class, state, label) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let state = match state {
        "current" => State::Current,
        "legacy" => State::Legacy,
        "refused" => State::Refused,
        _ => return None,
    };
    Some(Concept { code, system, class: Some(class).filter(|class| *class != "-"), state, label })
}

#[cfg(test)]
mod tests {
    use super::{Lookup, State, TEXTS, ValueSet};
    use crate::datatype::code::Code;

    #[test]
    fn each_list_is_dated_sourced_and_read_to_the_last_line() {
        for (set, text) in TEXTS {
            let list = set.list().unwrap();
            assert!(list.oid.starts_with("1.2.250.1."), "{set:?}");
            assert!(!list.source.is_empty() && list.date.len() == 10, "{set:?}");
            let lines = text.lines().filter(|line| !line.starts_with('#')).count();
            assert_eq!(list.concepts.len(), lines, "{set:?} has a line that is not read");
        }
        assert_eq!(ValueSet::all().count(), 9);
    }

    #[test]
    fn no_code_stands_twice_in_a_list() {
        for set in ValueSet::all() {
            let mut keys: Vec<_> = set.concepts().iter().map(|concept| (concept.code, concept.system)).collect();
            keys.sort_unstable();
            let count = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), count, "{set:?}");
        }
    }

    #[test]
    fn each_class_of_a_type_is_a_class() {
        let classes = ValueSet::ClassCode.concepts();
        for concept in ValueSet::TypeCode.concepts() {
            if let Some(class) = concept.class {
                assert!(classes.iter().any(|known| known.code == class), "{} has class {class}", concept.code);
            }
        }
    }

    #[test]
    fn a_code_under_another_scheme_is_told_apart_from_an_unknown_one() {
        let look_up = |value: &str, scheme: &str| ValueSet::TypeCode.look_up(&Code::new(value, scheme));
        let loinc = "2.16.840.1.113883.6.1";
        assert!(matches!(look_up("11488-4", loinc), Lookup::Found(found) if found.class == Some("10")));
        assert!(matches!(look_up("11488-4", "1.2.3"), Lookup::OtherScheme(other) if other.system == loinc));
        assert!(matches!(look_up("11488-5", loinc), Lookup::Unknown(Some(near)) if near.code == "11488-4"));
        assert!(matches!(look_up("\u{1f600}", loinc), Lookup::Unknown(None)));
        assert!(matches!(look_up(&"9".repeat(10_000), loinc), Lookup::Unknown(None)));
    }

    #[test]
    fn where_the_source_gives_no_scheme_or_no_code_any_is_admitted() {
        assert!(ValueSet::Role.admits(&Code::new("60", "1.2.250.1.71.1.2.7")));
        assert!(!ValueSet::Role.admits(&Code::new("60", "1.2.3")));
        assert!(ValueSet::Role.admits(&Code::new("99", "1.2.3")));
        assert!(!ValueSet::Role.admits(&Code::new("11", "1.2.250.1.71.1.2.7")));
        assert!(ValueSet::Speciality.admits(&Code::new("A", "1.2.250.1.71.4.2.6")));
        assert!(!ValueSet::Speciality.admits(&Code::new("A", "1.2.250.1.71.4.2.5")));
    }

    #[test]
    fn legacy_types_are_marked() {
        let old = ValueSet::TypeCode.find(&Code::new("27899-4", "2.16.840.1.113883.6.1")).unwrap();
        assert_eq!((old.state, old.class), (State::Legacy, Some("10")));
    }
}
