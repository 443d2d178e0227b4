//! Versions of one object as the queries tell them. Spec: ITI Metadata Update supplement, 3.18.4.1.2.3.9.

use dmp_gateway::datatype::entry_uuid::EntryUuid;
use dmp_gateway::storage::registry::object::Found;
use dmp_gateway::xds::metadata::attribute::folder;
use dmp_gateway::xds::metadata::availability::AvailabilityStatus;
use dmp_gateway::xds::metadata::object::ObjectKind;
use dmp_gateway::xds::metadata::registration::Registration;
use dmp_gateway::xds::query::{
    ContentFilter, EntryCriteria, FindDocuments, FindFolders, FolderCriteria, GetAll, GetDocuments,
    GetFolderAndContents, GetFolders, GetFoldersForDocument, GetSubmissionSetAndContents, MetadataLevel, Selector,
    StoredQuery,
};

use super::{TestStore, noon, numbered, patient, submission};
use crate::xds_fixture::base_with_folder;

/// A registry in which a document and its folder have a second version each; the second folder holds the second
/// document, the first holds the first.
struct History {
    test: TestStore,
    first: Registration,
    second: Registration,
}

impl History {
    fn new() -> Self {
        let test = TestStore::new();
        let message = |number: usize| {
            let mut message = numbered(base_with_folder(), number);
            message.folders[0].identifier(&folder::UNIQUE_ID, &format!("1.2.250.1.999.77.1.4.{number}"));
            message
        };
        let first = super::deposit(&test.store, &message(1));
        let later = submission(&message(2));
        let second = test
            .store
            .write("test", |writer| {
                let facts = writer.facts(&super::FactsWanted::of(&later))?;
                let mut draw = uuid::Uuid::new_v4;
                let mut second = super::registration::register(later.clone(), &facts, noon(), &mut draw);
                let (entry, folder) = (&mut second.entries[0], &mut second.folders[0]);
                entry.logical_id = first.entries[0].logical_id.clone();
                entry.value.unique_id = first.entries[0].value.unique_id.clone();
                folder.logical_id = first.folders[0].logical_id.clone();
                folder.value.unique_id = first.folders[0].value.unique_id.clone();
                (entry.version, folder.version) = (2, 2);
                second.deprecate = vec![first.entries[0].entry_uuid.clone(), first.folders[0].entry_uuid.clone()];
                writer.insert(&second, noon())?;
                Ok(second)
            })
            .unwrap();
        Self { test, first, second }
    }

    fn find(&self, query: &StoredQuery) -> Found {
        self.test.store.read("test", |reader| reader.find(query)).unwrap()
    }

    /// The ids of the objects of one kind.
    fn ids(&self, kind: ObjectKind, query: &StoredQuery) -> Vec<EntryUuid> {
        let mut found: Vec<EntryUuid> = self
            .find(query)
            .objects
            .into_iter()
            .filter(|object| object.kind == kind)
            .map(|object| object.entry_uuid())
            .collect();
        found.sort();
        found
    }

    /// The ids of both documents, and those of both folders.
    fn both(&self) -> [Vec<EntryUuid>; 2] {
        let mut entries = vec![self.first.entries[0].entry_uuid.clone(), self.second.entries[0].entry_uuid.clone()];
        let mut folders = vec![self.first.folders[0].entry_uuid.clone(), self.second.folders[0].entry_uuid.clone()];
        entries.sort();
        folders.sort();
        [entries, folders]
    }

    /// The ids of the second versions.
    fn latest(&self) -> [Vec<EntryUuid>; 2] {
        [vec![self.second.entries[0].entry_uuid.clone()], vec![self.second.folders[0].entry_uuid.clone()]]
    }
}

fn statuses() -> Vec<AvailabilityStatus> {
    vec![AvailabilityStatus::Approved, AvailabilityStatus::Deprecated]
}

