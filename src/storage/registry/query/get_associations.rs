//! `GetAssociations`: what relates some objects to others. Spec: ITI TF-2: 3.18.4.1.2.3.7.7.

use crate::storage::registry::object::Identity;
use crate::storage::registry::query::get_documents::texts;
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::query::{GetAssociations, MetadataLevel};

impl Reader<'_> {
    /// The associations that touch one of the objects: those in force, or at level 2 those of the statuses asked for.
    pub(super) fn associations_of(&mut self, query: &GetAssociations) -> Result<Vec<Identity>, StorageError> {
        let statuses = match query.level {
            MetadataLevel::One => &[AvailabilityStatus::Approved],
            MetadataLevel::Two => query.statuses.as_slice(),
        };
        let links = self.links_touching(&texts(&query.uuids), statuses)?;
        Ok(links.into_iter().map(|link| link.identity).collect())
    }
}
