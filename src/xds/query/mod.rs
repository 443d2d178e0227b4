//! Stored queries: which there are, which parameters they take, what a client asked.
//! Spec: ITI TF-2: 3.18.4.1.2, 3.51.4.1.2.
//!
//! [`decode`] makes a typed [`StoredQuery`] or says everything that is wrong. Storage answers it.

mod contents;
mod find;
mod get;
pub mod id;
pub mod literal;
pub mod parameter;
mod parameters;
pub mod rule;

use chrono::{DateTime, Utc};

use crate::datatype::cx::PatientId;
use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::datatype::unique_id::UniqueId;
use crate::xds::error::{Finding, Profile};
use crate::xds::message::stored_query::AdhocQueryRequest;
use crate::xds::query::id::StoredQueryId;
use crate::xds::query::parameters::Parameters;

pub use crate::xds::query::contents::{ContentFilter, GetAll, GetFolderAndContents, GetSubmissionSetAndContents};
pub use crate::xds::query::find::{
    EntryCriteria, FindDocuments, FindDocumentsForMultiplePatients, FindFolders, FindFoldersForMultiplePatients,
    FindSubmissionSets, FolderCriteria,
};
pub use crate::xds::query::get::{
    GetAssociations, GetDocuments, GetDocumentsAndAssociations, GetFolders, GetFoldersForDocument, GetRelatedDocuments,
    GetSubmissionSets,
};

/// A query that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredQuery {
    /// Document entries of a patient.
    FindDocuments(Box<FindDocuments>),
    /// Submission sets of a patient.
    FindSubmissionSets(Box<FindSubmissionSets>),
    /// Folders of a patient.
    FindFolders(FindFolders),
    /// Everything of a patient.
    GetAll(GetAll),
    /// Document entries by id.
    GetDocuments(GetDocuments),
    /// Folders by id.
    GetFolders(GetFolders),
    /// Associations of objects.
    GetAssociations(GetAssociations),
    /// Document entries by id, with their associations.
    GetDocumentsAndAssociations(GetDocumentsAndAssociations),
    /// Submission sets of objects.
    GetSubmissionSets(GetSubmissionSets),
    /// A submission set and what it holds.
    GetSubmissionSetAndContents(GetSubmissionSetAndContents),
    /// A folder and what it holds.
    GetFolderAndContents(GetFolderAndContents),
    /// Folders that hold a document.
    GetFoldersForDocument(GetFoldersForDocument),
    /// Documents related to a document.
    GetRelatedDocuments(GetRelatedDocuments),
    /// Document entries of a patient by what they are about.
    FindDocumentsByReferenceId(Box<FindDocuments>),
    /// Document entries of several patients.
    FindDocumentsForMultiplePatients(Box<FindDocumentsForMultiplePatients>),
    /// Folders of several patients.
    FindFoldersForMultiplePatients(FindFoldersForMultiplePatients),
}

/// By which ids objects are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// By entryUUID. Whoever knows the id of an old version gets it at either level.
    EntryUuids(Vec<EntryUuid>),
    /// By uniqueId; one may name several document entries, and every version of an object.
    UniqueIds(Vec<UniqueId>),
    /// By logicalID, which names every version; at level 2 only.
    LogicalIds(Vec<LogicalId>),
}

/// From, inclusive, to, exclusive; compared at the earliest instant implied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DateRange {
    /// Not before.
    pub from: Option<Dtm>,
    /// Before.
    pub to: Option<Dtm>,
}

/// How much history a query shows. Spec: ITI TF-2: 3.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetadataLevel {
    /// The latest versions and what is in force.
    #[default]
    One,
    /// Every version and deprecated associations.
    Two,
}

impl StoredQuery {
    /// The one patient whom a query is about; queries by id and those about several patients name none.
    pub fn patient(&self) -> Option<&PatientId> {
        match self {
            Self::FindDocuments(find) | Self::FindDocumentsByReferenceId(find) => Some(&find.patient),
            Self::FindSubmissionSets(find) => Some(&find.patient),
            Self::FindFolders(find) => Some(&find.patient),
            Self::GetAll(all) => Some(&all.patient),
            Self::GetDocuments(_)
            | Self::GetFolders(_)
            | Self::GetAssociations(_)
            | Self::GetDocumentsAndAssociations(_)
            | Self::GetSubmissionSets(_)
            | Self::GetSubmissionSetAndContents(_)
            | Self::GetFolderAndContents(_)
            | Self::GetFoldersForDocument(_)
            | Self::GetRelatedDocuments(_)
            | Self::FindDocumentsForMultiplePatients(_)
            | Self::FindFoldersForMultiplePatients(_) => None,
        }
    }

