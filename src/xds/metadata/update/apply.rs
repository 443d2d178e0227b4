//! Makes a judged update into what the registry stores. Spec: ITI TF-2: 3.57.4.1.3.3.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::EntryUuid;
use crate::xds::ebrim::decode;
use crate::xds::metadata::association::{Association, AssociationType};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::{ObjectId, RegistryObject};
use crate::xds::metadata::registration::resolve::{
    Ids, Place, after, deprecated_by, holders, propagate_to_folders, touch_folders,
};
use crate::xds::metadata::registration::{Registered, Registration};
use crate::xds::metadata::submission::Submission;
use crate::xds::metadata::update::operation::Operations;
use crate::xds::metadata::update::{AssociationFact, Update, UpdateFacts, logical_id};

/// What becomes of an object of which a new version is brought.
struct Successor {
    previous: EntryUuid,
    place: Place,
    new: EntryUuid,
    propagates: bool,
}

/// Makes the update. The submission has passed `xds::validation::update` with the same facts.
///
/// New versions get the logical id of the former ones and the next number; status, id and version that were sent are
/// overwritten. Relations are taken over, statuses are changed last.
pub fn apply(
    submission: Submission,
    facts: &UpdateFacts,
    now: DateTime<Utc>,
    draw: &mut dyn FnMut() -> Uuid,
) -> Update {
    let mut ids = Ids::new(draw);
    let set = ids.of(&submission.submission_set.id);
    let operations = Operations::of(&submission);
    let successors = successors(&operations, facts, &mut ids);
    let payload: BTreeSet<EntryUuid> =
        operations.submitted.iter().filter_map(|one| one.association.id.as_ref()).map(|id| ids.of(id)).collect();
    let mut changes: BTreeMap<EntryUuid, AvailabilityStatus> = operations
        .status_changes
        .iter()
        .filter_map(|change| Some((ids.of(&change.order.target), change.wanted()?)))
        .collect();

    let Submission { submission_set, entries, folders, mut associations, .. } = submission;
    for association in &mut associations {
        ids.resolve_association(association);
    }
    let submitted: Vec<Association> = associations
        .iter()
        .filter(|one| one.id.as_ref().and_then(ObjectId::uuid).is_some_and(|id| payload.contains(id)))
        .cloned()
        .collect();
    let mut deprecate = deprecated_by(&submitted, &facts.registry);
    let in_force = |one: &&Successor| is_approved(facts, &one.previous);
    deprecate.extend(successors.values().filter(in_force).map(|successor| successor.previous.clone()));

    associations.extend(propagate_to_folders(&submitted, &set, &facts.registry, &mut ids));
    associations.extend(memberships_of_set(&submitted, facts, &successors, &set, &mut ids));
    associations.extend(taken_over(&successors, facts, &set, &mut ids));
    let touched = holders(&associations).into_iter().chain(memberships_changed(&changes, facts)).collect();
    let touched_folders = touch_folders(touched, &facts.registry, now);
    let place = |id: &EntryUuid| successors.get(id).map(|successor| successor.place.clone());
    let mut registration = Registration {
        submission_set: ids.submission_set(submission_set),
        entries: entries
            .into_iter()
            .map(|entry| {
                let place = place(&ids.of(&entry.id));
                ids.entry(entry, place)
            })
            .collect(),
        folders: folders
            .into_iter()
            .map(|folder| {
                let id = ids.of(&folder.id);
                let time = time_after(successors.get(&id), facts, now);
                ids.folder(folder, place(&id), time)
            })
            .collect(),
        associations: associations.into_iter().map(|association| ids.association(association)).collect(),
        deprecate,
        touched_folders,
    };
    registration.take_statuses(&mut changes);
    Update { registration, statuses: changes.into_iter().collect() }
}

impl Registration {
    /// Gives the objects that are being registered the statuses that are ordered for them; those for others are left.
    fn take_statuses(&mut self, changes: &mut BTreeMap<EntryUuid, AvailabilityStatus>) {
        fn take<T>(objects: &mut [Registered<T>], changes: &mut BTreeMap<EntryUuid, AvailabilityStatus>) {
            for object in objects {
                object.status = changes.remove(&object.entry_uuid).unwrap_or(object.status);
            }
        }
        take(&mut self.entries, changes);
        take(&mut self.folders, changes);
        take(&mut self.associations, changes);
    }
}

fn is_approved(facts: &UpdateFacts, id: &EntryUuid) -> bool {
    facts.registry.objects.get(id).is_some_and(|fact| fact.status == AvailabilityStatus::Approved)
}

