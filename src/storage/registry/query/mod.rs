//! The stored queries, one file each or one for those that ask alike. A query finds the identities of objects, in an
//! order that is the same each time; how much of each object is read then depends on what was asked for.
//! Spec: ITI TF-2: 3.18.4.1.2.3.7, 3.51.4.1.2.4.
//!
//! `Find…` gives the newest first and those of one instant by their id, `Get…` the objects by their id and then their
//! associations by theirs. What grows with the registry is looked up by patient or by id.

mod entry_filter;
mod find_documents;
mod find_folders;
mod find_submission_sets;
mod get_all;
mod get_associations;
mod get_documents;
mod get_folders;
mod get_related_documents;
mod get_submission_set_and_contents;
mod level;
#[cfg(test)]
mod tests;

use crate::storage::registry::object::{Found, Identity};
use crate::storage::{Reader, StorageError};
use crate::xds::query::StoredQuery;

/// Objects of one kind that a search finds, at most: what it costs is bounded even when it asks about everybody.
const MOST_FOUND: usize = 100_000;

/// Rows that a search reads: one more than it may find, to see that there were more.
#[expect(clippy::cast_possible_wrap, reason = "a constant far below the bound")]
const MOST_READ: i64 = MOST_FOUND as i64 + 1;

/// What a search found, if it is not too much.
fn bounded(found: Vec<Identity>) -> Result<Vec<Identity>, StorageError> {
    if found.len() > MOST_FOUND { Err(StorageError::TooManyFound { most: MOST_FOUND }) } else { Ok(found) }
}

impl Reader<'_> {
    /// Answers a query with the objects (`LeafClass`).
    pub fn find(&mut self, query: &StoredQuery) -> Result<Found, StorageError> {
        let mut found = self.find_references(query)?;
        self.complete(&mut found.objects)?;
        Ok(found)
    }

    /// Answers a query with references (`ObjectRef`): the same objects without their ebRIM, which is not read.
    pub fn find_references(&mut self, query: &StoredQuery) -> Result<Found, StorageError> {
        let identities = self.identities_of(query)?;
        Found::of(identities)
    }

    fn identities_of(&mut self, query: &StoredQuery) -> Result<Vec<Identity>, StorageError> {
        match query {
            StoredQuery::FindDocuments(query) | StoredQuery::FindDocumentsByReferenceId(query) => {
                self.documents_of_patient(query)
            }
            StoredQuery::FindSubmissionSets(query) => self.submission_sets_of_patient(query),
            StoredQuery::FindFolders(query) => self.folders_of_patient(query),
            StoredQuery::GetAll(query) => self.all_of_patient(query),
            StoredQuery::GetDocuments(query) => self.documents_by_id(query),
            StoredQuery::GetFolders(query) => self.folders_by_id(query),
            StoredQuery::GetAssociations(query) => self.associations_of(query),
            StoredQuery::GetDocumentsAndAssociations(query) => self.documents_and_associations(query),
            StoredQuery::GetSubmissionSets(query) => self.submission_sets_of(query),
            StoredQuery::GetSubmissionSetAndContents(query) => self.submission_set_and_contents(query),
            StoredQuery::GetFolderAndContents(query) => self.folder_and_contents(query),
            StoredQuery::GetFoldersForDocument(query) => self.folders_for_document(query),
            StoredQuery::GetRelatedDocuments(query) => self.related_documents(query),
            StoredQuery::FindDocumentsForMultiplePatients(query) => self.documents_of_patients(query),
            StoredQuery::FindFoldersForMultiplePatients(query) => self.folders_of_patients(query),
        }
    }
}
