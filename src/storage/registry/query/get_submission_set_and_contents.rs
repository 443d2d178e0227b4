//! `GetSubmissionSetAndContents`: one act of sending, whole or filtered. Spec: ITI TF-2: 3.18.4.1.2.3.7.9.

use std::collections::BTreeSet;

use crate::storage::registry::association::{By, Link};
use crate::storage::registry::object::Identity;
use crate::storage::registry::query::entry_filter::{Scope, of_contents};
use crate::storage::registry::query::get_documents::Chosen;
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::GetSubmissionSetAndContents;

impl Reader<'_> {
    /// A submission set, its documents that pass the filter, its folders, and the associations among them: those of
    /// the set, and those that it holds as members. An association whose other end is not in the answer is left out.
    /// A set tells what was sent: versions that have a successor since are shown at either level.
    pub(super) fn submission_set_and_contents(
        &mut self,
        query: &GetSubmissionSetAndContents,
    ) -> Result<Vec<Identity>, StorageError> {
        let mut answer = self.objects_by(ObjectKind::SubmissionSet, &query.by, query.level)?;
        let sets: Vec<String> = answer.iter().map(Identity::urn).collect();
        if sets.is_empty() {
            return Ok(answer);
        }
        let mut of_set = self.links(By::Source, &sets, &query.association_statuses)?;
        of_set.retain(|link| link.is(&[AssociationType::HasMember]));
        let members: Vec<String> = of_set.iter().map(|link| link.ends.target.clone()).collect();

        let among = Scope::Among { patients: &self.patients_of_objects(&members)?, ids: &members };
        answer.extend(self.entries(among, &of_contents(&query.contents, &[]))?);
        answer.extend(self.selected(ObjectKind::Folder, Chosen::EntryUuids(&members))?);
        let mut present: BTreeSet<String> = answer.iter().map(Identity::urn).collect();

        let mut held = self.links(By::Itself, &members, &query.association_statuses)?;
        held.retain(|link| present.contains(&link.ends.source) && present.contains(&link.ends.target));
        present.extend(held.iter().map(|link| link.identity.urn()));
        let own = of_set.into_iter().filter(|link| present.contains(&link.ends.target));
        let associations: Vec<Link> = own.chain(held).collect();
        answer.extend(associations.into_iter().map(|link| link.identity));
        Ok(answer)
    }
}
