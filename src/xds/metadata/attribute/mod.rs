//! The one table of metadata attributes: decoder, encoder, validation, queries and documentation read it.
//! Spec: ITI TF-3: Tables 4.2.3.2-1, 4.2.3.3-1, 4.2.3.4-1, 4.3.1-3; DMP TD2.1 metadata profile.
//!
//! An attribute of the standard is written once, here; the rest of the code names the row.

pub mod association;
pub mod entry;
pub mod folder;
pub mod submission_set;

use crate::xds::error::{ErrorCode, Profile};
use crate::xds::metadata::data_type::DataType;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::rule::Rule;

/// Where a value stands in the ebRIM of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// An XML attribute of the object.
    XmlAttribute(&'static str),
    /// A slot.
    Slot(&'static str),
    /// A classification by this scheme.
    Classification(&'static str),
    /// An external identifier by this scheme, with the name that the standard gives it.
    ExternalIdentifier(&'static str, &'static str),
    /// `rim:Name`.
    Name,
    /// `rim:Description`.
    Description,
    /// `rim:VersionInfo/@versionName`.
    VersionName,
}

/// How often an attribute may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cardinality {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: usize,
}

/// Never.
pub const NONE: Cardinality = Cardinality { min: 0, max: 0 };
/// At most once.
pub const OPTIONAL: Cardinality = Cardinality { min: 0, max: 1 };
/// Exactly once.
pub const ONE: Cardinality = Cardinality { min: 1, max: 1 };
/// Any number.
pub const ANY: Cardinality = Cardinality { min: 0, max: usize::MAX };
/// At least once.
pub const SOME: Cardinality = Cardinality { min: 1, max: usize::MAX };

/// One attribute of one kind of object.
#[derive(Debug, PartialEq, Eq)]
pub struct AttributeRow {
    /// Of what.
    pub object: ObjectKind,
    /// Its name in the standard.
    pub name: &'static str,
    /// The rule that its absence, repetition or malformation breaks.
    pub rule: Rule,
    /// Where it stands.
    pub carrier: Carrier,
    /// What it looks like.
    pub data_type: DataType,
    /// How often in ITI-41, sent by a document source.
    pub source: Cardinality,
    /// How often in ITI-42, seen by a registry.
    pub registry: Cardinality,
    /// How often on an on-demand entry.
    pub on_demand: Cardinality,
    /// How often in ITI-41 in profile `dmp`.
    pub dmp: Cardinality,
    /// The stored query parameters that select by it.
    pub query: &'static [&'static str],
}

impl Cardinality {
    /// Whether a count is within.
    pub fn takes(self, count: usize) -> bool {
        (self.min..=self.max).contains(&count)
    }
}

impl std::fmt::Display for Cardinality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.min, self.max) {
            (min, max) if min == max => write!(f, "{min}"),
            (min, usize::MAX) => write!(f, "{min}..n"),
            (min, max) => write!(f, "{min}..{max}"),
        }
    }
}

impl Carrier {
    /// The carrier as documentation and findings name it.
    pub fn describe(self) -> String {
        match self {
            Self::XmlAttribute(name) => format!("@{name}"),
            Self::Slot(name) => format!("Slot {name}"),
            Self::Classification(scheme) => format!("Classification {scheme}"),
            Self::ExternalIdentifier(scheme, _) => format!("ExternalIdentifier {scheme}"),
            Self::Name => "Name".to_owned(),
            Self::Description => "Description".to_owned(),
            Self::VersionName => "VersionInfo/@versionName".to_owned(),
        }
    }
}

impl AttributeRow {
    /// A row that stands exactly once everywhere.
    const fn new(
        object: ObjectKind,
        name: &'static str,
        rule: &'static str,
        carrier: Carrier,
        data_type: DataType,
    ) -> Self {
        let demands = "the attribute stands as often as the table of attributes says, in the form that it says";
        let rule = Rule::new(rule, ErrorCode::RegistryMetadataError, demands, table_of(object));
        Self {
            object,
            name,
            rule,
            carrier,
            data_type,
            source: ONE,
            registry: ONE,
            on_demand: ONE,
            dmp: ONE,
            query: &[],
        }
    }

