//! `GetDocuments` and `GetDocumentsAndAssociations`: entries by their ids, whatever their status.
//! Spec: ITI TF-2: 3.18.4.1.2.3.7.5, 8.

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::storage::dialect::in_list;
use crate::storage::registry::column::of_kind;
use crate::storage::registry::object::Identity;
use crate::storage::schema::{global_id, registry_object, unique_id_use};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::{GetDocuments, GetDocumentsAndAssociations, MetadataLevel, Selector};

/// The ids by which objects are looked up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chosen<'q> {
    /// entryUUIDs.
    EntryUuids(&'q [String]),
    /// uniqueIds, each of which may name several document entries and every version of an object.
    UniqueIds(&'q [String]),
    /// logicalIDs, each of which names every version.
    LogicalIds(&'q [String]),
}

impl Reader<'_> {
    /// The entries of those ids, deprecated ones too.
    pub(super) fn documents_by_id(&mut self, query: &GetDocuments) -> Result<Vec<Identity>, StorageError> {
        self.objects_by(ObjectKind::DocumentEntry, &query.by, query.level)
    }

    /// The entries of those ids, and what touches them.
    pub(super) fn documents_and_associations(
        &mut self,
        query: &GetDocumentsAndAssociations,
    ) -> Result<Vec<Identity>, StorageError> {
        let mut answer = self.objects_by(ObjectKind::DocumentEntry, &query.by, query.level)?;
        let ids: Vec<String> = answer.iter().map(Identity::urn).collect();
        answer.extend(self.associations_touching(&ids, &query.association_statuses, query.level)?);
        Ok(answer)
    }

    /// The objects of one kind that a query chooses. Of those chosen by uniqueId level 1 shows the latest versions;
    /// whoever knows the entryUUID of an old one gets it.
    pub(super) fn objects_by(
        &mut self,
        kind: ObjectKind,
        selector: &Selector,
        level: MetadataLevel,
    ) -> Result<Vec<Identity>, StorageError> {
        match selector {
            Selector::EntryUuids(ids) => self.selected(kind, Chosen::EntryUuids(&texts(ids))),
            Selector::UniqueIds(ids) => {
                let found = self.selected(kind, Chosen::UniqueIds(&texts(ids)))?;
                self.shown(level, found)
            }
            Selector::LogicalIds(ids) => self.selected(kind, Chosen::LogicalIds(&texts(ids))),
        }
    }

    /// Objects of one kind by their ids. An id of something else finds nothing.
    pub(super) fn selected(&mut self, kind: ObjectKind, chosen: Chosen<'_>) -> Result<Vec<Identity>, StorageError> {
        let columns =
            (registry_object::entry_uuid, registry_object::kind, registry_object::status, registry_object::patient_id);
        let of_global = registry_object::patient_id
            .eq(global_id::patient_id)
            .and(registry_object::entry_uuid.eq(global_id::entry_uuid));
        let objects =
            global_id::table.inner_join(registry_object::table.on(of_global)).filter(global_id::kind.eq(of_kind(kind)));
        let of_use = registry_object::patient_id
            .eq(unique_id_use::patient_id)
            .and(registry_object::entry_uuid.eq(unique_id_use::entry_uuid));
        Ok(match chosen {
            Chosen::EntryUuids(ids) => objects
                .filter(in_list(global_id::entry_uuid, ids))
                .order(global_id::entry_uuid)
                .select(columns)
                .load(self.connection)?,
            Chosen::UniqueIds(ids) => unique_id_use::table
                .inner_join(registry_object::table.on(of_use))
                .filter(in_list(unique_id_use::unique_id, ids))
                .filter(unique_id_use::kind.eq(of_kind(kind)))
                .order((unique_id_use::unique_id, unique_id_use::entry_uuid))
                .select(columns)
                .load(self.connection)?,
            Chosen::LogicalIds(ids) => objects
                .filter(in_list(global_id::logical_id, ids))
                .order((global_id::logical_id, global_id::version))
                .select(columns)
                .load(self.connection)?,
        })
    }
}

/// Ids as parameters.
pub(super) fn texts<T: ToString>(ids: &[T]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
