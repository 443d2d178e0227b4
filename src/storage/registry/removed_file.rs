//! Files of documents that were removed: noted until they are gone from the disk.
//!
//! The row of a document goes in a transaction, its file afterwards; what a crash leaves in between stands here, and the start removes
//! it. A sweep alone would not find it: it looks only at folders that are younger than the last sweep.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, delete, insert_into};

use crate::storage::blob::BlobId;
use crate::storage::dialect::in_list;
use crate::storage::registry::column::of_instant;
use crate::storage::schema::removed_file;
use crate::storage::{Reader, StorageError, Store, Writer};

impl Store {
    /// Removes the files of documents that were taken out of the repository, in a transaction that has been committed. Whoever
    /// has one open reads it to its end.
    ///
    /// # Errors
    /// What could not be removed stays noted, and the next start removes it.
    pub fn remove_files(&self, files: &[BlobId]) -> Result<(), StorageError> {
        if files.is_empty() {
            return Ok(());
        }
        files.iter().try_for_each(|file| self.blobs().remove(file))?;
        self.write("files are gone", |writer| writer.files_are_gone(files))
    }

    /// Removes the files that an earlier run could not.
    pub(in crate::storage) fn remove_noted_files(&self) -> Result<(), StorageError> {
        let files = self.read("removed files", removed_files)?;
        self.remove_files(&files)
    }
}

fn removed_files(reader: &mut Reader<'_>) -> Result<Vec<BlobId>, StorageError> {
    let found: Vec<String> =
        removed_file::table.select(removed_file::blob).order(removed_file::blob).load(reader.connection)?;
    found.iter().map(|text| BlobId::parse(text).map_err(StorageError::from)).collect()
}

impl Writer<'_> {
    pub(super) fn note_removed_file(&mut self, file: &BlobId, now: DateTime<Utc>) -> Result<(), StorageError> {
        let noted = (removed_file::blob.eq(file.as_str()), removed_file::removed_at.eq(of_instant(now)));
        insert_into(removed_file::table).values(noted).execute(self.connection)?;
        Ok(())
    }

    fn files_are_gone(&mut self, files: &[BlobId]) -> Result<(), StorageError> {
        let gone = removed_file::table.filter(in_list(removed_file::blob, files.iter().map(BlobId::as_str)));
        delete(gone).execute(self.connection)?;
        Ok(())
    }
}
