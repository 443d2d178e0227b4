//! GetAssociations: what relates some objects to others. Spec: ITI TF-2: 3.18.4.1.2.3.7.7.

use crate::storage::registry::object::Identity;
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::availability::AvailabilityStatus;

impl Reader<'_> {
    /// The associations in force that touch one of the objects.
    pub(super) fn associations_of(&mut self, ids: &[String]) -> Result<Vec<Identity>, StorageError> {
        let links = self.links_touching(ids, &[AvailabilityStatus::Approved])?;
        Ok(links.into_iter().map(|link| link.identity).collect())
    }
}
