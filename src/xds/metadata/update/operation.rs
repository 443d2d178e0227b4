//! The operations of an update, found by what triggers them. Spec: ITI TF-2: 3.57.4.1.3.3.
//!
//! An operation is an association from the submission set and what it names. What triggers nothing is in no operation; the
//! rules say so.

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

/// The operations of an update.
#[derive(Debug, Clone, Default)]
pub struct Operations<'s> {
    /// New versions.
    pub revisions: Vec<Revision<'s>>,
    /// Other statuses.
    pub status_changes: Vec<StatusChange<'s>>,
    /// New associations.
    pub submitted: Vec<Submitted<'s>>,
}

impl<'s> Operations<'s> {
    /// Finds the operations of a submission.
    pub fn of(submission: &'s Submission) -> Self {
        let mut operations = Self::default();
        let set = &submission.submission_set.id;
        for association in submission.associations.iter().filter(|one| one.source == *set) {
            match association.association_type {
                AssociationType::HasMember => {
                    operations.revisions.extend(revised(submission, &association.target).and_then(|object| {
                        has_slot(association, &row::PREVIOUS_VERSION)
                            .then_some(Revision { object, membership: association })
                    }));
                }
                AssociationType::UpdateAvailabilityStatus => {
                    operations.status_changes.push(StatusChange { order: association });
                }
                AssociationType::SubmitAssociation => {
                    let payload = submission.association(&association.target).filter(|one| one.source != *set);
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
        operations
    }

    /// Whether an association takes part in an operation.
    pub fn hold(&self, association: &Association) -> bool {
        let is = |one: &Association| std::ptr::eq(one, association);
        self.revisions.iter().any(|one| is(one.membership))
            || self.status_changes.iter().any(|one| is(one.order))
            || self.submitted.iter().any(|one| is(one.order) || is(one.association))
    }

    /// The new version that an id of the message names.
    pub fn revision_of(&self, id: &ObjectId) -> Option<&Revision<'s>> {
        self.revisions.iter().find(|revision| revision.object.id() == id)
    }

    /// The submitted association that an id of the message names.
    pub fn submitted_of(&self, id: &ObjectId) -> Option<&Submitted<'s>> {
        self.submitted.iter().find(|submitted| submitted.association.id.as_ref() == Some(id))
    }
}

fn revised<'s>(submission: &'s Submission, id: &ObjectId) -> Option<Revised<'s>> {
    let entry = submission.entry(id).map(Revised::Entry);
    entry.or_else(|| submission.folder(id).map(Revised::Folder))
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
