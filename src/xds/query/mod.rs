//! Stored queries: which there are, which parameters they take, what a client asked. Spec: ITI TF-2: 3.18.4.1.2.
//!
//! [`decode`] makes a typed [`StoredQuery`] or says everything that is wrong. Storage answers it.

pub mod id;
pub mod literal;
pub mod parameter;
mod parameters;
pub mod rule;

use crate::datatype::code::Code;
use crate::datatype::cx::PatientId;
use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::{EntryUuid, LogicalId};
use crate::datatype::unique_id::UniqueId;
use crate::xds::error::{ErrorCode, Finding, Profile};
use crate::xds::message::stored_query::AdhocQueryRequest;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::query::id::StoredQueryId;
use crate::xds::query::parameters::Parameters;

/// A query that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredQuery {
    /// Document entries of a patient.
    FindDocuments(Box<FindDocuments>),
    /// Document entries by id.
    GetDocuments(GetDocuments),
    /// A submission set and what it holds.
    GetSubmissionSetAndContents(GetSubmissionSetAndContents),
    /// Associations of objects.
    GetAssociations(GetAssociations),
    /// Everything of a patient.
    GetAll(GetAll),
}

/// Document entries of a patient. An empty list of codes does not filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindDocuments {
    /// Whose.
    pub patient: PatientId,
    /// At least one.
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
    /// Within.
    pub creation_time: DateRange,
    /// Within; an entry without the time matches.
    pub service_start_time: DateRange,
    /// Within; an entry without the time matches.
    pub service_stop_time: DateRange,
    /// Any of these patterns: `%` stands for any text, `_` for one character.
    pub author_persons: Vec<String>,
    /// Any of these.
    pub entry_types: Vec<DocumentEntryType>,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// Document entries by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDocuments {
    /// Which.
    pub by: DocumentSelector,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// By which id documents are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentSelector {
    /// By entryUUID.
    EntryUuids(Vec<EntryUuid>),
    /// By uniqueId; one may give several entries.
    UniqueIds(Vec<UniqueId>),
    /// By logicalID, at level 2.
    LogicalIds(Vec<LogicalId>),
}

/// A submission set and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetSubmissionSetAndContents {
    /// Which.
    pub by: SubmissionSetSelector,
    /// Which documents of it.
    pub contents: ContentFilter,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// By which id a submission set is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmissionSetSelector {
    /// By entryUUID.
    EntryUuid(EntryUuid),
    /// By uniqueId.
    UniqueId(UniqueId),
}

/// Associations whose source or target is one of the objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAssociations {
    /// The objects.
    pub uuids: Vec<EntryUuid>,
    /// At level 2, associations in these statuses; Approved if the client named none.
    pub statuses: Vec<AvailabilityStatus>,
    /// How much history shows.
    pub level: MetadataLevel,
}

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
    /// Which documents.
    pub contents: ContentFilter,
    /// How much history shows.
    pub level: MetadataLevel,
}

/// Which documents of a whole are returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentFilter {
    /// Any of these.
    pub format_codes: Vec<Code>,
    /// From each list any.
    pub confidentiality_codes: Vec<Vec<Code>>,
    /// Any of these.
    pub entry_types: Vec<DocumentEntryType>,
}

/// From, inclusive, to, exclusive; compared at the earliest instant implied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DateRange {
    /// Not before.
    pub from: Option<Dtm>,
    /// Before.
    pub to: Option<Dtm>,
}

/// How much history a query shows. Spec: ITI Metadata Update supplement, 3.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataLevel {
    /// The latest versions and what is in force.
    One,
    /// Every version and deprecated associations.
    Two,
}

/// Understands a query. In profile `dmp` the patient of the assertion stands in for a patient parameter that is
/// missing. Spec: ITI TF-2: 3.18.4.1.2.3; DMP `RG_3010`.
pub fn decode(
    request: &AdhocQueryRequest,
    profile: Profile,
    default_patient: Option<&PatientId>,
) -> (Option<StoredQuery>, Vec<Finding>) {
    let Some(id) = StoredQueryId::of_urn(&request.id) else {
        return (None, vec![unknown(&request.id)]);
    };
    let default_patient = default_patient.filter(|_| profile == Profile::Dmp);
    let mut parameters = Parameters::read(id, &request.slots, profile, default_patient);
    let query = match id {
        StoredQueryId::FindDocuments => find_documents(&mut parameters),
        StoredQueryId::GetDocuments => get_documents(&mut parameters),
        StoredQueryId::GetSubmissionSetAndContents => get_submission_set_and_contents(&mut parameters),
        StoredQueryId::GetAssociations => Some(get_associations(&mut parameters)),
        StoredQueryId::GetAll => get_all(&mut parameters),
        StoredQueryId::FindSubmissionSets
        | StoredQueryId::FindFolders
        | StoredQueryId::GetFolders
        | StoredQueryId::GetDocumentsAndAssociations
        | StoredQueryId::GetSubmissionSets
        | StoredQueryId::GetFolderAndContents
        | StoredQueryId::GetFoldersForDocument
        | StoredQueryId::GetRelatedDocuments
        | StoredQueryId::FindDocumentsByReferenceId
        | StoredQueryId::FindDocumentsForMultiplePatients
        | StoredQueryId::FindFoldersForMultiplePatients => return (None, vec![unknown(id.name())]),
    };
    let findings = parameters.into_findings();
    (query.filter(|_| findings.is_empty()), findings)
}

