//! Objects leave the registry: what must be known before, and all their rows.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, delete};

use crate::datatype::entry_uuid::EntryUuid;
use crate::storage::dialect::in_list;
use crate::storage::registry::column::{of_kind, to_association_type, to_kind, to_patient, to_uuid};
use crate::storage::schema::{association, global_id, registry_object, unique_id_use};
use crate::storage::{Reader, StorageError, Writer};
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::removal::{Link, Removable, Removal, RemovalFacts};

impl Reader<'_> {
    /// What is known of objects that are to be removed.
    pub fn removal_facts(&mut self, ids: &BTreeSet<EntryUuid>) -> Result<RemovalFacts, StorageError> {
        let rows: Vec<(String, String, String)> = global_id::table
            .filter(in_list(global_id::entry_uuid, ids.iter().map(EntryUuid::as_str)))
            .select((global_id::entry_uuid, global_id::kind, global_id::patient_id))
            .load(self.connection)?;
        let removable = |(id, kind, patient): (String, String, String)| {
            Ok((to_uuid(&id)?, Removable { kind: to_kind(&kind)?, patient: to_patient(&patient)? }))
        };
        let objects = rows.into_iter().map(removable).collect::<Result<BTreeMap<_, _>, StorageError>>()?;
        let mut links = self.links_of(&objects)?;
        // What the removed associations relate is looked at too: it must not be left alone.
        let ends = links.values().flat_map(Link::ends).cloned();
        let touched: BTreeSet<EntryUuid> = objects.keys().cloned().chain(ends).collect();
        let touched: Vec<&str> = touched.iter().map(EntryUuid::as_str).collect();
        links.extend(self.links_at(&touched)?);
        let folders = self.folders_among(&touched)?;
        Ok(RemovalFacts { objects, links, folders })
    }

    /// The associations among some objects.
    fn links_of(
        &mut self,
        objects: &BTreeMap<EntryUuid, Removable>,
    ) -> Result<BTreeMap<EntryUuid, Link>, StorageError> {
        let associations = objects.iter().filter(|(_, object)| object.kind == ObjectKind::Association);
        let patients: BTreeSet<String> = associations.clone().map(|(_, object)| object.patient.to_string()).collect();
        let rows = association::table
            .filter(in_list(association::patient_id, patients))
            .filter(in_list(association::entry_uuid, associations.map(|(id, _)| id.as_str())))
            .select((association::entry_uuid, association::association_type, association::source, association::target))
            .load(self.connection)?;
        to_links(rows)
    }

    /// The associations that touch some objects at either end, whatever their status.
    fn links_at(&mut self, ids: &[&str]) -> Result<BTreeMap<EntryUuid, Link>, StorageError> {
        let columns =
            (association::entry_uuid, association::association_type, association::source, association::target);
        let mut rows =
            association::table.filter(in_list(association::source, ids)).select(columns).load(self.connection)?;
        let towards: Vec<_> =
            association::table.filter(in_list(association::target, ids)).select(columns).load(self.connection)?;
        rows.extend(towards);
        to_links(rows)
    }

    fn folders_among(
        &mut self,
        ids: &[&str],
    ) -> Result<BTreeMap<EntryUuid, crate::xds::metadata::registration::FolderFact>, StorageError> {
        let rows: Vec<(String, String)> = global_id::table
            .filter(in_list(global_id::entry_uuid, ids))
            .filter(global_id::kind.eq(of_kind(ObjectKind::Folder)))
            .select((global_id::patient_id, global_id::entry_uuid))
            .load(self.connection)?;
        if rows.is_empty() {
            return Ok(BTreeMap::new());
        }
        let patients: BTreeSet<&str> = rows.iter().map(|(patient, _)| patient.as_str()).collect();
        let ids: Vec<&str> = rows.iter().map(|(_, id)| id.as_str()).collect();
        Ok(self.folder_facts(&patients.into_iter().collect::<Vec<_>>(), &ids)?.into_iter().collect())
    }
}

impl Writer<'_> {
    /// Takes objects out of the registry. The caller has judged it by the facts read in this same transaction.
    ///
    /// The documents stay: they are the repository's.
    pub fn remove(&mut self, removal: &Removal) -> Result<(), StorageError> {
        let ids: Vec<&str> = removal.objects.iter().map(EntryUuid::as_str).collect();
        let rows: Vec<(String, String, Option<String>)> = {
            let patients = self.patients_of_objects(&ids)?;
            registry_object::table
                .filter(in_list(registry_object::patient_id, patients))
                .filter(in_list(registry_object::entry_uuid, &ids))
                .select((registry_object::patient_id, registry_object::entry_uuid, registry_object::unique_id))
                .load(self.connection)?
        };
        for (patient, id, unique_id) in &rows {
            // The other tables of the patient follow by their foreign keys.
            let object = registry_object::patient_id.eq(patient).and(registry_object::entry_uuid.eq(id));
            delete(registry_object::table.filter(object)).execute(self.connection)?;
            if let Some(unique_id) = unique_id {
                let used = unique_id_use::unique_id.eq(unique_id).and(unique_id_use::entry_uuid.eq(id));
                delete(unique_id_use::table.filter(used)).execute(self.connection)?;
            }
        }
        delete(global_id::table.filter(in_list(global_id::entry_uuid, &ids))).execute(self.connection)?;
        removal.touched_folders.iter().try_for_each(|touched| self.touch_folder(touched))
    }
}

fn to_links(rows: Vec<(String, String, String, String)>) -> Result<BTreeMap<EntryUuid, Link>, StorageError> {
    let link = |(id, kind, source, target): (String, String, String, String)| {
        let association_type = to_association_type(&kind)?;
        Ok((to_uuid(&id)?, Link { association_type, source: to_uuid(&source)?, target: to_uuid(&target)? }))
    };
    rows.into_iter().map(link).collect()
}
