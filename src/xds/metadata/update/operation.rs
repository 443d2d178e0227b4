//! The operations of an update, found by what triggers them. Spec: ITI TF-2: 3.57.4.1.3.3.
//!
//! An operation is an association from the submission set and what it names. What triggers nothing is in no operation; the
//! rules say so.

use std::collections::{BTreeMap, BTreeSet};

use crate::xds::metadata::association::{Association, AssociationType};
use crate::xds::metadata::attribute::association as row;
use crate::xds::metadata::attribute::{AttributeRow, Carrier};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::folder::Folder;
use crate::xds::metadata::object::{ObjectId, ObjectKind, RegistryObject};
use crate::xds::metadata::submission::Submission;

/// A new version of an entry or of a folder.
#[derive(Debug, Clone, Copy)]
pub struct Revision<'s> {
    /// The new version.
    pub object: Revised<'s>,
    /// The `HasMember` from the submission set, which says which version is changed.
    pub membership: &'s Association,
}

/// What gets a new version.
#[derive(Debug, Clone, Copy)]
pub enum Revised<'s> {
    /// A document entry.
    Entry(&'s DocumentEntry),
    /// A folder.
    Folder(&'s Folder),
}

/// Another status for an object.
#[derive(Debug, Clone, Copy)]
pub struct StatusChange<'s> {
    /// The `UpdateAvailabilityStatus` association.
    pub order: &'s Association,
}

/// A new association between objects of the registry.
#[derive(Debug, Clone, Copy)]
pub struct Submitted<'s> {
    /// The `SubmitAssociation` association.
    pub order: &'s Association,
    /// The association that it brings.
    pub association: &'s Association,
}

/// The operations of an update. A message may order tens of thousands, so that each is found without looking at all others.
#[derive(Debug, Clone, Default)]
pub struct Operations<'s> {
    /// New versions.
    pub revisions: Vec<Revision<'s>>,
    /// Other statuses.
    pub status_changes: Vec<StatusChange<'s>>,
    /// New associations.
    pub submitted: Vec<Submitted<'s>>,
    /// The ids of the new versions and of the new associations.
    brought: BTreeSet<&'s ObjectId>,
    /// The associations that take part, by where they are: an id need not stand, nor be there once.
    parts: BTreeSet<*const Association>,
}

impl<'s> Operations<'s> {
    /// Finds the operations of a submission.
    pub fn of(submission: &'s Submission) -> Self {
        let mut operations = Self::default();
        let set = &submission.submission_set.id;
        let objects = objects_of(submission);
        let payloads = payloads_of(submission);
        for association in submission.associations.iter().filter(|one| one.source == *set) {
            match association.association_type {
                AssociationType::HasMember => {
                    let object = objects.get(&association.target).copied();
                    operations.revisions.extend(
                        object
                            .filter(|_| has_slot(association, &row::PREVIOUS_VERSION))
                            .map(|object| Revision { object, membership: association }),
                    );
                }
                AssociationType::UpdateAvailabilityStatus => {
                    operations.status_changes.push(StatusChange { order: association });
                }
                AssociationType::SubmitAssociation => {
                    let payload = payloads.get(&association.target).copied().filter(|one| one.source != *set);
                    operations
                        .submitted
                        .extend(payload.map(|payload| Submitted { order: association, association: payload }));
                }
                AssociationType::Replace
                | AssociationType::Append
                | AssociationType::Transform
                | AssociationType::TransformAndReplace
                | AssociationType::Signs
                | AssociationType::IsSnapshotOf => {}
            }
        }
        let memberships = operations.revisions.iter().map(|one| one.membership);
        let orders = operations.status_changes.iter().map(|one| one.order);
        let submitted = operations.submitted.iter().flat_map(|one| [one.order, one.association]);
        operations.parts = memberships.chain(orders).chain(submitted).map(std::ptr::from_ref).collect();
        let revised = operations.revisions.iter().map(|one| one.object.id());
        let payloads = operations.submitted.iter().filter_map(|one| one.association.id.as_ref());
        operations.brought = revised.chain(payloads).collect();
        operations
    }

    /// Whether an association takes part in an operation.
    pub fn hold(&self, association: &Association) -> bool {
        self.parts.contains(&std::ptr::from_ref(association))
    }

    /// Whether an id of the message names a new version or a new association.
    pub fn bring(&self, id: &ObjectId) -> bool {
        self.brought.contains(id)
    }
}

/// The entries and folders of a submission by their ids; of two with one id the first, which the rules then say.
fn objects_of(submission: &Submission) -> BTreeMap<&ObjectId, Revised<'_>> {
    let entries = submission.entries.iter().map(Revised::Entry);
    let mut objects = BTreeMap::new();
    for object in entries.chain(submission.folders.iter().map(Revised::Folder)) {
        objects.entry(object.id()).or_insert(object);
    }
    objects
}

/// The associations of a submission by their ids, the same.
fn payloads_of(submission: &Submission) -> BTreeMap<&ObjectId, &Association> {
    let mut payloads = BTreeMap::new();
    for association in &submission.associations {
        if let Some(id) = &association.id {
            payloads.entry(id).or_insert(association);
        }
    }
    payloads
}

impl<'s> Revised<'s> {
    /// Its id in the message.
    pub fn id(self) -> &'s ObjectId {
        match self {
            Self::Entry(entry) => &entry.id,
            Self::Folder(folder) => &folder.id,
        }
    }

    /// What it is.
    pub fn kind(self) -> ObjectKind {
        match self {
            Self::Entry(_) => ObjectKind::DocumentEntry,
            Self::Folder(_) => ObjectKind::Folder,
        }
    }

    /// Everything that was sent of it.
    pub fn registry_object(self) -> &'s RegistryObject {
        match self {
            Self::Entry(entry) => &entry.object,
            Self::Folder(folder) => &folder.object,
        }
    }
}

impl Revision<'_> {
    /// The version that is changed, when it is said as one number.
    pub fn previous_version(&self) -> Option<u32> {
        let value = single(self.membership, &row::PREVIOUS_VERSION)?;
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        value.parse().ok().filter(|_| digits)
    }

    /// Whether the new version takes over the relations of the previous one; it does unless the sender says no.
    pub fn propagates(&self) -> bool {
        single(self.membership, &row::ASSOCIATION_PROPAGATION) != Some("no")
    }
}

impl StatusChange<'_> {
    /// The status that the object has now, says the sender.
    pub fn original(&self) -> Option<AvailabilityStatus> {
        AvailabilityStatus::of_urn(single(self.order, &row::ORIGINAL_STATUS)?)
    }

    /// The status that it shall have.
    pub fn wanted(&self) -> Option<AvailabilityStatus> {
        AvailabilityStatus::of_urn(single(self.order, &row::NEW_STATUS)?)
    }
}

/// Whether an association has the slot of an attribute.
pub fn has_slot(association: &Association, row: &AttributeRow) -> bool {
    matches!(row.carrier, Carrier::Slot(name) if association.object.slot(name).is_some())
}

/// The one value of a slot.
pub fn single<'s>(association: &'s Association, row: &AttributeRow) -> Option<&'s str> {
    let Carrier::Slot(name) = row.carrier else { return None };
    match association.object.slot(name)?.values.as_slice() {
        [value] => Some(value.trim()),
        _ => None,
    }
}
