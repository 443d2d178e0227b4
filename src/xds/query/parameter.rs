//! The parameters of the stored queries and how often each may stand. Spec: ITI TF-2: 3.18.4.1.2.3.7.
//!
//! What a parameter selects by is a row of the attribute table; here stands only what belongs to queries: whether
//! it is required, takes several values (OR), may be repeated (AND).

use crate::xds::metadata::attribute::submission_set as of_set;
use crate::xds::metadata::attribute::{AttributeRow, association as of_association, entry, folder as of_folder};
use crate::xds::query::id::StoredQueryId;

/// How many values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// One.
    One,
    /// Several in one slot, of which any may hold.
    Any,
    /// Several slots as well, each of which must hold.
    AllOfAny,
}

/// One parameter.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its slot name, with the dollar.
    pub name: &'static str,
    /// How many values it takes.
    pub values: Values,
    /// What it selects by; none for those that steer the answer.
    pub attribute: Option<&'static AttributeRow>,
}

const fn one(name: &'static str, attribute: &'static AttributeRow) -> Parameter {
    Parameter { name, values: Values::One, attribute: Some(attribute) }
}

const fn any(name: &'static str, attribute: &'static AttributeRow) -> Parameter {
    Parameter { name, values: Values::Any, attribute: Some(attribute) }
}

const fn all_of_any(name: &'static str, attribute: &'static AttributeRow) -> Parameter {
    Parameter { name, values: Values::AllOfAny, attribute: Some(attribute) }
}

/// How much history the answer shows.
pub static METADATA_LEVEL: Parameter = Parameter { name: "$MetadataLevel", values: Values::One, attribute: None };

/// Declares statics with one line of documentation for all: their names are those of the standard.
macro_rules! parameters {
    ($($constant:ident = $value:expr;)*) => { $(
        #[doc = concat!("`", stringify!($constant), "` of the standard.")]
        pub static $constant: Parameter = $value;
    )* };
}

/// Parameters that select document entries.
pub mod document {
    use crate::xds::query::parameter::{Parameter, all_of_any, any, entry, one};

    parameters! {
        PATIENT_ID = one("$XDSDocumentEntryPatientId", &entry::PATIENT_ID);
        PATIENT_IDS = any("$XDSDocumentEntryPatientId", &entry::PATIENT_ID);
        STATUS = any("$XDSDocumentEntryStatus", &entry::AVAILABILITY_STATUS);
        CLASS_CODE = any("$XDSDocumentEntryClassCode", &entry::CLASS_CODE);
        TYPE_CODE = any("$XDSDocumentEntryTypeCode", &entry::TYPE_CODE);
        PRACTICE_SETTING_CODE = any("$XDSDocumentEntryPracticeSettingCode", &entry::PRACTICE_SETTING_CODE);
        HEALTHCARE_FACILITY_TYPE_CODE =
            any("$XDSDocumentEntryHealthcareFacilityTypeCode", &entry::HEALTHCARE_FACILITY_TYPE_CODE);
        FORMAT_CODE = any("$XDSDocumentEntryFormatCode", &entry::FORMAT_CODE);
        EVENT_CODE_LIST = all_of_any("$XDSDocumentEntryEventCodeList", &entry::EVENT_CODE_LIST);
        CONFIDENTIALITY_CODE = all_of_any("$XDSDocumentEntryConfidentialityCode", &entry::CONFIDENTIALITY_CODE);
        CREATION_TIME_FROM = one("$XDSDocumentEntryCreationTimeFrom", &entry::CREATION_TIME);
        CREATION_TIME_TO = one("$XDSDocumentEntryCreationTimeTo", &entry::CREATION_TIME);
        SERVICE_START_TIME_FROM = one("$XDSDocumentEntryServiceStartTimeFrom", &entry::SERVICE_START_TIME);
        SERVICE_START_TIME_TO = one("$XDSDocumentEntryServiceStartTimeTo", &entry::SERVICE_START_TIME);
        SERVICE_STOP_TIME_FROM = one("$XDSDocumentEntryServiceStopTimeFrom", &entry::SERVICE_STOP_TIME);
        SERVICE_STOP_TIME_TO = one("$XDSDocumentEntryServiceStopTimeTo", &entry::SERVICE_STOP_TIME);
        AUTHOR_PERSON = any("$XDSDocumentEntryAuthorPerson", &entry::AUTHOR);
        TYPE = any("$XDSDocumentEntryType", &entry::OBJECT_TYPE);
        ENTRY_UUID = any("$XDSDocumentEntryEntryUUID", &entry::ENTRY_UUID);
        UNIQUE_ID = any("$XDSDocumentEntryUniqueId", &entry::UNIQUE_ID);
        ONE_ENTRY_UUID = one("$XDSDocumentEntryEntryUUID", &entry::ENTRY_UUID);
        ONE_UNIQUE_ID = one("$XDSDocumentEntryUniqueId", &entry::UNIQUE_ID);
        LOGICAL_ID = any("$XDSDocumentEntryLogicalID", &entry::LOGICAL_ID);
        REFERENCE_ID_LIST = all_of_any("$XDSDocumentEntryReferenceIdList", &entry::REFERENCE_ID_LIST);
        AVAILABILITY = any("$XDSDocumentEntryDocumentAvailability", &entry::DOCUMENT_AVAILABILITY);
    }
}

