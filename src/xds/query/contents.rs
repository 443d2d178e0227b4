//! The queries that return a whole with what it holds: `GetAll`, `GetSubmissionSetAndContents`, `GetFolderAndContents`.
//! Spec: ITI TF-2: 3.18.4.1.2.3.7.4, 10, 11.

use crate::datatype::code::Code;
use crate::datatype::cx::PatientId;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::query::parameter::{all, document, folder as of_folder, submission_set as of_set};
use crate::xds::query::parameters::{Ids, Parameters};
use crate::xds::query::{MetadataLevel, Selector, StoredQuery};

/// Everything of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAll {
    /// Whose.
    pub patient: PatientId,
    /// Document entries in these statuses.
    pub entry_statuses: Vec<AvailabilityStatus>,
    /// Submission sets in these statuses.
    pub submission_set_statuses: Vec<AvailabilityStatus>,
    /// Folders in these statuses.
    pub folder_statuses: Vec<AvailabilityStatus>,
    /// Associations in these statuses.
    pub association_statuses: Vec<AvailabilityStatus>,
    /// Which documents.
    pub contents: ContentFilter,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// A submission set and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetSubmissionSetAndContents {
    /// Which.
    pub by: Selector,
    /// Which documents of it.
    pub contents: ContentFilter,
    /// Associations in these statuses.
    pub association_statuses: Vec<AvailabilityStatus>,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// A folder and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetFolderAndContents {
    /// Which; a uniqueId names every version.
    pub by: Selector,
    /// Which documents of it.
    pub contents: ContentFilter,
    /// Associations in these statuses.
    pub association_statuses: Vec<AvailabilityStatus>,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// Which documents of a whole are returned. An empty list does not choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContentFilter {
    /// Any of these.
    pub format_codes: Vec<Code>,
    /// From each list any.
    pub confidentiality_codes: Vec<Vec<Code>>,
    /// Any of these.
    pub entry_types: Vec<DocumentEntryType>,
}

pub(super) fn all(parameters: &mut Parameters) -> Option<StoredQuery> {
    let patient = parameters.patient(&all::PATIENT_ID);
    let entry_statuses = parameters.statuses(&document::STATUS);
    let submission_set_statuses = parameters.statuses(&of_set::STATUS);
    let folder_statuses = parameters.statuses(&of_folder::STATUS);
    let contents = content_filter(parameters);
    let level = parameters.level();
    let association_statuses = parameters.association_statuses(level);
    Some(StoredQuery::GetAll(GetAll {
        patient: patient?,
        entry_statuses,
        submission_set_statuses,
        folder_statuses,
        association_statuses,
        contents,
        level,
    }))
}

pub(super) fn submission_set(parameters: &mut Parameters) -> Option<StoredQuery> {
    let ids = Ids { entry_uuid: &of_set::ENTRY_UUID, unique_id: &of_set::UNIQUE_ID, logical_id: None };
    let contents = content_filter(parameters);
    let level = parameters.level();
    let association_statuses = parameters.association_statuses(level);
    let by = parameters.objects(&ids, level)?;
    let query = GetSubmissionSetAndContents { by, contents, association_statuses, level };
    Some(StoredQuery::GetSubmissionSetAndContents(query))
}

pub(super) fn folder(parameters: &mut Parameters) -> Option<StoredQuery> {
    let ids = Ids { entry_uuid: &of_folder::ONE_ENTRY_UUID, unique_id: &of_folder::ONE_UNIQUE_ID, logical_id: None };
    let contents = content_filter(parameters);
    let level = parameters.level();
    let association_statuses = parameters.association_statuses(level);
    let by = parameters.objects(&ids, level)?;
    Some(StoredQuery::GetFolderAndContents(GetFolderAndContents { by, contents, association_statuses, level }))
}

fn content_filter(parameters: &mut Parameters) -> ContentFilter {
    ContentFilter {
        format_codes: parameters.codes(&document::FORMAT_CODE),
        confidentiality_codes: parameters.code_lists(&document::CONFIDENTIALITY_CODE),
        entry_types: parameters.entry_types(&document::TYPE),
    }
}
