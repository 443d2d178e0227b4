//! The stored queries, one file each. A query finds the identities of objects, in order; how much of each object is
//! read then depends on what was asked for. Spec: ITI TF-2: 3.18.4.1.2.3.7.

mod entry_filter;
mod find_documents;
mod get_all;
mod get_associations;
mod get_documents;
mod get_submission_set_and_contents;

use crate::storage::registry::object::{Depth, Found, Identity};
use crate::storage::{Reader, StorageError};
use crate::xds::query::StoredQuery;

impl Reader<'_> {
    /// Answers a query with the objects (`LeafClass`).
    pub fn find(&mut self, query: &StoredQuery) -> Result<Found, StorageError> {
        let identities = self.identities_of(query)?;
        self.answer(identities, Depth::Objects)
    }

    /// Answers a query with references (`ObjectRef`): the same objects without their ebRIM, which is not read.
    pub fn find_references(&mut self, query: &StoredQuery) -> Result<Found, StorageError> {
        let identities = self.identities_of(query)?;
        self.answer(identities, Depth::References)
    }

    fn identities_of(&mut self, query: &StoredQuery) -> Result<Vec<Identity>, StorageError> {
        match query {
            StoredQuery::FindDocuments(query) => self.documents_of_patient(query),
            StoredQuery::GetDocuments(query) => self.documents_by_id(query),
            StoredQuery::GetSubmissionSetAndContents(query) => self.submission_set_and_contents(query),
            StoredQuery::GetAssociations(query) => self.associations_of(query),
            StoredQuery::GetAll(query) => self.all_of_patient(query),
        }
    }
}
