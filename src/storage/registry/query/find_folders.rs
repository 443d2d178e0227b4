//! `FindFolders` and `FindFoldersForMultiplePatients`: the folders of patients.
//! Spec: ITI TF-2: 3.18.4.1.2.3.7.3, 3.51.4.1.2.4.2.

use diesel::dsl::{IntoBoxed, auto_type, exists};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::storage::dialect::{Database, in_list};
use crate::storage::registry::column::{of_code, of_kind, of_status};
use crate::storage::registry::folder::FOLDER_CODE;
use crate::storage::registry::object::{Identity, gathered};
use crate::storage::registry::query::get_documents::texts;
use crate::storage::registry::query::{MOST_READ, bounded};
use crate::storage::schema::{folder, object_code, registry_object};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::{FindFolders, FindFoldersForMultiplePatients, FolderCriteria};

#[auto_type]
fn joined() -> _ {
    let of_object =
        folder::patient_id.eq(registry_object::patient_id).and(folder::entry_uuid.eq(registry_object::entry_uuid));
    registry_object::table.inner_join(folder::table.on(of_object)).select((
        registry_object::entry_uuid,
        registry_object::kind,
        registry_object::status,
        registry_object::patient_id,
    ))
}

impl Reader<'_> {
    pub(super) fn folders_of_patient(&mut self, query: &FindFolders) -> Result<Vec<Identity>, StorageError> {
        self.folders(&[query.patient.to_string()], &query.criteria)
    }

    /// Without a patient everybody's folders are read through.
    pub(super) fn folders_of_patients(
        &mut self,
        query: &FindFoldersForMultiplePatients,
    ) -> Result<Vec<Identity>, StorageError> {
        self.folders(&texts(&query.patients), &query.criteria)
    }

    /// The folders that pass, the last changed first, those of one instant by their id; everybody's if no patient is
    /// named.
    pub(super) fn folders(
        &mut self,
        patients: &[String],
        criteria: &FolderCriteria,
    ) -> Result<Vec<Identity>, StorageError> {
        use folder::last_update_time;
        let mut folders: IntoBoxed<'_, joined, Database> = joined().into_boxed();
        folders = match patients {
            [] => folders,
            [patient] => folders.filter(registry_object::patient_id.eq(patient)),
            several => folders.filter(in_list(registry_object::patient_id, several)),
        };
        folders = folders
            .filter(registry_object::kind.eq(of_kind(ObjectKind::Folder)))
            .filter(in_list(registry_object::status, criteria.statuses.iter().map(|status| of_status(*status))));
        if let Some(from) = &criteria.last_update_time.from {
            folders = folders.filter(last_update_time.ge(from.earliest()));
        }
        if let Some(to) = &criteria.last_update_time.to {
            folders = folders.filter(last_update_time.lt(to.earliest()));
        }
        for choice in &criteria.codes {
            folders = folders.filter(exists(
                object_code::table
                    .filter(object_code::patient_id.eq(folder::patient_id))
                    .filter(object_code::entry_uuid.eq(folder::entry_uuid))
                    .filter(object_code::attribute.eq(FOLDER_CODE))
                    .filter(in_list(object_code::code, choice.iter().map(of_code))),
            ));
        }
        let newest_first = (last_update_time.desc(), registry_object::entry_uuid.asc());
        let found = gathered(folders.order(newest_first).limit(MOST_READ).load_iter(self.connection)?)?;
        self.shown(criteria.level, bounded(found)?)
    }
}
