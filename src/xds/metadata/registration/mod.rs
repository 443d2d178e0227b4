//! From a submission to what the registry stores: the facts wanted, the facts found, the registration.
//! Spec: ITI TF-2: 3.42.4.1.3.

pub mod removal;
pub(in crate::xds::metadata) mod resolve;

use std::collections::{BTreeMap, BTreeSet};

use crate::datatype::cx::PatientId;
use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::datatype::hash::Sha1;
use crate::datatype::unique_id::UniqueId;
use crate::xds::metadata::association::Association;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::{DocumentEntry, DocumentEntryType};
use crate::xds::metadata::folder::Folder;
use crate::xds::metadata::object::{ObjectId, ObjectKind};
use crate::xds::metadata::submission::Submission;
use crate::xds::metadata::submission_set::SubmissionSet;

pub use crate::xds::metadata::registration::resolve::register;

/// What must be looked up before a submission can be judged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactsWanted {
    /// Patients: are they known?
    pub patients: BTreeSet<PatientId>,
    /// Unique ids: who uses them?
    pub unique_ids: BTreeSet<UniqueId>,
    /// Objects: what are they? Every UUID that the submission names, as its own id or at the end of an association.
    pub entry_uuids: BTreeSet<EntryUuid>,
    /// The UUIDs among them that objects of the submission bring as their own: are they the logical id of something?
    pub own: BTreeSet<EntryUuid>,
    /// Documents to be replaced, among `entry_uuids`: their dependants and folders are wanted too.
    pub replaced: BTreeSet<EntryUuid>,
}

/// What the registry knows of the things wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegistryFacts {
    /// The patients that are known, among those wanted.
    pub known_patients: BTreeSet<PatientId>,
    /// The patients that were merged into others, among those wanted.
    pub merged_patients: BTreeSet<PatientId>,
    /// The objects that exist: those wanted, the dependants in `dependants` and the folders in `folders_of`.
    pub objects: BTreeMap<EntryUuid, ObjectFact>,
    /// Those of the submission's own UUIDs that are the logical id of an object, whose first version may be gone.
    pub logical_ids: BTreeSet<EntryUuid>,
    /// Who uses a unique id.
    pub unique_ids: BTreeMap<UniqueId, Vec<UniqueIdUse>>,
    /// For each document to be replaced, and for each document found so: the documents appended to it or made from
    /// it by transformation (sources of Approved APND and XFRM associations whose target it is), recursively.
    pub dependants: BTreeMap<EntryUuid, Vec<EntryUuid>>,
    /// For each document to be replaced: the Approved folders that hold it by an Approved `HasMember`.
    pub folders_of: BTreeMap<EntryUuid, Vec<EntryUuid>>,
    /// For each existing folder in `objects`: what is needed to move its lastUpdateTime.
    pub folders: BTreeMap<EntryUuid, FolderFact>,
}

/// One object of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFact {
    /// What it is.
    pub kind: ObjectKind,
    /// Its logical id.
    pub logical_id: LogicalId,
    /// Its version.
    pub version: u32,
    /// Its status.
    pub status: AvailabilityStatus,
    /// Its patient; associations have none.
    pub patient: Option<PatientId>,
    /// Its unique id; associations have none.
    pub unique_id: Option<UniqueId>,
    /// Whether a document entry is stable.
    pub object_type: Option<DocumentEntryType>,
    /// Whether a document entry is the source of an XFRM association.
    pub is_transformation: bool,
}

/// One use of a unique id in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueIdUse {
    /// By what.
    pub kind: ObjectKind,
    /// By which object.
    pub entry_uuid: EntryUuid,
    /// The hash of the document.
    pub hash: Option<Sha1>,
    /// The size of the document.
    pub size: Option<u64>,
}

/// What is needed to move the lastUpdateTime of a folder that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFact {
    /// The present lastUpdateTime.
    pub last_update_time: Dtm,
    /// The stored ebRIM.
    pub fragment: Fragment,
}

/// The ebRIM of a registered object with prefix `ns4`, cut where its status is written:
/// `head`, ` status="…"`, `tail`.
#[derive(Clone, PartialEq, Eq)]
pub struct Fragment {
    /// From `<` up to and including the `lid` attribute.
    pub head: Vec<u8>,
    /// Everything after the status attribute, up to the end tag.
    pub tail: Vec<u8>,
}

impl std::fmt::Debug for Fragment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fragment({} bytes)", self.head.len() + self.tail.len())
    }
}

/// An object with all that the registry gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered<T> {
    /// The object; its ids and references are resolved.
    pub value: T,
    /// The id of this version.
    pub entry_uuid: EntryUuid,
    /// The id common to all versions.
    pub logical_id: LogicalId,
    /// The version, from 1.
    pub version: u32,
    /// The status.
    pub status: AvailabilityStatus,
    /// The ebRIM to store.
    pub fragment: Fragment,
}

/// An existing folder that the registration changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedFolder {
    /// Which.
    pub entry_uuid: EntryUuid,
    /// Its new lastUpdateTime.
    pub last_update_time: Dtm,
    /// Its new ebRIM.
    pub fragment: Fragment,
}

/// What the registry stores, in one transaction or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The submission set.
    pub submission_set: Registered<SubmissionSet>,
    /// The document entries.
    pub entries: Vec<Registered<DocumentEntry>>,
    /// The folders.
    pub folders: Vec<Registered<Folder>>,
    /// The associations: those sent, then those that the registry adds.
    pub associations: Vec<Registered<Association>>,
    /// Objects whose status becomes Deprecated.
    pub deprecate: Vec<EntryUuid>,
    /// Existing folders whose lastUpdateTime moves.
    pub touched_folders: Vec<TouchedFolder>,
}

impl FactsWanted {
    /// What must be looked up for a submission.
    pub fn of(submission: &Submission) -> Self {
        let mut wanted = Self::default();
        let object = |wanted: &mut Self, id: &ObjectId| {
            wanted.entry_uuids.extend(id.uuid().cloned());
            wanted.own.extend(id.uuid().cloned());
        };
        let set = &submission.submission_set;
        object(&mut wanted, &set.id);
        wanted.patients.insert(set.patient_id.to_patient_id());
        wanted.unique_ids.insert(set.unique_id.clone());
        for entry in &submission.entries {
            object(&mut wanted, &entry.id);
            wanted.patients.insert(entry.patient_id.to_patient_id());
            wanted.unique_ids.insert(entry.unique_id.clone());
        }
        for folder in &submission.folders {
            object(&mut wanted, &folder.id);
            wanted.patients.insert(folder.patient_id.to_patient_id());
            wanted.unique_ids.insert(folder.unique_id.clone());
        }
        for association in &submission.associations {
            association.id.iter().for_each(|id| object(&mut wanted, id));
            let ends = [&association.source, &association.target];
            wanted.entry_uuids.extend(ends.into_iter().filter_map(|id| id.uuid().cloned()));
            if association.association_type.replaces() {
                wanted.replaced.extend(association.target.uuid().cloned());
            }
        }
        wanted
    }
}
