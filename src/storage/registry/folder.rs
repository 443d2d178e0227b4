//! What queries ask of folders, and the movement of their lastUpdateTime.

use diesel::prelude::Insertable;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, insert_into, update};

use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::EntryUuid;
use crate::storage::dialect::in_list;
use crate::storage::registry::column::{of_code, to_uuid};
use crate::storage::schema::{folder, global_id, registry_object};
use crate::storage::{Reader, StorageError, Writer};
use crate::xds::metadata::folder::Folder;
use crate::xds::metadata::registration::{FolderFact, Fragment, Registered, TouchedFolder};

/// The name of codeList among the codes of an object.
pub(super) const FOLDER_CODE: &str = "codeList";

#[derive(Insertable)]
#[diesel(table_name = folder)]
struct FolderRow<'r> {
    patient_id: &'r str,
    entry_uuid: &'r str,
    last_update_time: String,
}

impl Reader<'_> {
    /// What is needed to move the lastUpdateTime of folders. `patients` are theirs.
    pub(super) fn folder_facts(
        &mut self,
        patients: &[&str],
        ids: &[&str],
    ) -> Result<Vec<(EntryUuid, FolderFact)>, StorageError> {
        let rows: Vec<(String, String)> = folder::table
            .filter(in_list(folder::patient_id, patients.iter().copied()))
            .filter(in_list(folder::entry_uuid, ids.iter().copied()))
            .select((folder::entry_uuid, folder::last_update_time))
            .load(self.connection)?;
        let mut fragments = self.fragments(patients.iter().copied(), ids.iter().copied())?;
        let fact = |(id, time): (String, String)| {
            let last_update_time =
                Dtm::parse(&time).map_err(|_| StorageError::Corrupt { what: "lastUpdateTime of a folder" })?;
            let fragment: Fragment =
                fragments.remove(&id).ok_or(StorageError::Corrupt { what: "ebRIM of a folder" })?;
            Ok((to_uuid(&id)?, FolderFact { last_update_time, fragment }))
        };
        rows.into_iter().map(fact).collect()
    }
}

impl Writer<'_> {
    /// Stores what queries ask of a folder.
    pub(super) fn insert_folder(&mut self, stored: &Registered<Folder>, patient_id: &str) -> Result<(), StorageError> {
        let row = FolderRow {
            patient_id,
            entry_uuid: stored.entry_uuid.as_str(),
            last_update_time: stored.value.last_update_time.as_ref().map(Dtm::earliest).unwrap_or_default(),
        };
        insert_into(folder::table).values(row).execute(self.connection)?;
        self.insert_codes(patient_id, &stored.entry_uuid, FOLDER_CODE, stored.value.codes.iter().map(of_code))
    }

    /// Gives an existing folder its new lastUpdateTime.
    pub(super) fn touch_folder(&mut self, touched: &TouchedFolder) -> Result<(), StorageError> {
        let id = touched.entry_uuid.as_str();
        let patient_id: String = global_id::table
            .filter(global_id::entry_uuid.eq(id))
            .select(global_id::patient_id)
            .first(self.connection)?;
        update(folder::table.filter(folder::patient_id.eq(&patient_id)).filter(folder::entry_uuid.eq(id)))
            .set(folder::last_update_time.eq(touched.last_update_time.earliest()))
            .execute(self.connection)?;
        let object = registry_object::table
            .filter(registry_object::patient_id.eq(&patient_id))
            .filter(registry_object::entry_uuid.eq(id));
        update(object)
            .set((
                registry_object::fragment_head.eq(touched.fragment.head.as_slice()),
                registry_object::fragment_tail.eq(touched.fragment.tail.as_slice()),
            ))
            .execute(self.connection)?;
        Ok(())
    }
}
