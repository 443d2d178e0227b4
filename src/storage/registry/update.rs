//! Metadata updates: the facts by which they are judged, and their writing.
//! Spec: ITI TF-2: 3.57.4.1.3.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{QueryDsl, RunQueryDsl};

use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::storage::dialect::in_list;
use crate::storage::registry::association::{By, Link};
use crate::storage::registry::column::to_uuid;
use crate::storage::schema::global_id;
use crate::storage::{Reader, StorageError, Writer};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::update::{AssociationFact, Update, UpdateFacts, UpdateFactsWanted};

impl Reader<'_> {
    /// Looks up what an update needs to be judged.
    pub fn update_facts(&mut self, wanted: &UpdateFactsWanted) -> Result<UpdateFacts, StorageError> {
        let mut registry = self.facts(&wanted.registration)?;
        let mut logical_ids = wanted.logical_ids.clone();
        logical_ids.extend(registry.objects.values().map(|fact| fact.logical_id.clone()));
        let mut latest = self.latest_versions(&logical_ids)?;
        let revised: BTreeSet<EntryUuid> = wanted.logical_ids.iter().filter_map(|id| latest.get(id)).cloned().collect();

        let named: Vec<String> = registry
            .objects
            .iter()
            .filter(|(_, fact)| fact.kind == ObjectKind::Association)
            .map(|(id, _)| id.to_string())
            .collect();
        let touched: BTreeSet<&EntryUuid> = wanted.related.iter().chain(&revised).collect();
        let touched: Vec<String> = touched.into_iter().map(ToString::to_string).collect();
        let associations = self.association_facts(&named, &touched)?;

        let ends = associations.values().flat_map(|one| [&one.source, &one.target]);
        let more: BTreeSet<EntryUuid> =
            ends.chain(latest.values()).filter(|id| !registry.objects.contains_key(*id)).cloned().collect();
        if !more.is_empty() {
            let more = self.object_facts(&more)?;
            let unknown = more.values().map(|fact| &fact.logical_id).filter(|id| !latest.contains_key(*id));
            latest.extend(self.latest_versions(&unknown.cloned().collect())?);
            registry.objects.extend(more);
            registry.folders = self.folder_facts_among(&registry.objects)?;
        }
        let revised: Vec<EntryUuid> = revised.into_iter().collect();
        let fragments = self.fragments_of(&revised)?;
        let stored = revised.into_iter().zip(fragments).filter_map(|(id, fragment)| Some((id, fragment?))).collect();
        Ok(UpdateFacts { registry, latest, stored, associations })
    }

    /// The latest version of each object.
    fn latest_versions(
        &mut self,
        logical_ids: &BTreeSet<LogicalId>,
    ) -> Result<BTreeMap<LogicalId, EntryUuid>, StorageError> {
        if logical_ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows: Vec<(String, String)> = global_id::table
            .filter(in_list(global_id::logical_id, logical_ids.iter().map(LogicalId::as_str)))
            .order((global_id::logical_id, global_id::version))
            .select((global_id::logical_id, global_id::entry_uuid))
            .load(self.connection)?;
        // Of several versions the last one stays.
        let version = |(logical_id, entry_uuid): (String, String)| {
            let corrupt = |_| StorageError::Corrupt { what: "logicalId" };
            Ok((LogicalId::parse(&logical_id).map_err(corrupt)?, to_uuid(&entry_uuid)?))
        };
        rows.into_iter().map(version).collect()
    }

    /// Associations by their ids, whatever their status, and the Approved ones that touch some objects.
    fn association_facts(
        &mut self,
        named: &[String],
        touched: &[String],
    ) -> Result<BTreeMap<EntryUuid, AssociationFact>, StorageError> {
        let every: Vec<AvailabilityStatus> = AvailabilityStatus::all().collect();
        let mut links: Vec<Link> = if named.is_empty() { Vec::new() } else { self.links(By::Itself, named, &every)? };
        if !touched.is_empty() {
            links.extend(self.links_touching(touched, &[AvailabilityStatus::Approved])?);
        }
        let ids: Vec<_> = links.iter().map(|link| EntryUuid::from_uuid(link.identity.entry_uuid)).collect();
        let fragments = self.fragments_of(&ids)?;
        let mut facts = BTreeMap::new();
        for ((link, id), fragment) in links.iter().zip(ids).zip(fragments) {
            // An association that was asked for may touch another object that was.
            let Some(fragment) = fragment else { continue };
            let fact = AssociationFact {
                association_type: link.association_type()?,
                source: to_uuid(&link.ends.source)?,
                target: to_uuid(&link.ends.target)?,
                status: link.identity.status,
                fragment,
            };
            facts.insert(id, fact);
        }
        Ok(facts)
    }
}

impl Writer<'_> {
    /// Stores an update. The caller has judged it by the facts read in this same transaction.
    pub fn update(&mut self, update: &Update, received_at: DateTime<Utc>) -> Result<(), StorageError> {
        self.insert(&update.registration, received_at)?;
        update.statuses.iter().try_for_each(|(id, status)| self.set_status(std::slice::from_ref(id), *status))
    }
}
