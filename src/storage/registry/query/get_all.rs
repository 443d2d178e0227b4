//! `GetAll`: what the registry holds of a patient. Spec: ITI TF-2: 3.18.4.1.2.3.7.4.

use crate::storage::registry::object::Identity;
use crate::storage::registry::query::entry_filter::{Scope, of_contents};
use crate::storage::{Reader, StorageError};
use crate::xds::query::{DateRange, FindSubmissionSets, FolderCriteria, GetAll};

impl Reader<'_> {
    /// The submission sets, entries and folders of a patient that pass, and every association that touches one of
    /// them; its other end may be outside the answer.
    pub(super) fn all_of_patient(&mut self, query: &GetAll) -> Result<Vec<Identity>, StorageError> {
        let patient = query.patient.to_string();
        let mut answer = self.submission_sets_of_patient(&FindSubmissionSets {
            patient: query.patient.clone(),
            statuses: query.submission_set_statuses.clone(),
            source_ids: Vec::new(),
            submission_time: DateRange::default(),
            author_person: None,
            content_type_codes: Vec::new(),
        })?;
        let entries = self.entries(Scope::Patient(&patient), &of_contents(&query.contents, &query.entry_statuses))?;
        answer.extend(self.shown(query.level, entries)?);
        let statuses = query.folder_statuses.clone();
        let criteria = FolderCriteria { statuses, level: query.level, ..FolderCriteria::default() };
        answer.extend(self.folders(&[patient], &criteria)?);
        let ids: Vec<String> = answer.iter().map(Identity::urn).collect();
        answer.extend(self.associations_touching(&ids, &query.association_statuses, query.level)?);
        Ok(answer)
    }
}
