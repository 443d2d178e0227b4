//! GetDocuments: entries by their ids, whatever their status. Spec: ITI TF-2: 3.18.4.1.2.3.7.5.

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::storage::dialect::in_list;
use crate::storage::registry::column::of_kind;
use crate::storage::registry::object::Identity;
use crate::storage::schema::{registry_object, unique_id_use};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::object::ObjectKind;

/// By which ids objects are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Selector<'q> {
    /// entryUUIDs.
    EntryUuids(&'q [String]),
    /// uniqueIds, each of which may name several document entries.
    UniqueIds(&'q [String]),
}

impl Reader<'_> {
    /// Objects of one kind by their ids. An id of something else finds nothing.
    pub(super) fn selected(&mut self, kind: ObjectKind, selector: Selector<'_>) -> Result<Vec<Identity>, StorageError> {
        let columns =
            (registry_object::entry_uuid, registry_object::kind, registry_object::status, registry_object::patient_id);
        Ok(match selector {
            Selector::EntryUuids(ids) => registry_object::table
                .filter(in_list(registry_object::entry_uuid, ids))
                .filter(registry_object::kind.eq(of_kind(kind)))
                .order(registry_object::entry_uuid)
                .select(columns)
                .load(self.connection)?,
            Selector::UniqueIds(ids) => unique_id_use::table
                .inner_join(registry_object::table.on(registry_object::entry_uuid.eq(unique_id_use::entry_uuid)))
                .filter(in_list(unique_id_use::unique_id, ids))
                .filter(unique_id_use::kind.eq(of_kind(kind)))
                .order((unique_id_use::unique_id, unique_id_use::entry_uuid))
                .select(columns)
                .load(self.connection)?,
        })
    }
}
