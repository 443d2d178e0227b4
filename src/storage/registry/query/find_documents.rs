//! `FindDocuments`, `FindDocumentsByReferenceId` and `FindDocumentsForMultiplePatients`: the entries of patients that
//! pass every parameter. Spec: ITI TF-2: 3.18.4.1.2.3.7.1, 14; 3.51.4.1.2.4.1.

use crate::storage::registry::object::Identity;
use crate::storage::registry::query::entry_filter::Scope;
use crate::storage::registry::query::get_documents::texts;
use crate::storage::{Reader, StorageError};
use crate::xds::query::{FindDocuments, FindDocumentsForMultiplePatients};

impl Reader<'_> {
    pub(super) fn documents_of_patient(&mut self, query: &FindDocuments) -> Result<Vec<Identity>, StorageError> {
        let found = self.entries(Scope::Patient(&query.patient.to_string()), &query.criteria)?;
        self.shown(query.criteria.level, found)
    }

    /// Without a patient everybody's entries are read through: a code that bounds the question is one of a few dozen,
    /// and an index on it would spare little and burden every deposit.
    pub(super) fn documents_of_patients(
        &mut self,
        query: &FindDocumentsForMultiplePatients,
    ) -> Result<Vec<Identity>, StorageError> {
        let patients = texts(&query.patients);
        let scope = if patients.is_empty() { Scope::Everybody } else { Scope::Patients(&patients) };
        let found = self.entries(scope, &query.criteria)?;
        self.shown(query.criteria.level, found)
    }
}
