//! Changes to what is registered: the operations of ITI-57 and ITI-92, the facts they want, and what they make.
//! Spec: ITI TF-2: 3.57.4.1.3; ITI TF-2: 3.92.4.1.3.

mod apply;
pub mod operation;

use std::collections::{BTreeMap, BTreeSet};

use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::{ObjectKind, RegistryObject};
use crate::xds::metadata::registration::{FactsWanted, Fragment, ObjectFact, Registration, RegistryFacts};
use crate::xds::metadata::submission::Submission;

pub use crate::xds::metadata::update::apply::apply;

/// What must be looked up before an update can be judged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateFactsWanted {
    /// What a registration of the same objects would want to know.
    pub registration: FactsWanted,
    /// Objects of which new versions are brought: what is the latest of each, and what is it related to?
    pub logical_ids: BTreeSet<LogicalId>,
    /// Objects that the update relates: what are they related to already?
    pub related: BTreeSet<EntryUuid>,
}

/// What the registry knows of the things wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateFacts {
    /// What a registration wants to know. Its objects include the latest versions in `latest` and both ends of each
    /// association in `associations`.
    pub registry: RegistryFacts,
    /// The latest version of each logical id wanted, and of that of each object in `registry`.
    pub latest: BTreeMap<LogicalId, EntryUuid>,
    /// The ebRIM of the latest version of each logical id wanted.
    pub stored: BTreeMap<EntryUuid, Fragment>,
    /// The associations that were asked for, and the Approved ones that touch one of the related objects or the latest
    /// version of a logical id asked for.
    pub associations: BTreeMap<EntryUuid, AssociationFact>,
}

/// An association of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociationFact {
    /// What it says.
    pub association_type: AssociationType,
    /// From.
    pub source: EntryUuid,
    /// To.
    pub target: EntryUuid,
    /// Its status.
    pub status: AvailabilityStatus,
    /// Its ebRIM.
    pub fragment: Fragment,
}

/// What the registry stores of an update, in one transaction or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The submission set, the new versions, the associations; the previous versions are those that it deprecates.
    pub registration: Registration,
    /// Objects of the registry that get another status after that.
    pub statuses: Vec<(EntryUuid, AvailabilityStatus)>,
}

impl UpdateFactsWanted {
    /// What must be looked up for a submission.
    pub fn of(submission: &Submission) -> Self {
        let entries = submission.entries.iter().map(|entry| &entry.object);
        let folders = submission.folders.iter().map(|folder| &folder.object);
        let logical_ids = entries.chain(folders).filter_map(logical_id).collect();
        let relating =
            submission.associations.iter().filter(|one| !AssociationType::ORDERS.contains(&one.association_type));
        let related = relating.flat_map(|one| [one.source.uuid(), one.target.uuid()]).flatten().cloned().collect();
        Self { registration: FactsWanted::of(submission), logical_ids, related }
    }
}

impl UpdateFacts {
    /// The latest version of an object.
    pub fn latest_of(&self, logical_id: &LogicalId) -> Option<(&EntryUuid, &ObjectFact)> {
        let id = self.latest.get(logical_id)?;
        self.registry.objects.get(id).map(|fact| (id, fact))
    }

    /// Whether a relation of former versions becomes one of the new ones. `revised` says of each former version whether
    /// the new one takes over its relations.
    ///
    /// Both ends that get a new version have to take over. What stays as it is has to be the latest version of its object, and a
    /// folder and an entry stay together only if it is in force as well. What a submission set has is not taken over.
    pub fn is_taken_over(&self, relation: &AssociationFact, revised: &BTreeMap<EntryUuid, bool>) -> bool {
        let ends = [&relation.source, &relation.target];
        let mut propagation = ends.iter().filter_map(|end| revised.get(*end)).peekable();
        let taken = propagation.peek().is_some() && propagation.all(|propagates| *propagates);
        let is_membership = relation.association_type == AssociationType::HasMember;
        let source = self.registry.objects.get(&relation.source);
        let from_folder = source.is_some_and(|source| source.kind == ObjectKind::Folder);
        let stays = |end: &EntryUuid| {
            let fact = self.registry.objects.get(end);
            let latest = |fact: &ObjectFact| self.latest.get(&fact.logical_id).is_none_or(|latest| latest == end);
            let in_force = |fact: &ObjectFact| !is_membership || fact.status == AvailabilityStatus::Approved;
            revised.contains_key(end) || fact.is_some_and(|fact| latest(fact) && in_force(fact))
        };
        taken
            && relation.status == AvailabilityStatus::Approved
            && (relation.association_type.is_relationship() || (is_membership && from_folder))
            && ends.into_iter().all(stays)
    }
}

/// The logical id that an object of a message names.
pub fn logical_id(object: &RegistryObject) -> Option<LogicalId> {
    object.attribute("lid").and_then(|lid| LogicalId::parse(lid).ok())
}
