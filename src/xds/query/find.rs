//! The queries that look for objects of a patient, or of several: `FindDocuments`, `FindSubmissionSets`, `FindFolders`
//! and their kin. Spec: ITI TF-2: 3.18.4.1.2.3.7.1 to 3, 14; 3.51.4.1.2.4.

use chrono::{DateTime, TimeDelta, Utc};

use crate::datatype::code::Code;
use crate::datatype::cx::PatientId;
use crate::datatype::dtm::Dtm;
use crate::xds::metadata::availability::{AvailabilityStatus, DocumentAvailability};
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::query::parameter::{document, folder, submission_set};
use crate::xds::query::parameters::Parameters;
use crate::xds::query::{DateRange, MetadataLevel, StoredQuery};

/// Document entries of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindDocuments {
    /// Whose.
    pub patient: PatientId,
    /// Which.
    pub criteria: EntryCriteria,
}

/// Document entries of several patients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindDocumentsForMultiplePatients {
    /// Whose; those of everybody if empty.
    pub patients: Vec<PatientId>,
    /// Which.
    pub criteria: EntryCriteria,
}

/// By what document entries are chosen. An empty list does not choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryCriteria {
    /// Any of these.
    pub statuses: Vec<AvailabilityStatus>,
    /// Any of these.
    pub class_codes: Vec<Code>,
    /// Any of these.
    pub type_codes: Vec<Code>,
    /// Any of these.
    pub practice_setting_codes: Vec<Code>,
    /// Any of these.
    pub healthcare_facility_type_codes: Vec<Code>,
    /// Any of these.
    pub format_codes: Vec<Code>,
    /// From each list any.
    pub event_codes: Vec<Vec<Code>>,
    /// From each list any.
    pub confidentiality_codes: Vec<Vec<Code>>,
    /// Within; an entry made on demand matches.
    pub creation_time: DateRange,
    /// Within; an entry without the time matches.
    pub service_start_time: DateRange,
    /// Within; an entry without the time matches.
    pub service_stop_time: DateRange,
    /// Any of these patterns: `%` stands for any text, `_` for one character.
    pub author_persons: Vec<String>,
    /// From each list any pattern.
    pub reference_ids: Vec<Vec<String>>,
    /// Any of these.
    pub entry_types: Vec<DocumentEntryType>,
    /// Any of these.
    pub availabilities: Vec<DocumentAvailability>,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// Submission sets of a patient. An empty list does not choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindSubmissionSets {
    /// Whose.
    pub patient: PatientId,
    /// Any of these.
    pub statuses: Vec<AvailabilityStatus>,
    /// Any of these.
    pub source_ids: Vec<String>,
    /// Within.
    pub submission_time: DateRange,
    /// This pattern: `%` stands for any text, `_` for one character.
    pub author_person: Option<String>,
    /// Any of these.
    pub content_type_codes: Vec<Code>,
}

/// Folders of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindFolders {
    /// Whose.
    pub patient: PatientId,
    /// Which.
    pub criteria: FolderCriteria,
}

/// Folders of several patients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindFoldersForMultiplePatients {
    /// Whose; those of everybody if empty.
    pub patients: Vec<PatientId>,
    /// Which.
    pub criteria: FolderCriteria,
}

/// By what folders are chosen. An empty list does not choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderCriteria {
    /// Any of these.
    pub statuses: Vec<AvailabilityStatus>,
    /// Within.
    pub last_update_time: DateRange,
    /// From each list any.
    pub codes: Vec<Vec<Code>>,
    /// How much history shows.
    pub level: MetadataLevel,
}

impl FolderCriteria {
    /// Takes an end that is now for what its sender means: all that has changed so far.
    ///
    /// lastUpdateTime is told in seconds, and an end is exclusive: taken by the letter, "until now" would leave out
    /// what changed earlier in the second that is passing, or in the one in which the question was sent.
    pub(super) fn asked_at(&mut self, now: DateTime<Utc>) {
        let is_now = |end: &Dtm| [now, now - TimeDelta::seconds(1)].iter().any(|at| *end == Dtm::from_utc(*at));
        if self.last_update_time.to.as_ref().is_some_and(is_now) {
            self.last_update_time.to = None;
        }
    }
}

pub(super) fn documents(parameters: &mut Parameters) -> Option<StoredQuery> {
    let patient = parameters.patient(&document::PATIENT_ID);
    let criteria = entry_criteria(parameters);
    Some(StoredQuery::FindDocuments(Box::new(FindDocuments { patient: patient?, criteria })))
}

