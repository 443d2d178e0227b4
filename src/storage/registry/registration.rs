//! A submission becomes part of the registry: all its rows, or none.

use chrono::{DateTime, Utc};

use crate::storage::registry::object::StatedContent;
use crate::storage::{StorageError, Writer};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::Registration;

impl Writer<'_> {
    /// Stores a registration. The caller has judged it by the facts read in this same transaction.
    pub fn insert(&mut self, registration: &Registration, received_at: DateTime<Utc>) -> Result<(), StorageError> {
        let set = &registration.submission_set;
        let patient_of_set = set.value.patient_id.to_patient_id().to_string();
        let (kind, unique_id) = (ObjectKind::SubmissionSet, &set.value.unique_id);
        self.insert_object(kind, set, &patient_of_set, Some(unique_id), received_at)?;
        self.insert_unique_id(kind, set, &patient_of_set, unique_id, StatedContent::default())?;
        self.insert_submission_set(set, &patient_of_set)?;

        for entry in &registration.entries {
            let patient = entry.value.patient_id.to_patient_id().to_string();
            let (kind, unique_id) = (ObjectKind::DocumentEntry, &entry.value.unique_id);
            let content = StatedContent { hash: entry.value.hash.map(|hash| hash.to_string()), size: entry.value.size };
            self.insert_object(kind, entry, &patient, Some(unique_id), received_at)?;
            self.insert_unique_id(kind, entry, &patient, unique_id, content)?;
            self.insert_entry(entry, &patient)?;
        }
        for folder in &registration.folders {
            let patient = folder.value.patient_id.to_patient_id().to_string();
            let (kind, unique_id) = (ObjectKind::Folder, &folder.value.unique_id);
            self.insert_object(kind, folder, &patient, Some(unique_id), received_at)?;
            self.insert_unique_id(kind, folder, &patient, unique_id, StatedContent::default())?;
            self.insert_folder(folder, &patient)?;
        }
        for association in &registration.associations {
            self.insert_object(ObjectKind::Association, association, &patient_of_set, None, received_at)?;
            self.insert_association(association, &patient_of_set)?;
        }
        self.set_status(&registration.deprecate, AvailabilityStatus::Deprecated)?;
        registration.touched_folders.iter().try_for_each(|touched| self.touch_folder(touched))
    }
}
