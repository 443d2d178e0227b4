//! `GetFolders`, `GetFolderAndContents` and `GetFoldersForDocument`: folders by their ids, what they hold, and which of
//! them hold a document. Spec: ITI TF-2: 3.18.4.1.2.3.7.6, 11, 12.

use std::collections::BTreeSet;

use crate::storage::registry::association::By;
use crate::storage::registry::object::Identity;
use crate::storage::registry::query::entry_filter::{Scope, of_contents};
use crate::storage::registry::query::get_documents::Chosen;
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::{GetFolderAndContents, GetFolders, GetFoldersForDocument};

impl Reader<'_> {
    /// The folders of those ids, deprecated ones too.
    pub(super) fn folders_by_id(&mut self, query: &GetFolders) -> Result<Vec<Identity>, StorageError> {
        self.objects_by(ObjectKind::Folder, &query.by, query.level)
    }

    /// The folder, its documents that pass the filter, and the associations by which it holds them.
    pub(super) fn folder_and_contents(&mut self, query: &GetFolderAndContents) -> Result<Vec<Identity>, StorageError> {
        let mut answer = self.objects_by(ObjectKind::Folder, &query.by, query.level)?;
        let folders: Vec<String> = answer.iter().map(Identity::urn).collect();
        if folders.is_empty() {
            return Ok(answer);
        }
        let mut links = self.links(By::Source, &folders, &query.association_statuses)?;
        links.retain(|link| link.is(&[AssociationType::HasMember]));
        let members: Vec<String> = links.iter().map(|link| link.ends.target.clone()).collect();
        let among = Scope::Among { patients: &self.patients_of_objects(&members)?, ids: &members };
        let entries = self.entries(among, &of_contents(&query.contents, &[]))?;
        answer.extend(self.shown(query.level, entries)?);
        let present: BTreeSet<String> = answer.iter().map(Identity::urn).collect();
        links.retain(|link| present.contains(&link.ends.target));
        answer.extend(links.into_iter().map(|link| link.identity));
        Ok(answer)
    }

    /// The folders that hold the document; not the associations that say so.
    pub(super) fn folders_for_document(
        &mut self,
        query: &GetFoldersForDocument,
    ) -> Result<Vec<Identity>, StorageError> {
        let documents = self.objects_by(ObjectKind::DocumentEntry, &query.by, query.level)?;
        let documents: Vec<String> = documents.iter().map(Identity::urn).collect();
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        let mut links = self.links(By::Target, &documents, &query.association_statuses)?;
        links.retain(|link| link.is(&[AssociationType::HasMember]));
        let holders: Vec<String> = links.into_iter().map(|link| link.ends.source).collect();
        let folders = self.selected(ObjectKind::Folder, Chosen::EntryUuids(&holders))?;
        self.shown(query.level, folders)
    }
}
