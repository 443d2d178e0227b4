//! The documents of the repository: which file holds which document.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::{Insertable, Queryable};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, delete};

use crate::datatype::cx::PatientId;
use crate::datatype::hash::Sha1;
use crate::datatype::mime::MimeType;
use crate::datatype::unique_id::{RepositoryUniqueId, UniqueId};
use crate::storage::blob::BlobId;
use crate::storage::dialect::{in_list, insert_if_absent};
use crate::storage::registry::column::{of_instant, of_kind, of_object_type, of_size, to_hash, to_patient, to_size};
use crate::storage::schema::{document, document_entry, unique_id_use};
use crate::storage::{Reader, StorageError, Writer};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::ObjectKind;

/// A document of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Where it is kept, among the repositories that this store may hold.
    pub repository_unique_id: RepositoryUniqueId,
    /// The identifier of the document.
    pub unique_id: UniqueId,
    /// Its media type, as its metadata states it.
    pub mime_type: MimeType,
    /// Octets.
    pub size: u64,
    /// SHA-1 over all octets.
    pub hash: Sha1,
    /// The file.
    pub blob: BlobId,
}

/// What became of a document that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// The file is now that of the document.
    Kept,
    /// The same bytes were kept before: the new file is of no use and shall be discarded after the commit.
    AlreadyKept,
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = document)]
struct DocumentRow {
    repository_unique_id: String,
    unique_id: String,
    mime_type: String,
    size: i64,
    hash: String,
    blob: String,
    received_at: i64,
}

impl Reader<'_> {
    /// The document of that identifier, if it is kept here.
    pub fn document(
        &mut self,
        repository_unique_id: &RepositoryUniqueId,
        unique_id: &UniqueId,
    ) -> Result<Option<StoredDocument>, StorageError> {
        let row: Option<DocumentRow> = document::table
            .filter(document::repository_unique_id.eq(repository_unique_id.as_str()))
            .filter(document::unique_id.eq(unique_id.as_str()))
            .first(self.connection)
            .optional()?;
        row.map(DocumentRow::into_document).transpose()
    }

    /// The patients whose entries name the document: who may have it depends on them.
    pub fn patients_of_document(&mut self, unique_id: &UniqueId) -> Result<BTreeSet<PatientId>, StorageError> {
        let found: Vec<String> = unique_id_use::table
            .filter(unique_id_use::unique_id.eq(unique_id.as_str()))
            .filter(unique_id_use::kind.eq(of_kind(ObjectKind::DocumentEntry)))
            .select(unique_id_use::patient_id)
            .distinct()
            .load(self.connection)?;
        found.iter().map(|text| to_patient(text)).collect()
    }

    /// Whether a uniqueId names an on-demand entry: a document of that id is made when its source is asked for it.
    pub fn is_on_demand(&mut self, unique_id: &UniqueId) -> Result<bool, StorageError> {
        let entry = document_entry::patient_id
            .eq(unique_id_use::patient_id)
            .and(document_entry::entry_uuid.eq(unique_id_use::entry_uuid));
        let found: Option<String> = unique_id_use::table
            .inner_join(document_entry::table.on(entry))
            .filter(unique_id_use::unique_id.eq(unique_id.as_str()))
            .filter(document_entry::object_type.eq(of_object_type(DocumentEntryType::OnDemand)))
            .select(unique_id_use::entry_uuid)
            .first(self.connection)
            .optional()?;
        Ok(found.is_some())
    }

    /// Which of some files hold a document.
    pub(in crate::storage) fn documents_in(&mut self, files: &[BlobId]) -> Result<BTreeSet<BlobId>, StorageError> {
        let found: Vec<String> = document::table
            .filter(in_list(document::blob, files.iter().map(BlobId::as_str)))
            .select(document::blob)
            .load(self.connection)?;
        found.iter().map(|text| BlobId::parse(text).map_err(StorageError::from)).collect()
    }
}

impl Writer<'_> {
    /// Makes a staged file the document of an identifier.
    ///
    /// # Errors
    /// [`StorageError::OtherDocumentKept`] when other bytes are kept under that identifier.
    pub fn keep_document(&mut self, new: &StoredDocument, now: DateTime<Utc>) -> Result<Keeping, StorageError> {
        let row = DocumentRow {
            repository_unique_id: new.repository_unique_id.as_str().to_owned(),
            unique_id: new.unique_id.as_str().to_owned(),
            mime_type: new.mime_type.as_str().to_owned(),
            size: of_size(new.size),
            hash: new.hash.to_string(),
            blob: new.blob.as_str().to_owned(),
            received_at: of_instant(now),
        };
        if insert_if_absent!(self.connection, document::table, &row)? > 0 {
            return Ok(Keeping::Kept);
        }
        match self.document(&new.repository_unique_id, &new.unique_id)? {
            Some(kept) if kept.hash == new.hash && kept.size == new.size => Ok(Keeping::AlreadyKept),
            _ => Err(StorageError::OtherDocumentKept),
        }
    }
}

impl Writer<'_> {
    /// Takes a document out of the repository. Its file, which is given, is to be removed once this is committed: until then
    /// it is noted, so that a crash in between leaves nothing behind for good.
    pub fn forget_document(
        &mut self,
        repository_unique_id: &RepositoryUniqueId,
        unique_id: &UniqueId,
        now: DateTime<Utc>,
    ) -> Result<Option<BlobId>, StorageError> {
        let Some(stored) = self.document(repository_unique_id, unique_id)? else { return Ok(None) };
        let row = document::table
            .filter(document::repository_unique_id.eq(repository_unique_id.as_str()))
            .filter(document::unique_id.eq(unique_id.as_str()));
        delete(row).execute(self.connection)?;
        self.note_removed_file(&stored.blob, now)?;
        Ok(Some(stored.blob))
    }
}

impl DocumentRow {
    fn into_document(self) -> Result<StoredDocument, StorageError> {
        let corrupt = |what| move |_| StorageError::Corrupt { what };
        Ok(StoredDocument {
            repository_unique_id: RepositoryUniqueId::parse(&self.repository_unique_id)
                .map_err(corrupt("repositoryUniqueId"))?,
            unique_id: UniqueId::parse(&self.unique_id).map_err(corrupt("uniqueId"))?,
            mime_type: MimeType::parse(&self.mime_type).map_err(corrupt("mimeType"))?,
            size: to_size(self.size)?,
            hash: to_hash(&self.hash)?,
            blob: BlobId::parse(&self.blob)?,
        })
    }
}