    /// The query as it is meant at the instant at which it is asked: see `FolderCriteria::asked_at`.
    #[must_use]
    pub fn asked_at(mut self, now: DateTime<Utc>) -> Self {
        if let Self::FindFolders(FindFolders { criteria, .. })
        | Self::FindFoldersForMultiplePatients(FindFoldersForMultiplePatients { criteria, .. }) = &mut self
        {
            criteria.asked_at(now);
        }
        self
    }

    /// Whether the answer may be about several patients.
    pub fn is_of_several_patients(&self) -> bool {
        matches!(self, Self::FindDocumentsForMultiplePatients(_) | Self::FindFoldersForMultiplePatients(_))
    }
}

/// Understands a query of ITI-18. In profile `dmp` the patient of the assertion stands in for a patient parameter that
/// is missing. Spec: ITI TF-2: 3.18.4.1.2.3; DMP `RG_3010`.
pub fn decode(
    request: &AdhocQueryRequest,
    profile: Profile,
    default_patient: Option<&PatientId>,
) -> (Option<StoredQuery>, Vec<Finding>) {
    let default_patient = default_patient.filter(|_| profile == Profile::Dmp);
    match StoredQueryId::of_urn(&request.id) {
        Some(id) if !id.is_of_several_patients() => decode_query(id, request, profile, default_patient),
        Some(id) => (None, vec![unknown(&format!("{}, which is one of ITI-51,", id.name()))]),
        None => (None, vec![unknown(&request.id)]),
    }
}

/// Understands a query of ITI-51. Spec: ITI TF-2: 3.51.4.1.2.
pub fn decode_of_several_patients(
    request: &AdhocQueryRequest,
    profile: Profile,
) -> (Option<StoredQuery>, Vec<Finding>) {
    match StoredQueryId::of_urn(&request.id) {
        Some(id) if id.is_of_several_patients() => decode_query(id, request, profile, None),
        Some(id) => (None, vec![unknown(&format!("{}, which is one of ITI-18,", id.name()))]),
        None => (None, vec![unknown(&request.id)]),
    }
}

fn decode_query(
    id: StoredQueryId,
    request: &AdhocQueryRequest,
    profile: Profile,
    default_patient: Option<&PatientId>,
) -> (Option<StoredQuery>, Vec<Finding>) {
    let mut parameters = Parameters::read(id, &request.slots, profile, default_patient);
    let query = match id {
        StoredQueryId::FindDocuments => find::documents(&mut parameters),
        StoredQueryId::FindSubmissionSets => find::submission_sets(&mut parameters),
        StoredQueryId::FindFolders => find::folders(&mut parameters),
        StoredQueryId::GetAll => contents::all(&mut parameters),
        StoredQueryId::GetDocuments => get::documents(&mut parameters),
        StoredQueryId::GetFolders => get::folders(&mut parameters),
        StoredQueryId::GetAssociations => Some(get::associations(&mut parameters)),
        StoredQueryId::GetDocumentsAndAssociations => get::documents_and_associations(&mut parameters),
        StoredQueryId::GetSubmissionSets => Some(get::submission_sets(&mut parameters)),
        StoredQueryId::GetSubmissionSetAndContents => contents::submission_set(&mut parameters),
        StoredQueryId::GetFolderAndContents => contents::folder(&mut parameters),
        StoredQueryId::GetFoldersForDocument => get::folders_for_document(&mut parameters),
        StoredQueryId::GetRelatedDocuments => get::related_documents(&mut parameters),
        StoredQueryId::FindDocumentsByReferenceId => find::documents_by_reference_id(&mut parameters),
        StoredQueryId::FindDocumentsForMultiplePatients => Some(find::documents_of_several_patients(&mut parameters)),
        StoredQueryId::FindFoldersForMultiplePatients => Some(find::folders_of_several_patients(&mut parameters)),
    };
    let findings = parameters.into_findings();
    (query.filter(|_| findings.is_empty()), findings)
}

fn unknown(query: &str) -> Finding {
    let query: String = query.chars().take(64).collect();
    let context = format!("the stored query {query} is not served");
    Finding::of(&rule::ID, context)
}
