//! What a removal of metadata takes out of the registry, and what it leaves changed. Spec: ITI TF-2: 3.62.4.1.3.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::datatype::cx::PatientId;
use crate::datatype::entry_uuid::EntryUuid;
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::resolve::after;
use crate::xds::metadata::registration::{FolderFact, TouchedFolder};

/// What the registry knows of the objects to be removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemovalFacts {
    /// Those among them that exist.
    pub objects: BTreeMap<EntryUuid, Removable>,
    /// Every association, whatever its status, that touches one of them, or something at an end of one of them.
    pub links: BTreeMap<EntryUuid, Link>,
    /// The folders at an end of one of them.
    pub folders: BTreeMap<EntryUuid, FolderFact>,
}

/// An object that may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removable {
    /// What it is.
    pub kind: ObjectKind,
    /// Whose it is; of an association, the one of the submission set that brought it.
    pub patient: PatientId,
}

/// An association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it says.
    pub association_type: AssociationType,
    /// From.
    pub source: EntryUuid,
    /// To.
    pub target: EntryUuid,
}

/// What is done, in one transaction or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The objects that go.
    pub objects: Vec<EntryUuid>,
    /// Folders that stay and lose a member: their lastUpdateTime moves.
    pub touched_folders: Vec<TouchedFolder>,
}

impl Link {
    /// Both ends.
    pub fn ends(&self) -> [&EntryUuid; 2] {
        [&self.source, &self.target]
    }
}

/// Makes the removal. The request has passed `xds::validation::remove` with the same facts.
///
/// Nothing comes back into force: what a removed document had replaced stays Deprecated.
pub fn remove(facts: &RemovalFacts, now: DateTime<Utc>) -> Removal {
    let goes = |id: &EntryUuid| facts.objects.contains_key(id);
    let memberships = facts.links.iter().filter(|(id, _)| goes(id)).map(|(_, link)| link);
    let left: BTreeSet<&EntryUuid> = memberships
        .filter(|link| link.association_type == AssociationType::HasMember)
        .map(|link| &link.source)
        .filter(|source| !goes(source))
        .collect();
    let touched_folders = left.into_iter().filter_map(|id| facts.folders.get(id).map(|fact| (id, fact)));
    Removal {
        objects: facts.objects.keys().cloned().collect(),
        touched_folders: touched_folders
            .map(|(id, fact)| {
                let last_update_time = after(&fact.last_update_time, now);
                let fragment = fact.fragment.with_last_update_time(&last_update_time);
                TouchedFolder { entry_uuid: id.clone(), last_update_time, fragment }
            })
            .collect(),
    }
}