/// The new versions, by their id. One of a version that is Deprecated is Deprecated too.
fn successors(operations: &Operations<'_>, facts: &UpdateFacts, ids: &mut Ids<'_>) -> BTreeMap<EntryUuid, Successor> {
    let mut successors = BTreeMap::new();
    for revision in &operations.revisions {
        let Some(logical_id) = logical_id(revision.object.registry_object()) else { continue };
        if let Some((previous, fact)) = facts.latest_of(&logical_id) {
            let new = ids.of(revision.object.id());
            let place = Place { version: fact.version.saturating_add(1), status: fact.status, logical_id };
            let propagates = revision.propagates();
            successors.insert(new.clone(), Successor { previous: previous.clone(), place, new, propagates });
        }
    }
    successors
}

/// The lastUpdateTime of a new version of a folder: a change of its metadata is a change.
fn time_after(successor: Option<&Successor>, facts: &UpdateFacts, now: DateTime<Utc>) -> Dtm {
    match successor.and_then(|successor| facts.registry.folders.get(&successor.previous)) {
        Some(previous) => after(&previous.last_update_time, now),
        None => Dtm::from_utc(now),
    }
}

/// Puts each submitted membership of an entry in a folder into the submission set.
fn memberships_of_set(
    submitted: &[Association],
    facts: &UpdateFacts,
    successors: &BTreeMap<EntryUuid, Successor>,
    set: &EntryUuid,
    ids: &mut Ids<'_>,
) -> Vec<Association> {
    let is_object = |end: &ObjectId| {
        end.uuid().is_some_and(|id| facts.registry.objects.contains_key(id) || successors.contains_key(id))
    };
    let memberships = submitted.iter().filter(|one| one.association_type == AssociationType::HasMember);
    memberships
        .filter(|one| is_object(&one.source))
        .filter_map(|one| one.id.clone())
        .map(|id| ids.has_member(set.clone().into(), id))
        .collect()
}

/// The relations of former versions as relations of the new ones.
///
/// A relation between two objects that both get a new version is taken over once. What an entry joins is said to the
/// submission set as well, as at registration.
fn taken_over(
    successors: &BTreeMap<EntryUuid, Successor>,
    facts: &UpdateFacts,
    set: &EntryUuid,
    ids: &mut Ids<'_>,
) -> Vec<Association> {
    let by_previous: BTreeMap<&EntryUuid, &Successor> = successors.values().map(|one| (&one.previous, one)).collect();
    let revised = successors.values().map(|one| (one.previous.clone(), one.propagates)).collect();
    let mut taken = Vec::new();
    for relation in facts.associations.values().filter(|relation| facts.is_taken_over(relation, &revised)) {
        let ends = [by_previous.get(&relation.source).copied(), by_previous.get(&relation.target).copied()];
        let new_end = |successor: Option<&Successor>, old: &EntryUuid| {
            ObjectId::from(successor.map_or_else(|| old.clone(), |successor| successor.new.clone()))
        };
        let [source, target] = ends;
        let id = ids.fresh();
        let membership = ids.has_member(set.clone().into(), id.clone().into());
        taken.push(Association {
            id: Some(id.into()),
            association_type: relation.association_type,
            source: new_end(source, &relation.source),
            target: new_end(target, &relation.target),
            submission_set_status: None,
            documentation: None,
            object: content_of(relation),
        });
        if relation.association_type == AssociationType::HasMember && target.is_some() {
            taken.push(membership);
        }
    }
    taken
}

/// What else stands in a relation: it is taken over too, under new ids.
fn content_of(relation: &AssociationFact) -> RegistryObject {
    let mut object = decode::stored(&relation.fragment).unwrap_or_default();
    let nested = object.classifications.iter_mut().map(|one| &mut one.0);
    nested.chain(object.external_identifiers.iter_mut().map(|one| &mut one.0)).for_each(|one| one.id = None);
    object
}

/// The folders of memberships whose status changes.
fn memberships_changed<'f>(
    changes: &BTreeMap<EntryUuid, AvailabilityStatus>,
    facts: &'f UpdateFacts,
) -> impl Iterator<Item = &'f EntryUuid> {
    let changed: Vec<_> = changes.keys().filter_map(|id| facts.associations.get(id)).collect();
    changed
        .into_iter()
        .filter(|one| one.association_type == AssociationType::HasMember)
        .map(|membership| &membership.source)
}
