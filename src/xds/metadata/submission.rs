//! A submission as it came, ids not yet resolved. Spec: ITI TF-3: 4.2.1.

use crate::xds::metadata::association::Association;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::folder::Folder;
use crate::xds::metadata::object::ObjectId;
use crate::xds::metadata::submission_set::SubmissionSet;

/// One submission set and what came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The submission set.
    pub submission_set: SubmissionSet,
    /// The document entries, in order.
    pub entries: Vec<DocumentEntry>,
    /// The folders, in order.
    pub folders: Vec<Folder>,
    /// The associations, in order.
    pub associations: Vec<Association>,
    /// Objects that stand in the message but could not be read; each has its finding already.
    ///
    /// They are listed so that a reference to one of them is not reported as a second fault.
    pub unreadable: Vec<String>,
}

impl Submission {
    /// The document entry of that id.
    pub fn entry(&self, id: &ObjectId) -> Option<&DocumentEntry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    /// The folder of that id.
    pub fn folder(&self, id: &ObjectId) -> Option<&Folder> {
        self.folders.iter().find(|folder| folder.id == *id)
    }

    /// The association of that id.
    pub fn association(&self, id: &ObjectId) -> Option<&Association> {
        self.associations.iter().find(|association| association.id.as_ref() == Some(id))
    }
}
