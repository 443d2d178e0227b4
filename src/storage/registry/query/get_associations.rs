//! `GetAssociations`: what relates some objects to others; `GetSubmissionSets`: with what some objects came.
//! Spec: ITI TF-2: 3.18.4.1.2.3.7.7, 9.

use std::collections::BTreeSet;

use crate::storage::registry::association::By;
use crate::storage::registry::object::Identity;
use crate::storage::registry::query::get_documents::{Chosen, texts};
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::{GetAssociations, GetSubmissionSets, MetadataLevel};

impl Reader<'_> {
    /// The associations that touch one of the objects.
    pub(super) fn associations_of(&mut self, query: &GetAssociations) -> Result<Vec<Identity>, StorageError> {
        self.associations_touching(&texts(&query.uuids), &query.statuses, query.level)
    }

    /// Associations that touch one of some objects. What ordered an update is no relation between objects: level 1
    /// does not show it.
    pub(super) fn associations_touching(
        &mut self,
        ids: &[String],
        statuses: &[AvailabilityStatus],
        level: MetadataLevel,
    ) -> Result<Vec<Identity>, StorageError> {
        let mut links = self.links_touching(ids, statuses)?;
        if level == MetadataLevel::One {
            links.retain(|link| !link.is(&AssociationType::ORDERS));
        }
        Ok(links.into_iter().map(|link| link.identity).collect())
    }

    /// The submission sets that have one of the objects as a member, and the associations that say so.
    pub(super) fn submission_sets_of(&mut self, query: &GetSubmissionSets) -> Result<Vec<Identity>, StorageError> {
        let mut links = self.links(By::Target, &texts(&query.uuids), &query.statuses)?;
        links.retain(|link| link.is(&[AssociationType::HasMember]));
        let holders: Vec<String> = links.iter().map(|link| link.ends.source.clone()).collect();
        let mut answer = self.selected(ObjectKind::SubmissionSet, Chosen::EntryUuids(&holders))?;
        let sets: BTreeSet<String> = answer.iter().map(Identity::urn).collect();
        links.retain(|link| sets.contains(&link.ends.source));
        answer.extend(links.into_iter().map(|link| link.identity));
        Ok(answer)
    }
}