/// Parameters that select submission sets.
pub mod submission_set {
    use crate::xds::query::parameter::{Parameter, any, of_set, one};

    parameters! {
        PATIENT_ID = one("$XDSSubmissionSetPatientId", &of_set::PATIENT_ID);
        STATUS = any("$XDSSubmissionSetStatus", &of_set::AVAILABILITY_STATUS);
        SOURCE_ID = any("$XDSSubmissionSetSourceId", &of_set::SOURCE_ID);
        SUBMISSION_TIME_FROM = one("$XDSSubmissionSetSubmissionTimeFrom", &of_set::SUBMISSION_TIME);
        SUBMISSION_TIME_TO = one("$XDSSubmissionSetSubmissionTimeTo", &of_set::SUBMISSION_TIME);
        AUTHOR_PERSON = one("$XDSSubmissionSetAuthorPerson", &of_set::AUTHOR);
        CONTENT_TYPE = any("$XDSSubmissionSetContentType", &of_set::CONTENT_TYPE_CODE);
        ENTRY_UUID = one("$XDSSubmissionSetEntryUUID", &of_set::ENTRY_UUID);
        UNIQUE_ID = one("$XDSSubmissionSetUniqueId", &of_set::UNIQUE_ID);
    }
}

/// Parameters that select folders.
pub mod folder {
    use crate::xds::query::parameter::{Parameter, all_of_any, any, of_folder, one};

    parameters! {
        PATIENT_ID = one("$XDSFolderPatientId", &of_folder::PATIENT_ID);
        PATIENT_IDS = any("$XDSFolderPatientId", &of_folder::PATIENT_ID);
        STATUS = any("$XDSFolderStatus", &of_folder::AVAILABILITY_STATUS);
        LAST_UPDATE_TIME_FROM = one("$XDSFolderLastUpdateTimeFrom", &of_folder::LAST_UPDATE_TIME);
        LAST_UPDATE_TIME_TO = one("$XDSFolderLastUpdateTimeTo", &of_folder::LAST_UPDATE_TIME);
        CODE_LIST = all_of_any("$XDSFolderCodeList", &of_folder::CODE_LIST);
        ENTRY_UUID = any("$XDSFolderEntryUUID", &of_folder::ENTRY_UUID);
        UNIQUE_ID = any("$XDSFolderUniqueId", &of_folder::UNIQUE_ID);
        ONE_ENTRY_UUID = one("$XDSFolderEntryUUID", &of_folder::ENTRY_UUID);
        ONE_UNIQUE_ID = one("$XDSFolderUniqueId", &of_folder::UNIQUE_ID);
        LOGICAL_ID = any("$XDSFolderLogicalID", &of_folder::LOGICAL_ID);
    }
}

/// Parameters that select associations.
pub mod association {
    use crate::xds::query::parameter::{Parameter, any, of_association};

    parameters! {
        UUID = any("$uuid", &of_association::SOURCE_OBJECT);
        STATUS = any("$XDSAssociationStatus", &of_association::AVAILABILITY_STATUS);
        TYPES = any("$AssociationTypes", &of_association::ASSOCIATION_TYPE);
    }
}

/// Parameters that select whatever belongs to a patient.
pub mod all {
    use crate::xds::query::parameter::{Parameter, of_set, one};

    parameters! {
        PATIENT_ID = one("$patientId", &of_set::PATIENT_ID);
    }
}

