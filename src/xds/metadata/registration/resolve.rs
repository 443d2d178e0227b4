//! Makes a judged submission into a registration: ids, versions, deprecations, folders.
//! Spec: ITI TF-2: 3.42.4.1.3.7; ITI TF-3: 4.2.2.2.3, 4.2.3.4.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::xds::ebrim::encode;
use crate::xds::metadata::association::{Association, AssociationType};
use crate::xds::metadata::attribute::{Carrier, folder, rows_of};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::folder::Folder;
use crate::xds::metadata::object::{ExternalIdentifier, ObjectId, ObjectKind, RegistryObject, Slot};
use crate::xds::metadata::registration::{Fragment, Registered, Registration, RegistryFacts, TouchedFolder};
use crate::xds::metadata::submission::Submission;
use crate::xds::metadata::submission_set::SubmissionSet;

/// Makes the registration. The submission has passed `xds::validation::register` with the same facts.
///
/// Each symbolic id becomes one UUID, drawn by the caller; UUIDs that were sent stay. Status, lid and version that
/// were sent are overwritten.
pub fn register(
    submission: Submission,
    facts: &RegistryFacts,
    now: DateTime<Utc>,
    draw: &mut dyn FnMut() -> Uuid,
) -> Registration {
    let mut ids = Ids::new(draw);
    let set_id = ids.of(&submission.submission_set.id);
    let mut associations: Vec<Association> = submission.associations;
    for association in &mut associations {
        ids.resolve_association(association);
    }
    let added = propagate_to_folders(&associations, &set_id, facts, &mut ids);
    let deprecate = deprecated_by(&associations, facts);
    associations.extend(added);
    let touched_folders = touch_folders(holders(&associations), facts, now);
    let time = Dtm::from_utc(now);
    Registration {
        submission_set: ids.submission_set(submission.submission_set),
        entries: submission.entries.into_iter().map(|entry| ids.entry(entry, None)).collect(),
        folders: submission.folders.into_iter().map(|folder| ids.folder(folder, None, time.clone())).collect(),
        associations: associations.into_iter().map(|association| ids.association(association)).collect(),
        deprecate,
        touched_folders,
    }
}

/// Symbolic ids and what became of them.
pub(in crate::xds::metadata) struct Ids<'d> {
    known: BTreeMap<String, EntryUuid>,
    draw: &'d mut dyn FnMut() -> Uuid,
}

/// Which version of what an object becomes.
#[derive(Debug, Clone)]
pub(in crate::xds::metadata) struct Place {
    pub(in crate::xds::metadata) logical_id: LogicalId,
    pub(in crate::xds::metadata) version: u32,
    pub(in crate::xds::metadata) status: AvailabilityStatus,
}

impl Place {
    fn first(id: &EntryUuid) -> Self {
        Self { logical_id: id.to_logical_id(), version: FIRST_VERSION, status: AvailabilityStatus::Approved }
    }
}

impl<'d> Ids<'d> {
    pub(in crate::xds::metadata) fn new(draw: &'d mut dyn FnMut() -> Uuid) -> Self {
        Self { known: BTreeMap::new(), draw }
    }
}

