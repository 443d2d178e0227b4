//! The queries that follow ids: objects by theirs, associations, submission sets, folders and documents by those of
//! the objects that they touch. Spec: ITI TF-2: 3.18.4.1.2.3.7.5 to 9, 12, 13.

use crate::datatype::entry_uuid::EntryUuid;
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::query::parameter::{association, document, folder};
use crate::xds::query::parameters::{Ids, Parameters};
use crate::xds::query::{MetadataLevel, Selector, StoredQuery};

/// Document entries by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDocuments {
    /// Which.
    pub by: Selector,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// Folders by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetFolders {
    /// Which.
    pub by: Selector,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// Associations whose source or target is one of the objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAssociations {
    /// The objects.
    pub uuids: Vec<EntryUuid>,
    /// Associations in these statuses.
    pub statuses: Vec<AvailabilityStatus>,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// Document entries by id, with their associations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDocumentsAndAssociations {
    /// Which.
    pub by: Selector,
    /// Associations in these statuses.
    pub association_statuses: Vec<AvailabilityStatus>,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// The submission sets that hold one of the objects, with the associations that say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetSubmissionSets {
    /// The objects: document entries or folders.
    pub uuids: Vec<EntryUuid>,
    /// Associations in these statuses.
    pub statuses: Vec<AvailabilityStatus>,
}

/// The folders that hold a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetFoldersForDocument {
    /// The document; a uniqueId may name several entries.
    pub by: Selector,
    /// By associations in these statuses.
    pub association_statuses: Vec<AvailabilityStatus>,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// A document, those related to it, and the associations that relate them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetRelatedDocuments {
    /// The document; a uniqueId may name several entries.
    pub by: Selector,
    /// By associations of these types.
    pub types: Vec<AssociationType>,
    /// Documents of these types.
    pub entry_types: Vec<DocumentEntryType>,
    /// By associations in these statuses.
    pub association_statuses: Vec<AvailabilityStatus>,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// Several documents.
const DOCUMENTS: Ids =
    Ids { entry_uuid: &document::ENTRY_UUID, unique_id: &document::UNIQUE_ID, logical_id: Some(&document::LOGICAL_ID) };

/// One document.
const DOCUMENT: Ids =
    Ids { entry_uuid: &document::ONE_ENTRY_UUID, unique_id: &document::ONE_UNIQUE_ID, logical_id: None };

/// Several folders.
const FOLDERS: Ids =
    Ids { entry_uuid: &folder::ENTRY_UUID, unique_id: &folder::UNIQUE_ID, logical_id: Some(&folder::LOGICAL_ID) };

pub(super) fn documents(parameters: &mut Parameters) -> Option<StoredQuery> {
    let level = parameters.level();
    let by = parameters.objects(&DOCUMENTS, level)?;
    Some(StoredQuery::GetDocuments(GetDocuments { by, level }))
}

pub(super) fn folders(parameters: &mut Parameters) -> Option<StoredQuery> {
    let level = parameters.level();
    let by = parameters.objects(&FOLDERS, level)?;
    Some(StoredQuery::GetFolders(GetFolders { by, level }))
}

pub(super) fn associations(parameters: &mut Parameters) -> StoredQuery {
    let uuids = parameters.uuids(&association::UUID);
    let level = parameters.level();
    let statuses = parameters.association_statuses(level);
    StoredQuery::GetAssociations(GetAssociations { uuids, statuses, level })
}

pub(super) fn documents_and_associations(parameters: &mut Parameters) -> Option<StoredQuery> {
    let level = parameters.level();
    let association_statuses = parameters.association_statuses(level);
    let by = parameters.objects(&DOCUMENTS, level)?;
    let query = GetDocumentsAndAssociations { by, association_statuses, level };
    Some(StoredQuery::GetDocumentsAndAssociations(query))
}

pub(super) fn submission_sets(parameters: &mut Parameters) -> StoredQuery {
    let uuids = parameters.uuids(&association::UUID);
    let level = parameters.level();
    let statuses = parameters.association_statuses(level);
    StoredQuery::GetSubmissionSets(GetSubmissionSets { uuids, statuses })
}

pub(super) fn folders_for_document(parameters: &mut Parameters) -> Option<StoredQuery> {
    let level = parameters.level();
    let association_statuses = parameters.association_statuses(level);
    let by = parameters.objects(&DOCUMENT, level)?;
    Some(StoredQuery::GetFoldersForDocument(GetFoldersForDocument { by, association_statuses, level }))
}

pub(super) fn related_documents(parameters: &mut Parameters) -> Option<StoredQuery> {
    let types = parameters.association_types(&association::TYPES);
    let entry_types = parameters.entry_types(&document::TYPE);
    let level = parameters.level();
    let association_statuses = parameters.association_statuses(level);
    let by = parameters.objects(&DOCUMENT, level)?;
    let query = GetRelatedDocuments { by, types, entry_types, association_statuses, level };
    Some(StoredQuery::GetRelatedDocuments(query))
}
