//! Attributes of the association. Spec: ITI TF-3: 4.2.2, 4.2.1.4.

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
        .times(OPTIONAL)
        .queried(&["$XDSAssociationStatus"]);
/// What it says.
pub static ASSOCIATION_TYPE: Row =
    Row::new(AS, "associationType", "AS-TYPE", XmlAttribute("associationType"), DataType::AssociationType)
        .queried(&["$AssociationTypes"]);
/// From.
pub static SOURCE_OBJECT: Row =
    Row::new(AS, "sourceObject", "AS-SOURCE", XmlAttribute("sourceObject"), DataType::ObjectId).queried(&["$uuid"]);
/// To.
pub static TARGET_OBJECT: Row =
    Row::new(AS, "targetObject", "AS-TARGET", XmlAttribute("targetObject"), DataType::ObjectId).queried(&["$uuid"]);
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
    Row::new(AS, "PreviousVersion", "AS-PREVIOUS-VERSION", Slot("PreviousVersion"), DataType::Number).times(OPTIONAL);
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
