//! `FindDocuments`: the entries of a patient that pass every parameter, newest first.
//! Spec: ITI TF-2: 3.18.4.1.2.3.7.1.

use crate::storage::registry::object::Identity;
use crate::storage::registry::query::entry_filter::{EntryFilter, Scope};
use crate::storage::{Reader, StorageError};
use crate::xds::query::FindDocuments;

impl Reader<'_> {
    pub(super) fn documents_of_patient(&mut self, query: &FindDocuments) -> Result<Vec<Identity>, StorageError> {
        self.entries(Scope::Patient(&query.patient.to_string()), &EntryFilter::of_find(query))
    }
}
