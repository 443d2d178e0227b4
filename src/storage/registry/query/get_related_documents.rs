//! `GetRelatedDocuments`: a document, those related to it, and how. Spec: ITI TF-2: 3.18.4.1.2.3.7.13.

use std::collections::BTreeSet;

use crate::storage::registry::object::Identity;
use crate::storage::registry::query::entry_filter::Scope;
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::object::ObjectKind;
use crate::xds::query::{EntryCriteria, GetRelatedDocuments, MetadataLevel};

impl Reader<'_> {
    /// The associations of the types asked for between the document and others, and the documents at their ends. A
    /// document that nothing relates to another is not returned either.
    pub(super) fn related_documents(&mut self, query: &GetRelatedDocuments) -> Result<Vec<Identity>, StorageError> {
        let given = self.objects_by(ObjectKind::DocumentEntry, &query.by, query.level)?;
        let given: BTreeSet<String> = given.iter().map(Identity::urn).collect();
        let types: Vec<_> = query.types.iter().copied().filter(|kind| kind.is_relationship()).collect();
        if given.is_empty() || types.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = given.iter().cloned().collect();
        let mut links = self.links_touching(&ids, &query.association_statuses)?;
        links.retain(|link| link.is(&types));
        let ends: BTreeSet<String> =
            links.iter().flat_map(|link| [link.ends.source.clone(), link.ends.target.clone()]).collect();
        let ends: Vec<String> = ends.into_iter().collect();
        let among = Scope::Among { patients: &self.patients_of_objects(&ends)?, ids: &ends };
        let criteria = EntryCriteria { entry_types: query.entry_types.clone(), ..EntryCriteria::default() };
        let found = self.entries(among, &criteria)?;
        let mut documents = self.latest_or_given(query.level, found, &given)?;
        let present: BTreeSet<String> = documents.iter().map(Identity::urn).collect();
        links.retain(|link| present.contains(&link.ends.source) && present.contains(&link.ends.target));
        let related: BTreeSet<&str> =
            links.iter().flat_map(|link| [link.ends.source.as_str(), link.ends.target.as_str()]).collect();
        documents.retain(|document| related.contains(document.urn().as_str()));
        documents.extend(links.into_iter().map(|link| link.identity));
        Ok(documents)
    }

    /// What a level shows of some documents; those that were asked for by name always.
    fn latest_or_given(
        &mut self,
        level: MetadataLevel,
        found: Vec<Identity>,
        given: &BTreeSet<String>,
    ) -> Result<Vec<Identity>, StorageError> {
        let (mut documents, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|document| given.contains(&document.urn()));
        documents.extend(self.shown(level, others)?);
        Ok(documents)
    }
}
