//! The facts by which a submission is judged. Spec: ITI TF-2: 3.42.4.1.3.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::datatype::unique_id::UniqueId;
use crate::storage::dialect::in_list;
use crate::storage::registry::column::{to_hash, to_kind, to_object_type, to_patient, to_size, to_status, to_uuid};
use crate::storage::schema::{document_entry, global_id, registry_object, unique_id_use};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::{FactsWanted, FolderFact, ObjectFact, RegistryFacts, UniqueIdUse};

/// The columns of an object that facts are made of.
type ObjectRow = (String, String, String, i32, String, String, Option<String>);

impl Reader<'_> {
    /// Looks up what a submission needs to be judged.
    pub fn facts(&mut self, wanted: &FactsWanted) -> Result<RegistryFacts, StorageError> {
        let (known_patients, merged_patients) = self.known_among(&wanted.patients)?;
        let mut facts = RegistryFacts {
            known_patients,
            merged_patients,
            unique_ids: self.unique_id_uses(&wanted.unique_ids)?,
            ..RegistryFacts::default()
        };
        let mut ids = wanted.entry_uuids.clone();
        if !wanted.replaced.is_empty() {
            facts.dependants = self.dependants(&wanted.replaced)?;
            facts.folders_of = self.folders_of(&wanted.replaced)?;
            ids.extend(facts.dependants.values().chain(facts.folders_of.values()).flatten().cloned());
        }
        if !wanted.own.is_empty() {
            facts.logical_ids = self.logical_ids_among(&wanted.own)?;
        }
        if !ids.is_empty() {
            facts.objects = self.object_facts(&ids)?;
            facts.folders = self.folder_facts_among(&facts.objects)?;
        }
        Ok(facts)
    }

    /// Which of some UUIDs are the logical id of an object. Its first version, which has the same id, may have been removed.
    fn logical_ids_among(&mut self, ids: &BTreeSet<EntryUuid>) -> Result<BTreeSet<EntryUuid>, StorageError> {
        let rows: Vec<String> = global_id::table
            .filter(in_list(global_id::logical_id, ids.iter().map(EntryUuid::as_str)))
            .select(global_id::logical_id)
            .distinct()
            .load(self.connection)?;
        rows.iter().map(|id| to_uuid(id)).collect()
    }

    /// What is needed to move the lastUpdateTime of the folders among some objects.
    pub(super) fn folder_facts_among(
        &mut self,
        objects: &BTreeMap<EntryUuid, ObjectFact>,
    ) -> Result<BTreeMap<EntryUuid, FolderFact>, StorageError> {
        let folders: Vec<(&EntryUuid, &ObjectFact)> =
            objects.iter().filter(|(_, fact)| fact.kind == ObjectKind::Folder).collect();
        if folders.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids: Vec<&str> = folders.iter().map(|(id, _)| id.as_str()).collect();
        let patients: BTreeSet<String> =
            folders.iter().filter_map(|(_, fact)| fact.patient.as_ref()).map(ToString::to_string).collect();
        let patients: Vec<&str> = patients.iter().map(String::as_str).collect();
        Ok(self.folder_facts(&patients, &ids)?.into_iter().collect())
    }

    fn unique_id_uses(
        &mut self,
        wanted: &BTreeSet<UniqueId>,
    ) -> Result<BTreeMap<UniqueId, Vec<UniqueIdUse>>, StorageError> {
        type Row = (String, String, String, Option<String>, Option<i64>);
        let rows: Vec<Row> = unique_id_use::table
            .filter(in_list(unique_id_use::unique_id, wanted.iter().map(UniqueId::as_str)))
            .order((unique_id_use::unique_id, unique_id_use::entry_uuid))
            .select((
                unique_id_use::unique_id,
                unique_id_use::entry_uuid,
                unique_id_use::kind,
                unique_id_use::hash,
                unique_id_use::size,
            ))
            .load(self.connection)?;
        // What a former version of an entry stated binds nobody any more.
        let former = match rows.as_slice() {
            [] => BTreeSet::new(),
            rows => self.superseded(&rows.iter().map(|row| row.1.as_str()).collect::<Vec<_>>())?,
        };
        let mut uses: BTreeMap<UniqueId, Vec<UniqueIdUse>> = BTreeMap::new();
        for (unique_id, entry_uuid, kind, hash, size) in rows.into_iter().filter(|row| !former.contains(&row.1)) {
            uses.entry(to_unique_id(&unique_id)?).or_default().push(UniqueIdUse {
                kind: to_kind(&kind)?,
                entry_uuid: to_uuid(&entry_uuid)?,
                hash: hash.as_deref().map(to_hash).transpose()?,
                size: size.map(to_size).transpose()?,
            });
        }
        Ok(uses)
    }

    /// The documents that hang on those to be replaced, one generation at a time: chains are short, and each is one
    /// indexed question.
    fn dependants(
        &mut self,
        replaced: &BTreeSet<EntryUuid>,
    ) -> Result<BTreeMap<EntryUuid, Vec<EntryUuid>>, StorageError> {
        let mut dependants: BTreeMap<EntryUuid, Vec<EntryUuid>> = BTreeMap::new();
        let (mut seen, mut generation) = (replaced.clone(), replaced.clone());
        while !generation.is_empty() {
            let targets: Vec<&str> = generation.iter().map(EntryUuid::as_str).collect();
            let types = [AssociationType::Append, AssociationType::Transform];
            let found = self.approved_towards(&targets, &types, ObjectKind::DocumentEntry)?;
            generation = BTreeSet::new();
            for ends in found {
                let source = to_uuid(&ends.source)?;
                dependants.entry(to_uuid(&ends.target)?).or_default().push(source.clone());
                if seen.insert(source.clone()) {
                    generation.insert(source);
                }
            }
        }
        Ok(dependants)
    }

    fn folders_of(
        &mut self,
        replaced: &BTreeSet<EntryUuid>,
    ) -> Result<BTreeMap<EntryUuid, Vec<EntryUuid>>, StorageError> {
        let targets: Vec<&str> = replaced.iter().map(EntryUuid::as_str).collect();
        let mut folders: BTreeMap<EntryUuid, Vec<EntryUuid>> = BTreeMap::new();
        for ends in self.approved_towards(&targets, &[AssociationType::HasMember], ObjectKind::Folder)? {
            folders.entry(to_uuid(&ends.target)?).or_default().push(to_uuid(&ends.source)?);
        }
        Ok(folders)
    }

    /// What some objects are.
    pub(super) fn object_facts(
        &mut self,
        ids: &BTreeSet<EntryUuid>,
    ) -> Result<BTreeMap<EntryUuid, ObjectFact>, StorageError> {
        let of_global = registry_object::patient_id
            .eq(global_id::patient_id)
            .and(registry_object::entry_uuid.eq(global_id::entry_uuid));
        let rows: Vec<ObjectRow> = global_id::table
            .inner_join(registry_object::table.on(of_global))
            .filter(in_list(global_id::entry_uuid, ids.iter().map(EntryUuid::as_str)))
            .select((
                registry_object::entry_uuid,
                registry_object::kind,
                registry_object::logical_id,
                registry_object::version,
                registry_object::status,
                registry_object::patient_id,
                registry_object::unique_id,
            ))
            .load(self.connection)?;
        let mut facts = rows.into_iter().map(to_fact).collect::<Result<BTreeMap<_, _>, StorageError>>()?;
        self.add_entry_facts(&mut facts)?;
        Ok(facts)
    }

    fn add_entry_facts(&mut self, facts: &mut BTreeMap<EntryUuid, ObjectFact>) -> Result<(), StorageError> {
        let is_entry = |fact: &ObjectFact| fact.kind == ObjectKind::DocumentEntry;
        let entries: Vec<EntryUuid> =
            facts.iter().filter(|(_, fact)| is_entry(fact)).map(|(id, _)| id.clone()).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = entries.iter().map(EntryUuid::as_str).collect();
        let patients: BTreeSet<String> = facts
            .values()
            .filter(|fact| is_entry(fact))
            .filter_map(|fact| fact.patient.as_ref())
            .map(ToString::to_string)
            .collect();
        let types: Vec<(String, String)> = document_entry::table
            .filter(in_list(document_entry::patient_id, patients))
            .filter(in_list(document_entry::entry_uuid, ids.iter().copied()))
            .select((document_entry::entry_uuid, document_entry::object_type))
            .load(self.connection)?;
        for (id, object_type) in types {
            if let Some(fact) = facts.get_mut(&to_uuid(&id)?) {
                fact.object_type = Some(to_object_type(&object_type)?);
            }
        }
        for id in self.sources_of(&ids, AssociationType::Transform)? {
            if let Some(fact) = facts.get_mut(&to_uuid(&id)?) {
                fact.is_transformation = true;
            }
        }
        Ok(())
    }
}

fn to_fact(row: ObjectRow) -> Result<(EntryUuid, ObjectFact), StorageError> {
    let (entry_uuid, kind, logical_id, version, status, patient_id, unique_id) = row;
    let kind = to_kind(&kind)?;
    let patient = if kind == ObjectKind::Association { None } else { Some(to_patient(&patient_id)?) };
    let fact = ObjectFact {
        kind,
        logical_id: LogicalId::parse(&logical_id).map_err(|_| StorageError::Corrupt { what: "logicalId" })?,
        version: u32::try_from(version).map_err(|_| StorageError::Corrupt { what: "version" })?,
        status: to_status(&status)?,
        patient,
        unique_id: unique_id.as_deref().map(to_unique_id).transpose()?,
        object_type: None,
        is_transformation: false,
    };
    Ok((to_uuid(&entry_uuid)?, fact))
}

fn to_unique_id(text: &str) -> Result<UniqueId, StorageError> {
    UniqueId::parse(text).map_err(|_| StorageError::Corrupt { what: "uniqueId" })
}
