//! Attributes of the document entry. Spec: ITI TF-3: Table 4.2.3.2-1.

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
pub static LOGICAL_ID: Row = Row::new(DE, "logicalID", "DE-LOGICAL-ID", XmlAttribute("lid"), DataType::Text)
    .times(OPTIONAL)
    .queried(&["$XDSDocumentEntryLogicalID"]);
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
.times(OPTIONAL)
.queried(&["$XDSDocumentEntryDocumentAvailability"]);
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
pub static CREATION_TIME: Row = Row::new(DE, "creationTime", "DE-CREATION-TIME", Slot("creationTime"), DataType::Dtm)
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
    Row::new(DE, "hash", "DE-HASH", Slot("hash"), DataType::Sha1).at_source(OPTIONAL).on_demand(NONE);
/// Bytes.
pub static SIZE: Row =
    Row::new(DE, "size", "DE-SIZE", Slot("size"), DataType::Number).at_source(OPTIONAL).on_demand(NONE);
/// Where it is kept.
pub static REPOSITORY_UNIQUE_ID: Row =
    Row::new(DE, "repositoryUniqueId", "DE-REPOSITORY", Slot("repositoryUniqueId"), DataType::Oid).at_source(OPTIONAL);
/// Language.
pub static LANGUAGE_CODE: Row = Row::new(DE, "languageCode", "DE-LANGUAGE", Slot("languageCode"), DataType::Language);
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
        .times(ANY)
        .queried(&["$XDSDocumentEntryReferenceIdList"]);
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
