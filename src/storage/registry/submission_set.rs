//! What queries ask of submission sets.

use diesel::prelude::Insertable;
use diesel::{RunQueryDsl, insert_into};

use crate::storage::registry::column::of_code;
use crate::storage::schema::submission_set;
use crate::storage::{StorageError, Writer};
use crate::xds::metadata::registration::Registered;
use crate::xds::metadata::submission_set::SubmissionSet;

#[derive(Insertable)]
#[diesel(table_name = submission_set)]
struct SubmissionSetRow<'r> {
    patient_id: &'r str,
    entry_uuid: &'r str,
    source_id: &'r str,
    submission_time: String,
    content_type_code: String,
}

impl Writer<'_> {
    /// Stores what queries ask of a submission set.
    pub(super) fn insert_submission_set(
        &mut self,
        set: &Registered<SubmissionSet>,
        patient_id: &str,
    ) -> Result<(), StorageError> {
        let row = SubmissionSetRow {
            patient_id,
            entry_uuid: set.entry_uuid.as_str(),
            source_id: set.value.source_id.as_str(),
            submission_time: set.value.submission_time.earliest(),
            content_type_code: of_code(&set.value.content_type_code),
        };
        insert_into(submission_set::table).values(row).execute(self.connection)?;
        self.insert_authors(patient_id, &set.entry_uuid, &set.value.authors)
    }
}