/// A parameter as one query takes it.
pub type Taken = (&'static Parameter, Need);

/// Whether a query needs a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must stand.
    Required,
    /// It may stand.
    Optional,
}

use Need::{Optional as O, Required as R};

/// What `FindDocuments` and its kin choose by, besides the patient.
macro_rules! entry_criteria {
    ($patient:expr $(, $more:expr)*) => {
        &[
            $patient,
            (&document::STATUS, R),
            (&document::CLASS_CODE, O),
            (&document::TYPE_CODE, O),
            (&document::PRACTICE_SETTING_CODE, O),
            (&document::HEALTHCARE_FACILITY_TYPE_CODE, O),
            (&document::FORMAT_CODE, O),
            (&document::EVENT_CODE_LIST, O),
            (&document::CONFIDENTIALITY_CODE, O),
            (&document::CREATION_TIME_FROM, O),
            (&document::CREATION_TIME_TO, O),
            (&document::SERVICE_START_TIME_FROM, O),
            (&document::SERVICE_START_TIME_TO, O),
            (&document::SERVICE_STOP_TIME_FROM, O),
            (&document::SERVICE_STOP_TIME_TO, O),
            (&document::AUTHOR_PERSON, O),
            (&document::TYPE, O),
            (&document::AVAILABILITY, O),
            (&METADATA_LEVEL, O),
            $($more,)*
        ]
    };
}

static FIND_DOCUMENTS: &[Taken] = entry_criteria![(&document::PATIENT_ID, R)];

static FIND_DOCUMENTS_BY_REFERENCE_ID: &[Taken] =
    entry_criteria![(&document::PATIENT_ID, R), (&document::REFERENCE_ID_LIST, R)];

static FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS: &[Taken] = entry_criteria![(&document::PATIENT_IDS, O)];

static FIND_SUBMISSION_SETS: &[Taken] = &[
    (&submission_set::PATIENT_ID, R),
    (&submission_set::STATUS, R),
    (&submission_set::SOURCE_ID, O),
    (&submission_set::SUBMISSION_TIME_FROM, O),
    (&submission_set::SUBMISSION_TIME_TO, O),
    (&submission_set::AUTHOR_PERSON, O),
    (&submission_set::CONTENT_TYPE, O),
    (&METADATA_LEVEL, O),
];

/// What `FindFolders` and its kin choose by, besides the patient.
macro_rules! folder_criteria {
    ($patient:expr) => {
        &[
            $patient,
            (&folder::STATUS, R),
            (&folder::LAST_UPDATE_TIME_FROM, O),
            (&folder::LAST_UPDATE_TIME_TO, O),
            (&folder::CODE_LIST, O),
            (&METADATA_LEVEL, O),
        ]
    };
}

static FIND_FOLDERS: &[Taken] = folder_criteria![(&folder::PATIENT_ID, R)];

static FIND_FOLDERS_FOR_MULTIPLE_PATIENTS: &[Taken] = folder_criteria![(&folder::PATIENT_IDS, O)];

static GET_ALL: &[Taken] = &[
    (&all::PATIENT_ID, R),
    (&document::STATUS, R),
    (&submission_set::STATUS, R),
    (&folder::STATUS, R),
    (&document::FORMAT_CODE, O),
    (&document::CONFIDENTIALITY_CODE, O),
    (&document::TYPE, O),
    (&association::STATUS, O),
    (&METADATA_LEVEL, O),
];

static GET_DOCUMENTS: &[Taken] =
    &[(&document::ENTRY_UUID, O), (&document::UNIQUE_ID, O), (&document::LOGICAL_ID, O), (&METADATA_LEVEL, O)];

static GET_FOLDERS: &[Taken] =
    &[(&folder::ENTRY_UUID, O), (&folder::UNIQUE_ID, O), (&folder::LOGICAL_ID, O), (&METADATA_LEVEL, O)];

static GET_DOCUMENTS_AND_ASSOCIATIONS: &[Taken] = &[
    (&document::ENTRY_UUID, O),
    (&document::UNIQUE_ID, O),
    (&document::LOGICAL_ID, O),
    (&association::STATUS, O),
    (&METADATA_LEVEL, O),
];

/// `GetAssociations` and `GetSubmissionSets`.
static OF_OBJECTS: &[Taken] = &[(&association::UUID, R), (&association::STATUS, O), (&METADATA_LEVEL, O)];

