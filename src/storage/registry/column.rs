//! How values of the domain stand in columns.

use chrono::{DateTime, Utc};

use crate::datatype::code::Code;
use crate::datatype::cx::PatientId;
use crate::datatype::entry_uuid::EntryUuid;
use crate::datatype::hash::Sha1;
use crate::storage::StorageError;
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::{AvailabilityStatus, DocumentAvailability};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::ObjectKind;

/// The last part of a URN: `Approved`, `HasMember`, `RPLC`. Unique within its list, and shorter in every index.
fn last_part(urn: &'static str) -> &'static str {
    urn.rsplit(':').next().unwrap_or(urn)
}

pub(super) fn of_status(status: AvailabilityStatus) -> &'static str {
    last_part(status.as_urn())
}

pub(super) fn to_status(text: &str) -> Result<AvailabilityStatus, StorageError> {
    AvailabilityStatus::all().find(|status| of_status(*status) == text).ok_or(StorageError::Corrupt { what: "status" })
}

pub(super) fn of_availability(availability: DocumentAvailability) -> &'static str {
    last_part(availability.as_urn())
}

pub(super) fn of_association_type(kind: AssociationType) -> &'static str {
    last_part(kind.as_urn())
}

pub(super) fn to_association_type(text: &str) -> Result<AssociationType, StorageError> {
    AssociationType::all()
        .find(|kind| of_association_type(*kind) == text)
        .ok_or(StorageError::Corrupt { what: "association type" })
}

pub(super) fn of_kind(kind: ObjectKind) -> &'static str {
    kind.as_str()
}

pub(super) fn to_kind(text: &str) -> Result<ObjectKind, StorageError> {
    use ObjectKind::{Association, DocumentEntry, Folder, SubmissionSet};
    [DocumentEntry, SubmissionSet, Folder, Association]
        .into_iter()
        .find(|kind| of_kind(*kind) == text)
        .ok_or(StorageError::Corrupt { what: "kind" })
}

pub(super) fn of_object_type(object_type: DocumentEntryType) -> &'static str {
    match object_type {
        DocumentEntryType::Stable => "Stable",
        DocumentEntryType::OnDemand => "OnDemand",
    }
}

pub(super) fn to_object_type(text: &str) -> Result<DocumentEntryType, StorageError> {
    [DocumentEntryType::Stable, DocumentEntryType::OnDemand]
        .into_iter()
        .find(|object_type| of_object_type(*object_type) == text)
        .ok_or(StorageError::Corrupt { what: "object type" })
}

pub(super) fn of_code(code: &Code) -> String {
    code.to_query_form()
}

pub(super) fn of_instant(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_millis()
}

pub(super) fn of_size(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

pub(super) fn to_size(size: i64) -> Result<u64, StorageError> {
    u64::try_from(size).map_err(|_| StorageError::Corrupt { what: "size" })
}

pub(super) fn to_uuid(text: &str) -> Result<EntryUuid, StorageError> {
    EntryUuid::parse(text).map_err(|_| StorageError::Corrupt { what: "entryUUID" })
}

pub(super) fn to_patient(text: &str) -> Result<PatientId, StorageError> {
    PatientId::parse(text).map_err(|_| StorageError::Corrupt { what: "patient" })
}

pub(super) fn to_hash(text: &str) -> Result<Sha1, StorageError> {
    Sha1::parse(text).map_err(|_| StorageError::Corrupt { what: "hash" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::storage::registry::column::{
        of_association_type, of_kind, of_object_type, of_status, to_association_type, to_kind, to_object_type,
        to_status,
    };
    use crate::xds::metadata::association::AssociationType;
    use crate::xds::metadata::availability::AvailabilityStatus;
    use crate::xds::metadata::document_entry::DocumentEntryType;
    use crate::xds::metadata::object::ObjectKind;

    #[test]
    fn what_stands_in_a_column_reads_back() {
        for status in AvailabilityStatus::all() {
            assert_eq!(to_status(of_status(status)).unwrap(), status);
        }
        for kind in [ObjectKind::DocumentEntry, ObjectKind::SubmissionSet, ObjectKind::Folder, ObjectKind::Association]
        {
            assert_eq!(to_kind(of_kind(kind)).unwrap(), kind);
        }
        for object_type in [DocumentEntryType::Stable, DocumentEntryType::OnDemand] {
            assert_eq!(to_object_type(of_object_type(object_type)).unwrap(), object_type);
        }
    }

    #[test]
    fn each_association_type_has_a_word_of_its_own() {
        let words: BTreeSet<&str> = AssociationType::all().map(of_association_type).collect();
        assert_eq!(words.len(), AssociationType::all().count());
        for kind in AssociationType::all() {
            assert_eq!(to_association_type(of_association_type(kind)).unwrap(), kind);
        }
    }

    #[test]
    fn a_foreign_word_in_a_column_is_an_error() {
        assert!(to_status("approved").is_err());
        assert!(to_kind("").is_err());
        assert!(to_object_type("stable").is_err());
    }
}
