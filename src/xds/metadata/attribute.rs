//! The one table of metadata attributes: decoder, encoder, validation, queries and documentation read it.
//! Spec: ITI TF-3: Tables 4.2.3.2-1, 4.2.3.3-1, 4.2.3.4-1, 4.3.1-3; DMP TD2.1 metadata profile.
//!
//! An attribute of the standard is written once, here; the rest of the code names the row.

use crate::xds::error::Profile;
use crate::xds::metadata::data_type::DataType;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::ObjectKind;

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
    pub rule: &'static str,
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

    const fn from_source(self, cardinality: Cardinality) -> Self {
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
        let table = match self.object {
            ObjectKind::DocumentEntry => "ITI TF-3: Table 4.2.3.2-1",
            ObjectKind::SubmissionSet => "ITI TF-3: Table 4.2.3.3-1",
            ObjectKind::Folder => "ITI TF-3: Table 4.2.3.4-1",
            ObjectKind::Association => "ITI TF-3: 4.2.2, 4.2.1.4",
        };
        format!("{table}, {}", self.name)
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

/// Attributes of the document entry.
pub mod entry {
    use crate::xds::metadata::attribute::Carrier::{
        Classification, Description, ExternalIdentifier, Name, Slot, VersionName, XmlAttribute,
    };
    use crate::xds::metadata::attribute::{ANY, AttributeRow, Cardinality, NONE, ONE, OPTIONAL, SOME};
    use crate::xds::metadata::data_type::DataType;
    use crate::xds::metadata::object::ObjectKind::DocumentEntry as DE;

    type Row = AttributeRow;

    /// `@id`.
    pub static ENTRY_UUID: Row = Row::new(DE, "entryUUID", "DE-ENTRY-UUID", XmlAttribute("id"), DataType::ObjectId)
        .queried(&["$XDSDocumentEntryEntryUUID"]);
    /// Given by the registry.
    pub static LOGICAL_ID: Row =
        Row::new(DE, "logicalID", "DE-LOGICAL-ID", XmlAttribute("lid"), DataType::Text).times(OPTIONAL);
    /// Given by the registry.
    pub static VERSION: Row = Row::new(DE, "version", "DE-VERSION", VersionName, DataType::Text).times(OPTIONAL);
    /// Given by the registry.
    pub static AVAILABILITY_STATUS: Row =
        Row::new(DE, "availabilityStatus", "DE-AVAILABILITY-STATUS", XmlAttribute("status"), DataType::Text)
            .times(OPTIONAL)
            .queried(&["$XDSDocumentEntryStatus"]);
    /// Stable or on demand.
    pub static OBJECT_TYPE: Row =
        Row::new(DE, "objectType", "DE-OBJECT-TYPE", XmlAttribute("objectType"), DataType::DocumentEntryType)
            .queried(&["$XDSDocumentEntryType"]);
    /// Media type.
    pub static MIME_TYPE: Row = Row::new(DE, "mimeType", "DE-MIME-TYPE", XmlAttribute("mimeType"), DataType::MimeType);
    /// Community.
    pub static HOME_COMMUNITY_ID: Row =
        Row::new(DE, "homeCommunityId", "DE-HOME", XmlAttribute("home"), DataType::HomeCommunityId).times(OPTIONAL);
    /// Online or offline.
    pub static DOCUMENT_AVAILABILITY: Row = Row::new(
        DE,
        "documentAvailability",
        "DE-DOCUMENT-AVAILABILITY",
        Slot("documentAvailability"),
        DataType::DocumentAvailability,
    )
    .times(OPTIONAL);
    /// Authors.
    pub static AUTHOR: Row = Row::new(
        DE,
        "author",
        "DE-AUTHOR",
        Classification("urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"),
        DataType::Author,
    )
    .times(ANY)
    .in_dmp(SOME)
    .queried(&["$XDSDocumentEntryAuthorPerson"]);
    /// Class.
    pub static CLASS_CODE: Row = Row::new(
        DE,
        "classCode",
        "DE-CLASS-CODE",
        Classification("urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"),
        DataType::Code,
    )
    .queried(&["$XDSDocumentEntryClassCode"]);
    /// Type.
    pub static TYPE_CODE: Row = Row::new(
        DE,
        "typeCode",
        "DE-TYPE-CODE",
        Classification("urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"),
        DataType::Code,
    )
    .queried(&["$XDSDocumentEntryTypeCode"]);
    /// Format.
    pub static FORMAT_CODE: Row = Row::new(
        DE,
        "formatCode",
        "DE-FORMAT-CODE",
        Classification("urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"),
        DataType::Code,
    )
    .queried(&["$XDSDocumentEntryFormatCode"]);
    /// Facility.
    pub static HEALTHCARE_FACILITY_TYPE_CODE: Row = Row::new(
        DE,
        "healthcareFacilityTypeCode",
        "DE-FACILITY-CODE",
        Classification("urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"),
        DataType::Code,
    )
    .queried(&["$XDSDocumentEntryHealthcareFacilityTypeCode"]);
    /// Setting.
    pub static PRACTICE_SETTING_CODE: Row = Row::new(
        DE,
        "practiceSettingCode",
        "DE-PRACTICE-CODE",
        Classification("urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"),
        DataType::Code,
    )
    .queried(&["$XDSDocumentEntryPracticeSettingCode"]);
    /// Confidentiality.
    pub static CONFIDENTIALITY_CODE: Row = Row::new(
        DE,
        "confidentialityCode",
        "DE-CONFIDENTIALITY-CODE",
        Classification("urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"),
        DataType::Code,
    )
    .times(SOME)
    .in_dmp(Cardinality { min: 1, max: 4 })
    .queried(&["$XDSDocumentEntryConfidentialityCode"]);
    /// Acts and events.
    pub static EVENT_CODE_LIST: Row = Row::new(
        DE,
        "eventCodeList",
        "DE-EVENT-CODE",
        Classification("urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"),
        DataType::Code,
    )
    .times(ANY)
    .queried(&["$XDSDocumentEntryEventCodeList"]);
    /// Comments.
    pub static COMMENTS: Row = Row::new(DE, "comments", "DE-COMMENTS", Description, DataType::Text).times(OPTIONAL);
    /// Title.
    pub static TITLE: Row = Row::new(DE, "title", "DE-TITLE", Name, DataType::Text).times(OPTIONAL).in_dmp(ONE);
    /// When it was made.
    pub static CREATION_TIME: Row =
        Row::new(DE, "creationTime", "DE-CREATION-TIME", Slot("creationTime"), DataType::Dtm)
            .on_demand(NONE)
            .queried(&["$XDSDocumentEntryCreationTimeFrom", "$XDSDocumentEntryCreationTimeTo"]);
    /// When the act began.
    pub static SERVICE_START_TIME: Row =
        Row::new(DE, "serviceStartTime", "DE-SERVICE-START", Slot("serviceStartTime"), DataType::Dtm)
            .times(OPTIONAL)
            .in_dmp(ONE)
            .queried(&["$XDSDocumentEntryServiceStartTimeFrom", "$XDSDocumentEntryServiceStartTimeTo"]);
    /// When the act ended.
    pub static SERVICE_STOP_TIME: Row =
        Row::new(DE, "serviceStopTime", "DE-SERVICE-STOP", Slot("serviceStopTime"), DataType::Dtm)
            .times(OPTIONAL)
            .queried(&["$XDSDocumentEntryServiceStopTimeFrom", "$XDSDocumentEntryServiceStopTimeTo"]);
    /// SHA-1.
    pub static HASH: Row =
        Row::new(DE, "hash", "DE-HASH", Slot("hash"), DataType::Sha1).from_source(OPTIONAL).on_demand(NONE);
    /// Bytes.
    pub static SIZE: Row =
        Row::new(DE, "size", "DE-SIZE", Slot("size"), DataType::Number).from_source(OPTIONAL).on_demand(NONE);
    /// Where it is kept.
    pub static REPOSITORY_UNIQUE_ID: Row =
        Row::new(DE, "repositoryUniqueId", "DE-REPOSITORY", Slot("repositoryUniqueId"), DataType::Oid)
            .from_source(OPTIONAL);
    /// Language.
    pub static LANGUAGE_CODE: Row =
        Row::new(DE, "languageCode", "DE-LANGUAGE", Slot("languageCode"), DataType::Language);
    /// Who signed.
    pub static LEGAL_AUTHENTICATOR: Row =
        Row::new(DE, "legalAuthenticator", "DE-LEGAL-AUTHENTICATOR", Slot("legalAuthenticator"), DataType::Xcn)
            .times(OPTIONAL)
            .in_dmp(ONE);
    /// The patient at the source.
    pub static SOURCE_PATIENT_ID: Row =
        Row::new(DE, "sourcePatientId", "DE-SOURCE-PATIENT-ID", Slot("sourcePatientId"), DataType::Cx);
    /// The traits of the patient at the source. In profile `dmp` a rule asks for it, the signature excepted.
    pub static SOURCE_PATIENT_INFO: Row =
        Row::new(DE, "sourcePatientInfo", "DE-SOURCE-PATIENT-INFO", Slot("sourcePatientInfo"), DataType::PatientInfo)
            .times(ANY);
    /// Where else it may be found.
    pub static URI: Row = Row::new(DE, "URI", "DE-URI", Slot("URI"), DataType::Text).times(ANY);
    /// Other identifiers of what the document is about.
    pub static REFERENCE_ID_LIST: Row =
        Row::new(DE, "referenceIdList", "DE-REFERENCE-ID", Slot("urn:ihe:iti:xds:2013:referenceIdList"), DataType::Cxi)
            .times(ANY);
    /// The patient.
    pub static PATIENT_ID: Row = Row::new(
        DE,
        "patientId",
        "DE-PATIENT-ID",
        ExternalIdentifier("urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427", "XDSDocumentEntry.patientId"),
        DataType::Cx,
    )
    .queried(&["$XDSDocumentEntryPatientId", "$patientId"]);
    /// The document.
    pub static UNIQUE_ID: Row = Row::new(
        DE,
        "uniqueId",
        "DE-UNIQUE-ID",
        ExternalIdentifier("urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab", "XDSDocumentEntry.uniqueId"),
        DataType::UniqueId,
    )
    .queried(&["$XDSDocumentEntryUniqueId"]);
}

/// Attributes of the submission set.
pub mod submission_set {
    use crate::xds::metadata::attribute::Carrier::{
        Classification, Description, ExternalIdentifier, Name, Slot, VersionName, XmlAttribute,
    };
    use crate::xds::metadata::attribute::{ANY, AttributeRow, ONE, OPTIONAL};
    use crate::xds::metadata::data_type::DataType;
    use crate::xds::metadata::object::ObjectKind::SubmissionSet as SS;

    type Row = AttributeRow;

    /// The classification node that makes a package a submission set.
    pub const NODE: &str = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd";

    /// `@id`.
    pub static ENTRY_UUID: Row = Row::new(SS, "entryUUID", "SS-ENTRY-UUID", XmlAttribute("id"), DataType::ObjectId)
        .queried(&["$XDSSubmissionSetEntryUUID"]);
    /// Given by the registry.
    pub static LOGICAL_ID: Row =
        Row::new(SS, "logicalID", "SS-LOGICAL-ID", XmlAttribute("lid"), DataType::Text).times(OPTIONAL);
    /// Given by the registry.
    pub static VERSION: Row = Row::new(SS, "version", "SS-VERSION", VersionName, DataType::Text).times(OPTIONAL);
    /// Given by the registry.
    pub static AVAILABILITY_STATUS: Row =
        Row::new(SS, "availabilityStatus", "SS-AVAILABILITY-STATUS", XmlAttribute("status"), DataType::Text)
            .times(OPTIONAL)
            .queried(&["$XDSSubmissionSetStatus"]);
    /// Community.
    pub static HOME_COMMUNITY_ID: Row =
        Row::new(SS, "homeCommunityId", "SS-HOME", XmlAttribute("home"), DataType::HomeCommunityId).times(OPTIONAL);
    /// Who sent.
    pub static AUTHOR: Row = Row::new(
        SS,
        "author",
        "SS-AUTHOR",
        Classification("urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"),
        DataType::Author,
    )
    .times(ANY)
    .in_dmp(ONE);
    /// The act.
    pub static CONTENT_TYPE_CODE: Row = Row::new(
        SS,
        "contentTypeCode",
        "SS-CONTENT-TYPE",
        Classification("urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"),
        DataType::Code,
    );
    /// When.
    pub static SUBMISSION_TIME: Row =
        Row::new(SS, "submissionTime", "SS-SUBMISSION-TIME", Slot("submissionTime"), DataType::Dtm);
    /// For whom.
    pub static INTENDED_RECIPIENT: Row =
        Row::new(SS, "intendedRecipient", "SS-RECIPIENT", Slot("intendedRecipient"), DataType::Recipient).times(ANY);
    /// Title.
    pub static TITLE: Row = Row::new(SS, "title", "SS-TITLE", Name, DataType::Text).times(OPTIONAL);
    /// Comments.
    pub static COMMENTS: Row = Row::new(SS, "comments", "SS-COMMENTS", Description, DataType::Text).times(OPTIONAL);
    /// The patient.
    pub static PATIENT_ID: Row = Row::new(
        SS,
        "patientId",
        "SS-PATIENT-ID",
        ExternalIdentifier("urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446", "XDSSubmissionSet.patientId"),
        DataType::Cx,
    )
    .queried(&["$patientId"]);
    /// The source.
    pub static SOURCE_ID: Row = Row::new(
        SS,
        "sourceId",
        "SS-SOURCE-ID",
        ExternalIdentifier("urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId"),
        DataType::Oid,
    );
    /// The submission.
    pub static UNIQUE_ID: Row = Row::new(
        SS,
        "uniqueId",
        "SS-UNIQUE-ID",
        ExternalIdentifier("urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8", "XDSSubmissionSet.uniqueId"),
        DataType::UniqueId,
    )
    .queried(&["$XDSSubmissionSetUniqueId"]);
}

/// Attributes of the folder.
pub mod folder {
    use crate::xds::metadata::attribute::Carrier::{
        Classification, Description, ExternalIdentifier, Name, Slot, VersionName, XmlAttribute,
    };
    use crate::xds::metadata::attribute::{AttributeRow, OPTIONAL, SOME};
    use crate::xds::metadata::data_type::DataType;
    use crate::xds::metadata::object::ObjectKind::Folder as FD;

    type Row = AttributeRow;

    /// The classification node that makes a package a folder.
    pub const NODE: &str = "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2";

    /// `@id`.
    pub static ENTRY_UUID: Row = Row::new(FD, "entryUUID", "FD-ENTRY-UUID", XmlAttribute("id"), DataType::ObjectId);
    /// Given by the registry.
    pub static LOGICAL_ID: Row =
        Row::new(FD, "logicalID", "FD-LOGICAL-ID", XmlAttribute("lid"), DataType::Text).times(OPTIONAL);
    /// Given by the registry.
    pub static VERSION: Row = Row::new(FD, "version", "FD-VERSION", VersionName, DataType::Text).times(OPTIONAL);
    /// Given by the registry.
    pub static AVAILABILITY_STATUS: Row =
        Row::new(FD, "availabilityStatus", "FD-AVAILABILITY-STATUS", XmlAttribute("status"), DataType::Text)
            .times(OPTIONAL)
            .queried(&["$XDSFolderStatus"]);
    /// Community.
    pub static HOME_COMMUNITY_ID: Row =
        Row::new(FD, "homeCommunityId", "FD-HOME", XmlAttribute("home"), DataType::HomeCommunityId).times(OPTIONAL);
    /// What it holds.
    pub static CODE_LIST: Row = Row::new(
        FD,
        "codeList",
        "FD-CODE",
        Classification("urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5"),
        DataType::Code,
    )
    .times(SOME);
    /// Given by the registry.
    pub static LAST_UPDATE_TIME: Row =
        Row::new(FD, "lastUpdateTime", "FD-LAST-UPDATE", Slot("lastUpdateTime"), DataType::Dtm).times(OPTIONAL);
    /// Title.
    pub static TITLE: Row = Row::new(FD, "title", "FD-TITLE", Name, DataType::Text);
    /// Comments.
    pub static COMMENTS: Row = Row::new(FD, "comments", "FD-COMMENTS", Description, DataType::Text).times(OPTIONAL);
    /// The patient.
    pub static PATIENT_ID: Row = Row::new(
        FD,
        "patientId",
        "FD-PATIENT-ID",
        ExternalIdentifier("urn:uuid:f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a", "XDSFolder.patientId"),
        DataType::Cx,
    )
    .queried(&["$patientId"]);
    /// The folder.
    pub static UNIQUE_ID: Row = Row::new(
        FD,
        "uniqueId",
        "FD-UNIQUE-ID",
        ExternalIdentifier("urn:uuid:75df8f67-9973-4fbe-a900-df66cefecc5a", "XDSFolder.uniqueId"),
        DataType::UniqueId,
    );
}

/// Attributes of the association.
pub mod association {
    use crate::xds::metadata::attribute::Carrier::{Classification, Slot, VersionName, XmlAttribute};
    use crate::xds::metadata::attribute::{AttributeRow, OPTIONAL};
    use crate::xds::metadata::data_type::DataType;
    use crate::xds::metadata::object::ObjectKind::Association as AS;

    type Row = AttributeRow;

    /// `@id`; many senders leave it out.
    pub static ENTRY_UUID: Row =
        Row::new(AS, "entryUUID", "AS-ENTRY-UUID", XmlAttribute("id"), DataType::ObjectId).times(OPTIONAL);
    /// Given by the registry.
    pub static LOGICAL_ID: Row =
        Row::new(AS, "logicalID", "AS-LOGICAL-ID", XmlAttribute("lid"), DataType::Text).times(OPTIONAL);
    /// Given by the registry.
    pub static VERSION: Row = Row::new(AS, "version", "AS-VERSION", VersionName, DataType::Text).times(OPTIONAL);
    /// Given by the registry.
    pub static AVAILABILITY_STATUS: Row =
        Row::new(AS, "availabilityStatus", "AS-AVAILABILITY-STATUS", XmlAttribute("status"), DataType::Text)
            .times(OPTIONAL);
    /// What it says.
    pub static ASSOCIATION_TYPE: Row =
        Row::new(AS, "associationType", "AS-TYPE", XmlAttribute("associationType"), DataType::AssociationType);
    /// From.
    pub static SOURCE_OBJECT: Row =
        Row::new(AS, "sourceObject", "AS-SOURCE", XmlAttribute("sourceObject"), DataType::ObjectId);
    /// To.
    pub static TARGET_OBJECT: Row =
        Row::new(AS, "targetObject", "AS-TARGET", XmlAttribute("targetObject"), DataType::ObjectId);
    /// Original or reference.
    pub static SUBMISSION_SET_STATUS: Row = Row::new(
        AS,
        "SubmissionSetStatus",
        "AS-SUBMISSION-SET-STATUS",
        Slot("SubmissionSetStatus"),
        DataType::SubmissionSetStatus,
    )
    .times(OPTIONAL);
    /// Only in metadata updates.
    pub static PREVIOUS_VERSION: Row =
        Row::new(AS, "PreviousVersion", "AS-PREVIOUS-VERSION", Slot("PreviousVersion"), DataType::Number)
            .times(OPTIONAL);
    /// Only in metadata updates.
    pub static ASSOCIATION_PROPAGATION: Row =
        Row::new(AS, "AssociationPropagation", "AS-PROPAGATION", Slot("AssociationPropagation"), DataType::YesOrNo)
            .times(OPTIONAL);
    /// Only in metadata updates.
    pub static ORIGINAL_STATUS: Row =
        Row::new(AS, "OriginalStatus", "AS-ORIGINAL-STATUS", Slot("OriginalStatus"), DataType::Status).times(OPTIONAL);
    /// Only in metadata updates.
    pub static NEW_STATUS: Row =
        Row::new(AS, "NewStatus", "AS-NEW-STATUS", Slot("NewStatus"), DataType::Status).times(OPTIONAL);
    /// Why a document was replaced, appended or transformed.
    pub static DOCUMENTATION: Row = Row::new(
        AS,
        "associationDocumentation",
        "AS-DOCUMENTATION",
        Classification("urn:uuid:abd807a3-4432-4053-87b4-fd82c643d1f3"),
        DataType::Code,
    )
    .times(OPTIONAL);
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
            row.rule.to_owned(),
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
        assert!(unique(TABLE.iter().map(|row| row.rule.to_owned()).collect()));
        assert!(unique(TABLE.iter().map(|row| format!("{:?} {:?}", row.object, row.carrier)).collect()));
        assert!(unique(TABLE.iter().map(|row| row.spec()).collect()));
    }

    #[test]
    fn the_table_prints_one_line_per_row() {
        let text = markdown();
        assert_eq!(text.lines().count(), TABLE.len() + 2);
        assert!(text.lines().all(|line| line.replace("\\|", "").matches('|').count() == 11), "{text}");
        assert!(text.contains("| DocumentEntry | hash | `Slot hash` | SHA-1 | 0..1 | 1 | 0 | 0..1 |  | DE-HASH |"));
        assert!(text.contains("| SubmissionSet | author | `Classification urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d` | author | 0..n | 0..n | 0..n | 1 |  | SS-AUTHOR |"));
    }

    #[test]
    fn a_cardinality_reads_as_in_the_standard() {
        assert_eq!(Cardinality { min: 1, max: 4 }.to_string(), "1..4");
        assert!(Cardinality { min: 1, max: 4 }.takes(4) && !Cardinality { min: 1, max: 4 }.takes(5));
    }
}
