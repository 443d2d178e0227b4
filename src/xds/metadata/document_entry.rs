//! The document entry. Spec: ITI TF-3: 4.2.3.2.

use crate::datatype::code::Code;
use crate::datatype::cx::Cx;
use crate::datatype::dtm::Dtm;
use crate::datatype::hash::Sha1;
use crate::datatype::language::Language;
use crate::datatype::mime::MimeType;
use crate::datatype::unique_id::{HomeCommunityId, RepositoryUniqueId, UniqueId};
use crate::datatype::xcn::Xcn;
use crate::xds::metadata::author::Author;
use crate::xds::metadata::object::{ObjectId, RegistryObject};

/// Whether a document exists or is made when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentEntryType {
    /// The document exists.
    Stable,
    /// The document is made on demand.
    OnDemand,
}

const TABLE: &[(DocumentEntryType, &str)] = &[
    (DocumentEntryType::Stable, "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"),
    (DocumentEntryType::OnDemand, "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248"),
];

impl DocumentEntryType {
    /// The value of `ExtrinsicObject/@objectType`.
    pub fn as_urn(self) -> &'static str {
        TABLE.iter().find(|(kind, _)| *kind == self).map_or("", |(_, urn)| urn)
    }

    /// Reads the wire form.
    pub fn of_urn(urn: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known)| *known == urn).map(|(kind, _)| *kind)
    }
}

/// What the registry knows of a document.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentEntry {
    /// `@id`.
    pub id: ObjectId,
    /// `@objectType`.
    pub object_type: DocumentEntryType,
    /// `@mimeType`.
    pub mime_type: MimeType,
    /// The patient, in the domain of the registry.
    pub patient_id: Cx,
    /// The identifier of the document itself.
    pub unique_id: UniqueId,
    /// The patient, in the domain of the source.
    pub source_patient_id: Cx,
    /// `sourcePatientInfo`, as sent.
    pub source_patient_info: Vec<String>,
    /// The class of the document.
    pub class_code: Code,
    /// The type of the document.
    pub type_code: Code,
    /// The format of the document.
    pub format_code: Code,
    /// The type of the facility where it was made.
    pub healthcare_facility_type_code: Code,
    /// The setting in which it was made.
    pub practice_setting_code: Code,
    /// How confidential it is, at least one.
    pub confidentiality_codes: Vec<Code>,
    /// The acts or events it tells of.
    pub event_codes: Vec<Code>,
    /// Who wrote it.
    pub authors: Vec<Author>,
    /// Who signed it.
    pub legal_authenticator: Option<Xcn>,
    /// When it was made; absent on demand only.
    pub creation_time: Option<Dtm>,
    /// When the act began.
    pub service_start_time: Option<Dtm>,
    /// When the act ended.
    pub service_stop_time: Option<Dtm>,
    /// The language of the text.
    pub language_code: Language,
    /// SHA-1 of its bytes; filled in by the repository.
    pub hash: Option<Sha1>,
    /// The number of its bytes; filled in by the repository.
    pub size: Option<u64>,
    /// Where it is kept; filled in by the repository.
    pub repository_unique_id: Option<RepositoryUniqueId>,
    /// `Name`.
    pub title: Option<String>,
    /// `Description`.
    pub comments: Option<String>,
    /// `referenceIdList`, as sent.
    pub reference_ids: Vec<String>,
    /// `@home`.
    pub home_community_id: Option<HomeCommunityId>,
    /// Everything that was sent.
    pub object: RegistryObject,
}

/// The class and the type of the signature of a submission set, each of which says alone that it is one. The format does not:
/// a document that is read by nobody because of its format would be too easy to make.
const SIGNATURE: (&str, &str) = ("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "E1762");

impl DocumentEntry {
    /// Whether it announces the `XAdES` signature of a submission set. Spec: DMP TD2.1, signature.
    pub fn is_signature(&self) -> bool {
        let (class, kind) = SIGNATURE;
        self.class_code.value == class || self.type_code.value == kind
    }

    /// Whether it announces a CDA document, bare or in a stylesheet. Spec: DMP TD2.1, mimeType.
    pub fn is_cda(&self) -> bool {
        let essence = self.mime_type.as_str().split(';').next().unwrap_or_default().trim();
        let says = ["text/xml", "application/xslt+xml"].iter().any(|cda| essence.eq_ignore_ascii_case(cda));
        says && !self.is_signature()
    }
}

impl std::fmt::Debug for DocumentEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DocumentEntry({}, {})", self.id.as_str(), self.unique_id)
    }
}
