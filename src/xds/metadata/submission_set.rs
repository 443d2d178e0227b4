//! The submission set. Spec: ITI TF-3: 4.2.3.3.

use crate::datatype::code::Code;
use crate::datatype::cx::Cx;
use crate::datatype::dtm::Dtm;
use crate::datatype::oid::Oid;
use crate::datatype::unique_id::{HomeCommunityId, UniqueId};
use crate::xds::metadata::author::Author;
use crate::xds::metadata::object::{ObjectId, RegistryObject};

/// One act of sending.
#[derive(Clone, PartialEq, Eq)]
pub struct SubmissionSet {
    /// `@id`.
    pub id: ObjectId,
    /// The patient, in the domain of the registry.
    pub patient_id: Cx,
    /// The identifier of the submission.
    pub unique_id: UniqueId,
    /// The system that sent.
    pub source_id: Oid,
    /// When it was sent.
    pub submission_time: Dtm,
    /// What kind of act led to it.
    pub content_type_code: Code,
    /// Who sent it.
    pub authors: Vec<Author>,
    /// For whom it is meant, as sent.
    pub intended_recipients: Vec<String>,
    /// `Name`.
    pub title: Option<String>,
    /// `Description`.
    pub comments: Option<String>,
    /// `@home`.
    pub home_community_id: Option<HomeCommunityId>,
    /// Everything that was sent.
    pub object: RegistryObject,
}

impl std::fmt::Debug for SubmissionSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SubmissionSet({}, {})", self.id.as_str(), self.unique_id)
    }
}