fn unknown(query: &str) -> Finding {
    let query: String = query.chars().take(64).collect();
    let context = format!("the stored query {query} is not served");
    Finding::error("QUERY-ID", ErrorCode::UnknownStoredQuery, context)
}

fn find_documents(parameters: &mut Parameters) -> Option<StoredQuery> {
    use crate::xds::query::parameter::document as name;
    let patient = parameters.patient(&name::PATIENT_ID);
    let statuses = parameters.statuses(&name::STATUS);
    let class_codes = parameters.codes(&name::CLASS_CODE);
    let type_codes = parameters.codes(&name::TYPE_CODE);
    let practice_setting_codes = parameters.codes(&name::PRACTICE_SETTING_CODE);
    let healthcare_facility_type_codes = parameters.codes(&name::HEALTHCARE_FACILITY_TYPE_CODE);
    let format_codes = parameters.codes(&name::FORMAT_CODE);
    let event_codes = parameters.code_lists(&name::EVENT_CODE_LIST);
    let confidentiality_codes = parameters.code_lists(&name::CONFIDENTIALITY_CODE);
    let creation_time = parameters.range(&name::CREATION_TIME_FROM, &name::CREATION_TIME_TO);
    let service_start_time = parameters.range(&name::SERVICE_START_TIME_FROM, &name::SERVICE_START_TIME_TO);
    let service_stop_time = parameters.range(&name::SERVICE_STOP_TIME_FROM, &name::SERVICE_STOP_TIME_TO);
    let author_persons = parameters.texts(&name::AUTHOR_PERSON);
    let entry_types = parameters.entry_types(&name::TYPE);
    let level = parameters.level();
    Some(StoredQuery::FindDocuments(Box::new(FindDocuments {
        patient: patient?,
        statuses,
        class_codes,
        type_codes,
        practice_setting_codes,
        healthcare_facility_type_codes,
        format_codes,
        event_codes,
        confidentiality_codes,
        creation_time,
        service_start_time,
        service_stop_time,
        author_persons,
        entry_types,
        level,
    })))
}

fn get_documents(parameters: &mut Parameters) -> Option<StoredQuery> {
    use crate::xds::query::parameter::document as name;
    let level = parameters.level();
    let chosen = parameters.selector(&[&name::ENTRY_UUID, &name::UNIQUE_ID, &name::LOGICAL_ID])?;
    let by = if chosen == &name::ENTRY_UUID {
        DocumentSelector::EntryUuids(parameters.uuids(chosen))
    } else if chosen == &name::UNIQUE_ID {
        DocumentSelector::UniqueIds(parameters.unique_ids(chosen))
    } else {
        if level == MetadataLevel::One {
            parameters.refuse("QUERY-LEVEL", chosen.name, "needs $MetadataLevel 2");
        }
        DocumentSelector::LogicalIds(parameters.logical_ids(chosen))
    };
    Some(StoredQuery::GetDocuments(GetDocuments { by, level }))
}

fn get_submission_set_and_contents(parameters: &mut Parameters) -> Option<StoredQuery> {
    use crate::xds::query::parameter::submission_set as name;
    let contents = content_filter(parameters);
    let level = parameters.level();
    let chosen = parameters.selector(&[&name::ENTRY_UUID, &name::UNIQUE_ID])?;
    let by = if chosen == &name::ENTRY_UUID {
        SubmissionSetSelector::EntryUuid(parameters.uuids(chosen).into_iter().next()?)
    } else {
        SubmissionSetSelector::UniqueId(parameters.unique_ids(chosen).into_iter().next()?)
    };
    let query = GetSubmissionSetAndContents { by, contents, level };
    Some(StoredQuery::GetSubmissionSetAndContents(query))
}

fn get_associations(parameters: &mut Parameters) -> StoredQuery {
    use crate::xds::query::parameter::association as name;
    let uuids = parameters.uuids(&name::UUID);
    let statuses = parameters.optional_statuses(&name::STATUS);
    let level = parameters.level();
    StoredQuery::GetAssociations(GetAssociations { uuids, statuses, level })
}

fn get_all(parameters: &mut Parameters) -> Option<StoredQuery> {
    use crate::xds::query::parameter::{all, document, folder, submission_set};
    let patient = parameters.patient(&all::PATIENT_ID);
    let entry_statuses = parameters.statuses(&document::STATUS);
    let submission_set_statuses = parameters.statuses(&submission_set::STATUS);
    let folder_statuses = parameters.statuses(&folder::STATUS);
    let contents = content_filter(parameters);
    let level = parameters.level();
    Some(StoredQuery::GetAll(GetAll {
        patient: patient?,
        entry_statuses,
        submission_set_statuses,
        folder_statuses,
        contents,
        level,
    }))
}

fn content_filter(parameters: &mut Parameters) -> ContentFilter {
    use crate::xds::query::parameter::document as name;
    ContentFilter {
        format_codes: parameters.codes(&name::FORMAT_CODE),
        confidentiality_codes: parameters.code_lists(&name::CONFIDENTIALITY_CODE),
        entry_types: parameters.entry_types(&name::TYPE),
    }
}
