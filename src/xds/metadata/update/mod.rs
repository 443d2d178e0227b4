//! Changes to what is registered: the operations of ITI-57 and ITI-92, the facts they want, and what they make.
//! Spec: ITI TF-2: 3.57.4.1.3; ITI TF-2: 3.92.4.1.3.

mod apply;
pub mod operation;

use std::collections::{BTreeMap, BTreeSet};

use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::RegistryObject;
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
}

/// What the registry knows of the things wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateFacts {
    /// What a registration wants to know. Its objects include the latest versions in `latest` and both ends of each
    /// association in `associations`.
    pub registry: RegistryFacts,
    /// The latest version of each logical id wanted, and of that of each object wanted.
    pub latest: BTreeMap<LogicalId, EntryUuid>,
    /// The ebRIM of the latest version of each logical id wanted.
    pub stored: BTreeMap<EntryUuid, Fragment>,
    /// The associations that were asked for, and the Approved ones that touch one of the objects asked for or the latest
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
        Self { registration: FactsWanted::of(submission), logical_ids }
    }
}

impl UpdateFacts {
    /// The latest version of an object.
    pub fn latest_of(&self, logical_id: &LogicalId) -> Option<(&EntryUuid, &ObjectFact)> {
        let id = self.latest.get(logical_id)?;
        self.registry.objects.get(id).map(|fact| (id, fact))
    }
}

/// The logical id that an object of a message names.
pub fn logical_id(object: &RegistryObject) -> Option<LogicalId> {
    object.attribute("lid").and_then(|lid| LogicalId::parse(lid).ok())
}
