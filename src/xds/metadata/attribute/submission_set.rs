//! Attributes of the submission set. Spec: ITI TF-3: Table 4.2.3.3-1.

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
.in_dmp(ONE)
.queried(&["$XDSSubmissionSetAuthorPerson"]);
/// The act.
pub static CONTENT_TYPE_CODE: Row = Row::new(
    SS,
    "contentTypeCode",
    "SS-CONTENT-TYPE",
    Classification("urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"),
    DataType::Code,
)
.queried(&["$XDSSubmissionSetContentType"]);
/// When.
pub static SUBMISSION_TIME: Row =
    Row::new(SS, "submissionTime", "SS-SUBMISSION-TIME", Slot("submissionTime"), DataType::Dtm)
        .queried(&["$XDSSubmissionSetSubmissionTimeFrom", "$XDSSubmissionSetSubmissionTimeTo"]);
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
.queried(&["$XDSSubmissionSetPatientId", "$patientId"]);
/// The source.
pub static SOURCE_ID: Row = Row::new(
    SS,
    "sourceId",
    "SS-SOURCE-ID",
    ExternalIdentifier("urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId"),
    DataType::Oid,
)
.queried(&["$XDSSubmissionSetSourceId"]);
/// The submission.
pub static UNIQUE_ID: Row = Row::new(
    SS,
    "uniqueId",
    "SS-UNIQUE-ID",
    ExternalIdentifier("urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8", "XDSSubmissionSet.uniqueId"),
    DataType::UniqueId,
)
.queried(&["$XDSSubmissionSetUniqueId"]);