pub(super) fn documents_by_reference_id(parameters: &mut Parameters) -> Option<StoredQuery> {
    let patient = parameters.patient(&document::PATIENT_ID);
    let reference_ids = parameters.text_lists(&document::REFERENCE_ID_LIST);
    let criteria = EntryCriteria { reference_ids, ..entry_criteria(parameters) };
    Some(StoredQuery::FindDocumentsByReferenceId(Box::new(FindDocuments { patient: patient?, criteria })))
}

pub(super) fn documents_of_several_patients(parameters: &mut Parameters) -> StoredQuery {
    parameters.require_any(&[
        &document::PATIENT_IDS,
        &document::CLASS_CODE,
        &document::EVENT_CODE_LIST,
        &document::HEALTHCARE_FACILITY_TYPE_CODE,
    ]);
    let patients = parameters.patients(&document::PATIENT_IDS);
    let criteria = entry_criteria(parameters);
    let query = FindDocumentsForMultiplePatients { patients, criteria };
    StoredQuery::FindDocumentsForMultiplePatients(Box::new(query))
}

fn entry_criteria(parameters: &mut Parameters) -> EntryCriteria {
    EntryCriteria {
        statuses: parameters.statuses(&document::STATUS),
        class_codes: parameters.codes(&document::CLASS_CODE),
        type_codes: parameters.codes(&document::TYPE_CODE),
        practice_setting_codes: parameters.codes(&document::PRACTICE_SETTING_CODE),
        healthcare_facility_type_codes: parameters.codes(&document::HEALTHCARE_FACILITY_TYPE_CODE),
        format_codes: parameters.codes(&document::FORMAT_CODE),
        event_codes: parameters.code_lists(&document::EVENT_CODE_LIST),
        confidentiality_codes: parameters.code_lists(&document::CONFIDENTIALITY_CODE),
        creation_time: parameters.range(&document::CREATION_TIME_FROM, &document::CREATION_TIME_TO),
        service_start_time: parameters.range(&document::SERVICE_START_TIME_FROM, &document::SERVICE_START_TIME_TO),
        service_stop_time: parameters.range(&document::SERVICE_STOP_TIME_FROM, &document::SERVICE_STOP_TIME_TO),
        author_persons: parameters.texts(&document::AUTHOR_PERSON),
        reference_ids: Vec::new(),
        entry_types: parameters.entry_types(&document::TYPE),
        availabilities: parameters.availabilities(&document::AVAILABILITY),
        level: parameters.level(),
    }
}

pub(super) fn submission_sets(parameters: &mut Parameters) -> Option<StoredQuery> {
    use submission_set as name;
    let patient = parameters.patient(&name::PATIENT_ID);
    let statuses = parameters.statuses(&name::STATUS);
    let source_ids = parameters.texts(&name::SOURCE_ID);
    let submission_time = parameters.range(&name::SUBMISSION_TIME_FROM, &name::SUBMISSION_TIME_TO);
    let author_person = parameters.texts(&name::AUTHOR_PERSON).into_iter().next();
    let content_type_codes = parameters.codes(&name::CONTENT_TYPE);
    // A submission set has one version; the level is read so that a wrong one is told.
    parameters.level();
    Some(StoredQuery::FindSubmissionSets(Box::new(FindSubmissionSets {
        patient: patient?,
        statuses,
        source_ids,
        submission_time,
        author_person,
        content_type_codes,
    })))
}

pub(super) fn folders(parameters: &mut Parameters) -> Option<StoredQuery> {
    let patient = parameters.patient(&folder::PATIENT_ID);
    let criteria = folder_criteria(parameters);
    Some(StoredQuery::FindFolders(FindFolders { patient: patient?, criteria }))
}

pub(super) fn folders_of_several_patients(parameters: &mut Parameters) -> StoredQuery {
    parameters.require_any(&[&folder::PATIENT_IDS, &folder::CODE_LIST]);
    let patients = parameters.patients(&folder::PATIENT_IDS);
    let criteria = folder_criteria(parameters);
    StoredQuery::FindFoldersForMultiplePatients(FindFoldersForMultiplePatients { patients, criteria })
}

fn folder_criteria(parameters: &mut Parameters) -> FolderCriteria {
    FolderCriteria {
        statuses: parameters.statuses(&folder::STATUS),
        last_update_time: parameters.range(&folder::LAST_UPDATE_TIME_FROM, &folder::LAST_UPDATE_TIME_TO),
        codes: parameters.code_lists(&folder::CODE_LIST),
        level: parameters.level(),
    }
}
