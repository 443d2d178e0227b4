//! Attributes of the folder. Spec: ITI TF-3: Table 4.2.3.4-1.

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
pub static ENTRY_UUID: Row = Row::new(FD, "entryUUID", "FD-ENTRY-UUID", XmlAttribute("id"), DataType::ObjectId)
    .queried(&["$XDSFolderEntryUUID"]);
/// Given by the registry.
pub static LOGICAL_ID: Row = Row::new(FD, "logicalID", "FD-LOGICAL-ID", XmlAttribute("lid"), DataType::Text)
    .times(OPTIONAL)
    .queried(&["$XDSFolderLogicalID"]);
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
.times(SOME)
.queried(&["$XDSFolderCodeList"]);
/// Given by the registry.
pub static LAST_UPDATE_TIME: Row =
    Row::new(FD, "lastUpdateTime", "FD-LAST-UPDATE", Slot("lastUpdateTime"), DataType::Dtm)
        .times(OPTIONAL)
        .queried(&["$XDSFolderLastUpdateTimeFrom", "$XDSFolderLastUpdateTimeTo"]);
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
.queried(&["$XDSFolderPatientId", "$patientId"]);
/// The folder.
pub static UNIQUE_ID: Row = Row::new(
    FD,
    "uniqueId",
    "FD-UNIQUE-ID",
    ExternalIdentifier("urn:uuid:75df8f67-9973-4fbe-a900-df66cefecc5a", "XDSFolder.uniqueId"),
    DataType::UniqueId,
)
.queried(&["$XDSFolderUniqueId"]);
