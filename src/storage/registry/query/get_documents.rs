//! `GetDocuments`: entries by their ids, whatever their status. Spec: ITI TF-2: 3.18.4.1.2.3.7.5.

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::storage::dialect::in_list;
use crate::storage::registry::column::of_kind;
use crate::storage::registry::object::Identity;
use crate::storage::schema::{registry_object, unique_id_use};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::{DocumentSelector, GetDocuments};

/// By which ids objects are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Selector<'q> {
    /// entryUUIDs.
    EntryUuids(&'q [String]),
    /// uniqueIds, each of which may name several document entries.
    UniqueIds(&'q [String]),
    /// logicalIDs, each of which names every version.
    LogicalIds(&'q [String]),
}

impl Reader<'_> {
    /// The entries of those ids, deprecated ones too.
    pub(super) fn documents_by_id(&mut self, query: &GetDocuments) -> Result<Vec<Identity>, StorageError> {
        let kind = ObjectKind::DocumentEntry;
        match &query.by {
            DocumentSelector::EntryUuids(ids) => self.selected(kind, Selector::EntryUuids(&texts(ids))),
            DocumentSelector::UniqueIds(ids) => self.selected(kind, Selector::UniqueIds(&texts(ids))),
            DocumentSelector::LogicalIds(ids) => self.selected(kind, Selector::LogicalIds(&texts(ids))),
        }
    }

    /// Objects of one kind by their ids. An id of something else finds nothing.
    pub(super) fn selected(&mut self, kind: ObjectKind, selector: Selector<'_>) -> Result<Vec<Identity>, StorageError> {
        let columns =
            (registry_object::entry_uuid, registry_object::kind, registry_object::status, registry_object::patient_id);
        let objects = registry_object::table.filter(registry_object::kind.eq(of_kind(kind)));
        Ok(match selector {
            Selector::EntryUuids(ids) => objects
                .filter(in_list(registry_object::entry_uuid, ids))
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
            // A first version is found by its own id, later ones by the index that holds only them.
            Selector::LogicalIds(ids) => objects
                .filter(
                    in_list(registry_object::entry_uuid, ids)
                        .or(in_list(registry_object::logical_id, ids).and(registry_object::version.gt(1))),
                )
                .filter(in_list(registry_object::logical_id, ids))
                .order((registry_object::logical_id, registry_object::version))
                .select(columns)
                .load(self.connection)?,
        })
    }
}

/// Ids as parameters.
pub(super) fn texts<T: ToString>(ids: &[T]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