static GET_SUBMISSION_SET_AND_CONTENTS: &[Taken] = &[
    (&submission_set::ENTRY_UUID, O),
    (&submission_set::UNIQUE_ID, O),
    (&document::FORMAT_CODE, O),
    (&document::CONFIDENTIALITY_CODE, O),
    (&document::TYPE, O),
    (&association::STATUS, O),
    (&METADATA_LEVEL, O),
];

static GET_FOLDER_AND_CONTENTS: &[Taken] = &[
    (&folder::ONE_ENTRY_UUID, O),
    (&folder::ONE_UNIQUE_ID, O),
    (&document::FORMAT_CODE, O),
    (&document::CONFIDENTIALITY_CODE, O),
    (&document::TYPE, O),
    (&association::STATUS, O),
    (&METADATA_LEVEL, O),
];

static GET_FOLDERS_FOR_DOCUMENT: &[Taken] =
    &[(&document::ONE_ENTRY_UUID, O), (&document::ONE_UNIQUE_ID, O), (&association::STATUS, O), (&METADATA_LEVEL, O)];

static GET_RELATED_DOCUMENTS: &[Taken] = &[
    (&document::ONE_ENTRY_UUID, O),
    (&document::ONE_UNIQUE_ID, O),
    (&association::TYPES, R),
    (&document::TYPE, O),
    (&association::STATUS, O),
    (&METADATA_LEVEL, O),
];

/// The parameters of a query; any other is ignored.
pub fn of_query(id: StoredQueryId) -> &'static [Taken] {
    match id {
        StoredQueryId::FindDocuments => FIND_DOCUMENTS,
        StoredQueryId::FindSubmissionSets => FIND_SUBMISSION_SETS,
        StoredQueryId::FindFolders => FIND_FOLDERS,
        StoredQueryId::GetAll => GET_ALL,
        StoredQueryId::GetDocuments => GET_DOCUMENTS,
        StoredQueryId::GetFolders => GET_FOLDERS,
        StoredQueryId::GetAssociations | StoredQueryId::GetSubmissionSets => OF_OBJECTS,
        StoredQueryId::GetDocumentsAndAssociations => GET_DOCUMENTS_AND_ASSOCIATIONS,
        StoredQueryId::GetSubmissionSetAndContents => GET_SUBMISSION_SET_AND_CONTENTS,
        StoredQueryId::GetFolderAndContents => GET_FOLDER_AND_CONTENTS,
        StoredQueryId::GetFoldersForDocument => GET_FOLDERS_FOR_DOCUMENT,
        StoredQueryId::GetRelatedDocuments => GET_RELATED_DOCUMENTS,
        StoredQueryId::FindDocumentsByReferenceId => FIND_DOCUMENTS_BY_REFERENCE_ID,
        StoredQueryId::FindDocumentsForMultiplePatients => FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS,
        StoredQueryId::FindFoldersForMultiplePatients => FIND_FOLDERS_FOR_MULTIPLE_PATIENTS,
    }
}

#[cfg(test)]
mod tests {
    use super::of_query;
    use crate::xds::metadata::attribute::TABLE as ATTRIBUTES;
    use crate::xds::query::id::TABLE as QUERIES;

    #[test]
    fn each_parameter_selects_by_an_attribute_that_names_it() {
        for (parameter, _) in QUERIES.iter().flat_map(|(id, _, _)| of_query(*id)) {
            assert!(parameter.name.starts_with('$'));
            if let Some(attribute) = parameter.attribute {
                assert!(attribute.query.contains(&parameter.name), "{} {}", attribute.spec(), parameter.name);
            }
        }
    }

    #[test]
    fn no_query_takes_a_parameter_in_two_ways() {
        for (id, _, name) in QUERIES {
            let mut names: Vec<&str> = of_query(*id).iter().map(|(parameter, _)| parameter.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), of_query(*id).len(), "{name}");
        }
    }

    #[test]
    fn each_parameter_that_an_attribute_names_is_taken_by_a_query() {
        let taken: Vec<&str> =
            QUERIES.iter().flat_map(|(id, _, _)| of_query(*id)).map(|(parameter, _)| parameter.name).collect();
        for attribute in ATTRIBUTES {
            for name in attribute.query {
                assert!(taken.contains(name), "{name} is taken by no query");
            }
        }
    }
}
