//! `GetAll`: what the registry holds of a patient. Spec: ITI TF-2: 3.18.4.1.2.3.7.4.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::storage::dialect::in_list;
use crate::storage::registry::column::{of_kind, of_status};
use crate::storage::registry::object::Identity;
use crate::storage::registry::query::entry_filter::{EntryFilter, Scope};
use crate::storage::schema::registry_object;
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::GetAll;

impl Reader<'_> {
    /// The submission sets, entries and folders of a patient that pass, and every association in force that touches
    /// one of them; its other end may be outside the answer.
    pub(super) fn all_of_patient(&mut self, query: &GetAll) -> Result<Vec<Identity>, StorageError> {
        let patient = query.patient.to_string();
        let filter = EntryFilter::of_contents(&query.contents, &query.entry_statuses);
        let mut answer = self.of_patient(&patient, ObjectKind::SubmissionSet, &query.submission_set_statuses)?;
        answer.extend(self.entries(Scope::Patient(&patient), &filter)?);
        answer.extend(self.of_patient(&patient, ObjectKind::Folder, &query.folder_statuses)?);
        let ids: Vec<String> = answer.iter().map(|object| object.entry_uuid.clone()).collect();
        let links = self.links_touching(&ids, &[AvailabilityStatus::Approved])?;
        answer.extend(links.into_iter().map(|link| link.identity));
        Ok(answer)
    }

    fn of_patient(
        &mut self,
        patient: &str,
        kind: ObjectKind,
        status: &[AvailabilityStatus],
    ) -> Result<Vec<Identity>, StorageError> {
        Ok(registry_object::table
            .filter(registry_object::patient_id.eq(patient))
            .filter(registry_object::kind.eq(of_kind(kind)))
            .filter(in_list(registry_object::status, status.iter().map(|status| of_status(*status))))
            .order(registry_object::entry_uuid)
            .select((
                registry_object::entry_uuid,
                registry_object::kind,
                registry_object::status,
                registry_object::patient_id,
            ))
            .load(self.connection)?)
    }
}
