//! What queries ask of document entries.

use diesel::prelude::Insertable;
use diesel::{ExpressionMethods, RunQueryDsl, insert_into};

use crate::datatype::dtm::Dtm;
use crate::storage::registry::column::{of_availability, of_code, of_object_type};
use crate::storage::schema::{document_entry, entry_reference};
use crate::storage::{StorageError, Writer};
use crate::xds::metadata::attribute::entry as attribute;
use crate::xds::metadata::availability::DocumentAvailability;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::registration::Registered;

/// The name of documentAvailability among the codes of an object; only `Offline` is noted.
pub(super) const AVAILABILITY: &str = "documentAvailability";

/// The name of confidentialityCode among the codes of an object.
pub(super) const CONFIDENTIALITY: &str = "confidentialityCode";

/// The name of eventCodeList among the codes of an object.
pub(super) const EVENT: &str = "eventCodeList";

#[derive(Insertable)]
#[diesel(table_name = document_entry, treat_none_as_default_value = false)]
struct EntryRow<'r> {
    patient_id: &'r str,
    entry_uuid: &'r str,
    object_type: &'r str,
    creation_time: String,
    service_start_time: Option<String>,
    service_stop_time: Option<String>,
    class_code: String,
    type_code: String,
    format_code: String,
    healthcare_facility_type_code: String,
    practice_setting_code: String,
}

impl Writer<'_> {
    /// Stores what queries ask of an entry.
    pub(super) fn insert_entry(
        &mut self,
        entry: &Registered<DocumentEntry>,
        patient_id: &str,
    ) -> Result<(), StorageError> {
        let value = &entry.value;
        let row = EntryRow {
            patient_id,
            entry_uuid: entry.entry_uuid.as_str(),
            object_type: of_object_type(value.object_type),
            creation_time: value.creation_time.as_ref().map(Dtm::earliest).unwrap_or_default(),
            service_start_time: value.service_start_time.as_ref().map(Dtm::earliest),
            service_stop_time: value.service_stop_time.as_ref().map(Dtm::earliest),
            class_code: of_code(&value.class_code),
            type_code: of_code(&value.type_code),
            format_code: of_code(&value.format_code),
            healthcare_facility_type_code: of_code(&value.healthcare_facility_type_code),
            practice_setting_code: of_code(&value.practice_setting_code),
        };
        insert_into(document_entry::table).values(row).execute(self.connection)?;
        self.insert_codes(
            patient_id,
            &entry.entry_uuid,
            CONFIDENTIALITY,
            value.confidentiality_codes.iter().map(of_code),
        )?;
        if is_offline(value) {
            let noted = of_availability(DocumentAvailability::Offline).to_owned();
            self.insert_codes(patient_id, &entry.entry_uuid, AVAILABILITY, [noted])?;
        }
        self.insert_codes(patient_id, &entry.entry_uuid, EVENT, value.event_codes.iter().map(of_code))?;
        self.insert_authors(patient_id, &entry.entry_uuid, &value.authors)?;
        for (position, reference_id) in (0_i32..).zip(&value.reference_ids) {
            let row = (
                entry_reference::patient_id.eq(patient_id),
                entry_reference::entry_uuid.eq(entry.entry_uuid.as_str()),
                entry_reference::position.eq(position),
                entry_reference::reference_id.eq(reference_id),
            );
            insert_into(entry_reference::table).values(row).execute(self.connection)?;
        }
        Ok(())
    }
}

/// Whether the entry says that its document cannot be fetched at once.
fn is_offline(entry: &DocumentEntry) -> bool {
    let stated = entry.object.slot(attribute::DOCUMENT_AVAILABILITY.name).and_then(|slot| slot.values.first());
    stated.and_then(|urn| DocumentAvailability::of_urn(urn)) == Some(DocumentAvailability::Offline)
}