impl Ids<'_> {
    pub(in crate::xds::metadata) fn fresh(&mut self) -> EntryUuid {
        EntryUuid::from_uuid((self.draw)())
    }

    pub(in crate::xds::metadata) fn of(&mut self, id: &ObjectId) -> EntryUuid {
        match id {
            ObjectId::Uuid(uuid) => uuid.clone(),
            ObjectId::Symbolic(name) => {
                if let Some(known) = self.known.get(name) {
                    return known.clone();
                }
                let fresh = self.fresh();
                self.known.insert(name.clone(), fresh.clone());
                fresh
            }
        }
    }

    pub(in crate::xds::metadata) fn resolve_association(&mut self, association: &mut Association) {
        let id = match &association.id {
            Some(id) => self.of(id),
            None => self.fresh(),
        };
        association.id = Some(id.into());
        association.source = self.of(&association.source).into();
        association.target = self.of(&association.target).into();
    }

    /// Gives an object its id, its version and the order in which clients expect its parts.
    fn settle(&mut self, object: &mut RegistryObject, kind: ObjectKind, id: &EntryUuid, place: &Place) {
        object.id = Some(id.clone().into());
        object.set_attribute("lid", place.logical_id.as_str());
        object.remove_attribute("status");
        object.version_info = Some(vec![("versionName".to_owned(), place.version.to_string())]);
        for classification in &mut object.classifications {
            classification.0.set_attribute("classifiedObject", id.as_str());
            self.settle_nested(&mut classification.0);
        }
        for identifier in &mut object.external_identifiers {
            identifier.0.set_attribute("registryObject", id.as_str());
            self.settle_nested(&mut identifier.0);
        }
        object.external_identifiers.sort_by_key(|identifier| rank(kind, identifier));
    }

    /// A nested id that is no UUID becomes one. Nothing refers to it but its own parts.
    fn settle_nested(&mut self, object: &mut RegistryObject) {
        let id = match object.id.as_ref().and_then(ObjectId::uuid) {
            Some(uuid) => uuid.clone(),
            None => self.fresh(),
        };
        object.id = Some(id.clone().into());
        for classification in &mut object.classifications {
            classification.0.set_attribute("classifiedObject", id.as_str());
            self.settle_nested(&mut classification.0);
        }
        for identifier in &mut object.external_identifiers {
            identifier.0.set_attribute("registryObject", id.as_str());
            self.settle_nested(&mut identifier.0);
        }
    }

    pub(in crate::xds::metadata) fn submission_set(&mut self, mut set: SubmissionSet) -> Registered<SubmissionSet> {
        let id = self.of(&set.id);
        let place = Place::first(&id);
        set.id = id.clone().into();
        self.settle(&mut set.object, ObjectKind::SubmissionSet, &id, &place);
        let fragment = encode::fragment(ObjectKind::SubmissionSet, &set.object);
        Registered::placed(set, id, place, fragment)
    }

    /// The first version of an entry, or the one that a place says.
    pub(in crate::xds::metadata) fn entry(
        &mut self,
        mut entry: DocumentEntry,
        place: Option<Place>,
    ) -> Registered<DocumentEntry> {
        let id = self.of(&entry.id);
        let place = place.unwrap_or_else(|| Place::first(&id));
        entry.id = id.clone().into();
        self.settle(&mut entry.object, ObjectKind::DocumentEntry, &id, &place);
        if entry.object.attribute("isOpaque").is_none() {
            entry.object.set_attribute("isOpaque", "false");
        }
        let fragment = encode::fragment(ObjectKind::DocumentEntry, &entry.object);
        Registered::placed(entry, id, place, fragment)
    }

    /// The same of a folder.
    pub(in crate::xds::metadata) fn folder(
        &mut self,
        mut folder: Folder,
        place: Option<Place>,
        last_update_time: Dtm,
    ) -> Registered<Folder> {
        let id = self.of(&folder.id);
        let place = place.unwrap_or_else(|| Place::first(&id));
        folder.id = id.clone().into();
        set_last_update_time(&mut folder.object, &last_update_time);
        folder.last_update_time = Some(last_update_time);
        self.settle(&mut folder.object, ObjectKind::Folder, &id, &place);
        let fragment = encode::fragment(ObjectKind::Folder, &folder.object);
        Registered::placed(folder, id, place, fragment)
    }

    /// The ids of the association were resolved before.
    pub(in crate::xds::metadata) fn association(&mut self, mut association: Association) -> Registered<Association> {
        let id = match &association.id {
            Some(id) => self.of(id),
            None => self.fresh(),
        };
        let place = Place::first(&id);
        let object = &mut association.object;
        object.set_attribute("associationType", association.association_type.as_urn());
        object.set_attribute("sourceObject", association.source.as_str());
        object.set_attribute("targetObject", association.target.as_str());
        self.settle(object, ObjectKind::Association, &id, &place);
        let fragment = encode::fragment(ObjectKind::Association, object);
        Registered::placed(association, id, place, fragment)
    }
}

const FIRST_VERSION: u32 = 1;

impl<T> Registered<T> {
    fn placed(value: T, entry_uuid: EntryUuid, place: Place, fragment: Fragment) -> Self {
        let Place { logical_id, version, status } = place;
        Self { value, entry_uuid, logical_id, version, status, fragment }
    }
}

/// patientId first, uniqueId last.
fn rank(kind: ObjectKind, identifier: &ExternalIdentifier) -> u8 {
    let row = rows_of(kind).find(
        |row| matches!(row.carrier, Carrier::ExternalIdentifier(scheme, _) if identifier.scheme() == Some(scheme)),
    );
    match row.map(|row| row.name) {
        Some("patientId") => 0,
        Some("uniqueId") => 2,
        Some(_) | None => 1,
    }
}

