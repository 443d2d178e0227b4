//! The folder. Spec: ITI TF-3: 4.2.3.4.

use crate::datatype::code::Code;
use crate::datatype::cx::Cx;
use crate::datatype::dtm::Dtm;
use crate::datatype::unique_id::{HomeCommunityId, UniqueId};
use crate::xds::metadata::object::{ObjectId, RegistryObject};

/// Documents of one patient put together.
#[derive(Clone, PartialEq, Eq)]
pub struct Folder {
    /// `@id`.
    pub id: ObjectId,
    /// The patient, in the domain of the registry.
    pub patient_id: Cx,
    /// The identifier of the folder.
    pub unique_id: UniqueId,
    /// What kind of folder it is, at least one.
    pub codes: Vec<Code>,
    /// When it last changed. What a client sends is overwritten by the registry.
    pub last_update_time: Option<Dtm>,
    /// `Name`.
    pub title: Option<String>,
    /// `Description`.
    pub comments: Option<String>,
    /// `@home`.
    pub home_community_id: Option<HomeCommunityId>,
    /// Everything that was sent.
    pub object: RegistryObject,
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Folder({}, {})", self.id.as_str(), self.unique_id)
    }
}