    /// The same number everywhere.
    const fn times(self, cardinality: Cardinality) -> Self {
        Self { source: cardinality, registry: cardinality, on_demand: cardinality, dmp: cardinality, ..self }
    }

    const fn in_dmp(self, cardinality: Cardinality) -> Self {
        Self { dmp: cardinality, ..self }
    }

    const fn at_source(self, cardinality: Cardinality) -> Self {
        Self { source: cardinality, dmp: cardinality, ..self }
    }

    const fn on_demand(self, cardinality: Cardinality) -> Self {
        Self { on_demand: cardinality, ..self }
    }

    const fn queried(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    /// The row in the standard.
    pub fn spec(&self) -> String {
        format!("{}, {}", table_of(self.object), self.name)
    }

    /// How often the attribute may stand in a submission, before the repository has filled in its part.
    pub fn cardinality(&self, profile: Profile, kind: Option<DocumentEntryType>) -> Cardinality {
        match (profile, kind) {
            (_, Some(DocumentEntryType::OnDemand)) => self.on_demand,
            (Profile::Ihe, Some(DocumentEntryType::Stable) | None) => self.source,
            (Profile::Dmp, Some(DocumentEntryType::Stable) | None) => self.dmp,
        }
    }
}

/// Where the standard lists the attributes of an object.
const fn table_of(object: ObjectKind) -> &'static str {
    match object {
        ObjectKind::DocumentEntry => "ITI TF-3: Table 4.2.3.2-1",
        ObjectKind::SubmissionSet => "ITI TF-3: Table 4.2.3.3-1",
        ObjectKind::Folder => "ITI TF-3: Table 4.2.3.4-1",
        ObjectKind::Association => "ITI TF-3: 4.2.2, 4.2.1.4",
    }
}

/// Every row, in the order of the standard.
pub static TABLE: &[&AttributeRow] = &[
    &entry::AUTHOR,
    &entry::AVAILABILITY_STATUS,
    &entry::CLASS_CODE,
    &entry::COMMENTS,
    &entry::CONFIDENTIALITY_CODE,
    &entry::CREATION_TIME,
    &entry::DOCUMENT_AVAILABILITY,
    &entry::ENTRY_UUID,
    &entry::EVENT_CODE_LIST,
    &entry::FORMAT_CODE,
    &entry::HASH,
    &entry::HEALTHCARE_FACILITY_TYPE_CODE,
    &entry::HOME_COMMUNITY_ID,
    &entry::LANGUAGE_CODE,
    &entry::LEGAL_AUTHENTICATOR,
    &entry::LOGICAL_ID,
    &entry::MIME_TYPE,
    &entry::OBJECT_TYPE,
    &entry::PATIENT_ID,
    &entry::PRACTICE_SETTING_CODE,
    &entry::REFERENCE_ID_LIST,
    &entry::REPOSITORY_UNIQUE_ID,
    &entry::SERVICE_START_TIME,
    &entry::SERVICE_STOP_TIME,
    &entry::SIZE,
    &entry::SOURCE_PATIENT_ID,
    &entry::SOURCE_PATIENT_INFO,
    &entry::TITLE,
    &entry::TYPE_CODE,
    &entry::UNIQUE_ID,
    &entry::URI,
    &entry::VERSION,
    &submission_set::AUTHOR,
    &submission_set::AVAILABILITY_STATUS,
    &submission_set::COMMENTS,
    &submission_set::CONTENT_TYPE_CODE,
    &submission_set::ENTRY_UUID,
    &submission_set::HOME_COMMUNITY_ID,
    &submission_set::INTENDED_RECIPIENT,
    &submission_set::LOGICAL_ID,
    &submission_set::PATIENT_ID,
    &submission_set::SOURCE_ID,
    &submission_set::SUBMISSION_TIME,
    &submission_set::TITLE,
    &submission_set::UNIQUE_ID,
    &submission_set::VERSION,
    &folder::AVAILABILITY_STATUS,
    &folder::CODE_LIST,
    &folder::COMMENTS,
    &folder::ENTRY_UUID,
    &folder::HOME_COMMUNITY_ID,
    &folder::LAST_UPDATE_TIME,
    &folder::LOGICAL_ID,
    &folder::PATIENT_ID,
    &folder::TITLE,
    &folder::UNIQUE_ID,
    &folder::VERSION,
    &association::ASSOCIATION_TYPE,
    &association::AVAILABILITY_STATUS,
    &association::DOCUMENTATION,
    &association::ENTRY_UUID,
    &association::LOGICAL_ID,
    &association::SOURCE_OBJECT,
    &association::SUBMISSION_SET_STATUS,
    &association::ORIGINAL_STATUS,
    &association::NEW_STATUS,
    &association::PREVIOUS_VERSION,
    &association::ASSOCIATION_PROPAGATION,
    &association::TARGET_OBJECT,
    &association::VERSION,
];