#[test]
fn level_one_shows_of_each_object_its_latest_version_and_level_two_all() {
    let history = History::new();
    for (level, [entries, folders]) in [(MetadataLevel::One, history.latest()), (MetadataLevel::Two, history.both())] {
        let document = Selector::UniqueIds(vec![history.first.entries[0].value.unique_id.clone()]);
        let folder = Selector::UniqueIds(vec![history.first.folders[0].value.unique_id.clone()]);
        let criteria = EntryCriteria { statuses: statuses(), level, ..Default::default() };
        let query = StoredQuery::FindDocuments(Box::new(FindDocuments { patient: patient(), criteria }));
        assert_eq!(history.ids(ObjectKind::DocumentEntry, &query), entries);
        let query = StoredQuery::GetDocuments(GetDocuments { by: document, level });
        assert_eq!(history.ids(ObjectKind::DocumentEntry, &query), entries);
        let criteria = FolderCriteria { statuses: statuses(), level, ..Default::default() };
        let query = StoredQuery::FindFolders(FindFolders { patient: patient(), criteria });
        assert_eq!(history.ids(ObjectKind::Folder, &query), folders);
        let query = StoredQuery::GetFolders(GetFolders { by: folder.clone(), level });
        assert_eq!(history.ids(ObjectKind::Folder, &query), folders);
        let query = StoredQuery::GetFolderAndContents(GetFolderAndContents {
            by: folder,
            contents: ContentFilter::default(),
            association_statuses: statuses(),
            level,
        });
        assert_eq!(history.ids(ObjectKind::Folder, &query), folders);
        assert_eq!(history.ids(ObjectKind::DocumentEntry, &query), entries);
        assert_eq!(history.ids(ObjectKind::Association, &query).len(), entries.len());
        let query = StoredQuery::GetAll(GetAll {
            patient: patient(),
            entry_statuses: statuses(),
            submission_set_statuses: statuses(),
            folder_statuses: statuses(),
            association_statuses: statuses(),
            contents: ContentFilter::default(),
            level,
        });
        assert_eq!(history.ids(ObjectKind::DocumentEntry, &query), entries);
        assert_eq!(history.ids(ObjectKind::Folder, &query), folders);
    }
}

#[test]
fn whoever_knows_an_old_version_by_its_id_gets_it_at_either_level() {
    let history = History::new();
    let [old, _] = [&history.first.entries[0].entry_uuid, &history.first.folders[0].entry_uuid].map(Clone::clone);
    for level in [MetadataLevel::One, MetadataLevel::Two] {
        let by = Selector::EntryUuids(vec![old.clone()]);
        let query = StoredQuery::GetDocuments(GetDocuments { by: by.clone(), level });
        assert_eq!(history.ids(ObjectKind::DocumentEntry, &query), [old.clone()]);
        let query =
            StoredQuery::GetFoldersForDocument(GetFoldersForDocument { by, association_statuses: statuses(), level });
        let folders = usize::from(level != MetadataLevel::One);
        assert_eq!(history.ids(ObjectKind::Folder, &query).len(), folders, "its folder has a successor");
    }
}

#[test]
fn every_version_has_the_logical_id_and_comes_in_order() {
    let history = History::new();
    let by = Selector::LogicalIds(vec![history.first.entries[0].logical_id.clone()]);
    let found = history.find(&StoredQuery::GetDocuments(GetDocuments { by, level: MetadataLevel::Two }));
    let versions: Vec<(EntryUuid, AvailabilityStatus)> =
        found.objects.into_iter().map(|object| (object.entry_uuid(), object.status)).collect();
    let (first, second) = (history.first.entries[0].entry_uuid.clone(), history.second.entries[0].entry_uuid.clone());
    assert_eq!(versions, [(first, AvailabilityStatus::Deprecated), (second, AvailabilityStatus::Approved)]);
}

#[test]
fn a_submission_set_tells_what_was_sent_in_it_whatever_became_of_it() {
    let history = History::new();
    let query = StoredQuery::GetSubmissionSetAndContents(GetSubmissionSetAndContents {
        by: Selector::EntryUuids(vec![history.first.submission_set.entry_uuid.clone()]),
        contents: ContentFilter::default(),
        association_statuses: vec![AvailabilityStatus::Approved],
        level: MetadataLevel::One,
    });
    let sent = [history.first.entries[0].entry_uuid.clone()];
    assert_eq!(history.ids(ObjectKind::DocumentEntry, &query), sent);
    assert_eq!(history.ids(ObjectKind::Folder, &query).len(), 1);
}

#[test]
fn what_was_removed_since_a_query_found_it_has_no_content() {
    let history = History::new();
    let (known, gone) = (history.first.entries[0].entry_uuid.clone(), EntryUuid::from_uuid(uuid::Uuid::nil()));
    let fragments = history.test.store.read("test", |reader| reader.fragments_of(&[gone.clone(), known.clone()]));
    assert_eq!(fragments.unwrap(), [None, Some(history.first.entries[0].fragment.clone())]);
}