fn set_last_update_time(object: &mut RegistryObject, time: &Dtm) {
    if let Carrier::Slot(name) = folder::LAST_UPDATE_TIME.carrier {
        object.slots.retain(|slot| slot.name != name);
        object.slots.insert(0, Slot::single(name, time.as_str()));
    }
}

/// Puts each replacement into the folders that hold what it replaces, and each new membership into the set.
pub(in crate::xds::metadata) fn propagate_to_folders(
    associations: &[Association],
    set: &EntryUuid,
    facts: &RegistryFacts,
    ids: &mut Ids<'_>,
) -> Vec<Association> {
    let mut members: BTreeSet<(ObjectId, ObjectId)> = associations
        .iter()
        .filter(|association| association.association_type == AssociationType::HasMember)
        .map(|association| (association.source.clone(), association.target.clone()))
        .collect();
    let mut added = Vec::new();
    for replacement in associations.iter().filter(|association| association.association_type.replaces()) {
        let folders = replacement.target.uuid().and_then(|target| facts.folders_of.get(target));
        for folder in folders.into_iter().flatten() {
            let folder = ObjectId::from(folder.clone());
            if members.insert((folder.clone(), replacement.source.clone())) {
                let membership = ids.has_member(folder, replacement.source.clone());
                let of_set = ids.has_member(set.clone().into(), ObjectId::from(ids_of(&membership, set)));
                added.extend([membership, of_set]);
            }
        }
    }
    added
}

/// The id of an association that has just been given one.
fn ids_of(association: &Association, otherwise: &EntryUuid) -> EntryUuid {
    association.id.as_ref().and_then(ObjectId::uuid).unwrap_or(otherwise).clone()
}

impl Ids<'_> {
    /// A membership that the registry adds.
    pub(in crate::xds::metadata) fn has_member(&mut self, source: ObjectId, target: ObjectId) -> Association {
        Association {
            id: Some(self.fresh().into()),
            association_type: AssociationType::HasMember,
            source,
            target,
            submission_set_status: None,
            documentation: None,
            object: RegistryObject::default(),
        }
    }
}

/// What the replacements put out of force: their targets, with addenda and transformations of these, of these again…
pub(in crate::xds::metadata) fn deprecated_by(associations: &[Association], facts: &RegistryFacts) -> Vec<EntryUuid> {
    let replaced = associations.iter().filter(|association| association.association_type.replaces());
    let mut open: Vec<&EntryUuid> = replaced.filter_map(|association| association.target.uuid()).collect();
    let mut seen = BTreeSet::new();
    let mut deprecated = Vec::new();
    while let Some(document) = open.pop() {
        if !seen.insert(document) {
            continue;
        }
        let in_force =
            |fact: &crate::xds::metadata::registration::ObjectFact| fact.status == AvailabilityStatus::Approved;
        if facts.objects.get(document).is_some_and(in_force) {
            deprecated.push(document.clone());
        }
        open.extend(facts.dependants.get(document).into_iter().flatten());
    }
    deprecated.sort_unstable();
    deprecated
}

/// The objects that get a member.
pub(in crate::xds::metadata) fn holders(associations: &[Association]) -> BTreeSet<&EntryUuid> {
    let members = associations.iter().filter(|one| one.association_type == AssociationType::HasMember);
    members.filter_map(|association| association.source.uuid()).collect()
}

/// Moves the lastUpdateTime of each existing folder whose members change; strictly forward, even within one second.
pub(in crate::xds::metadata) fn touch_folders(
    changed: BTreeSet<&EntryUuid>,
    facts: &RegistryFacts,
    now: DateTime<Utc>,
) -> Vec<TouchedFolder> {
    let existing = changed.into_iter().filter_map(|folder| facts.folders.get(folder).map(|fact| (folder, fact)));
    existing
        .map(|(folder, fact)| {
            let last_update_time = after(&fact.last_update_time, now);
            let fragment = fact.fragment.with_last_update_time(&last_update_time);
            TouchedFolder { entry_uuid: folder.clone(), last_update_time, fragment }
        })
        .collect()
}

/// The next lastUpdateTime of a folder: now, or a second after the present one if that is not earlier.
pub(in crate::xds::metadata) fn after(last: &Dtm, now: DateTime<Utc>) -> Dtm {
    let present = Dtm::from_utc(now);
    if present.earliest() > last.earliest() {
        return present;
    }
    let last = NaiveDateTime::parse_from_str(&last.earliest(), "%Y%m%d%H%M%S").unwrap_or(now.naive_utc());
    Dtm::from_utc((last + TimeDelta::seconds(1)).and_utc())
}