/// The rows of one kind of object.
pub fn rows_of(kind: ObjectKind) -> impl Iterator<Item = &'static AttributeRow> {
    TABLE.iter().copied().filter(move |row| row.object == kind)
}

/// The row that a slot of an object belongs to.
pub fn slot_row(kind: ObjectKind, slot: &str) -> Option<&'static AttributeRow> {
    rows_of(kind).find(|row| matches!(row.carrier, Carrier::Slot(name) if name == slot))
}

/// The table as Markdown, for the documentation.
pub fn markdown() -> String {
    let mut out = String::from(
        "| object | attribute | carrier | type | ITI-41 | ITI-42 | on demand | dmp | query | rule |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in TABLE {
        let cells = [
            row.object.as_str().to_owned(),
            row.name.to_owned(),
            format!("`{}`", row.carrier.describe()),
            row.data_type.as_str().replace('|', "\\|"),
            row.source.to_string(),
            row.registry.to_string(),
            row.on_demand.to_string(),
            row.dmp.to_string(),
            row.query.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" "),
            row.rule.id.to_owned(),
        ];
        out.push_str("| ");
        out.push_str(&cells.join(" | "));
        out.push_str(" |\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Cardinality, TABLE, markdown};

    #[test]
    fn each_row_has_its_own_rule_and_its_own_carrier() {
        let unique = |mut keys: Vec<String>| {
            let count = keys.len();
            keys.sort();
            keys.dedup();
            keys.len() == count
        };
        assert!(unique(TABLE.iter().map(|row| row.rule.id.to_owned()).collect()));
        assert!(unique(TABLE.iter().map(|row| format!("{:?} {:?}", row.object, row.carrier)).collect()));
        assert!(unique(TABLE.iter().map(|row| row.spec()).collect()));
    }

    #[test]
    fn the_table_prints_one_line_per_row() {
        let text = markdown();
        assert_eq!(text.lines().count(), TABLE.len() + 2);
        assert!(text.lines().all(|line| line.replace("\\|", "").matches('|').count() == 11), "{text}");
        assert!(text.contains("| DocumentEntry | hash | `Slot hash` | SHA-1 | 0..1 | 1 | 0 | 0..1 |  | DE-HASH |"));
        assert!(text.contains("| SubmissionSet | author | `Classification urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d` | author | 0..n | 0..n | 0..n | 1 | `$XDSSubmissionSetAuthorPerson` | SS-AUTHOR |"));
    }

    #[test]
    fn a_cardinality_reads_as_in_the_standard() {
        assert_eq!(Cardinality { min: 1, max: 4 }.to_string(), "1..4");
        assert!(Cardinality { min: 1, max: 4 }.takes(4) && !Cardinality { min: 1, max: 4 }.takes(5));
    }
}
