//! The rules of the use cases, asked where the registry, the repository and the caller meet.
//! Spec: ITI TF-2: 3.18, 3.41, 3.43; DMP TD2.1, TD3.1, TD3.2.

use crate::xds::error::ErrorCode;
use crate::xds::rule::{Rule, Scope, rules};

rules! {
    PATIENT_OF_SUBMISSION = Rule::new("ADM-PATIENT-03", ErrorCode::PatientIdDoesNotMatch,
        "the patient of the SubmissionSet is the patient of the assertion", "DMP TD2.1");
    PATIENT_OF_QUERY = Rule::new("ADM-PATIENT-04", ErrorCode::PatientIdDoesNotMatch,
        "the patient of the query is the patient of the assertion", "DMP TD3.1");
    PATIENT_OF_UPDATE = Rule::new("ADM-PATIENT-05", ErrorCode::PatientIdDoesNotMatch,
        "the objects that an update names or changes are of the patient of the assertion", "DMP TD3.3");
    PATIENT_OF_NAMED = Rule::new("ADM-PATIENT-06", ErrorCode::PatientIdDoesNotMatch,
        "the objects of the registry that a submission names are of the patient of the assertion", "DMP TD2.1");
    DOCUMENT_KEPT = Rule::new("DOC-KEPT", ErrorCode::NonIdenticalHash,
        "a document whose uniqueId the repository keeps has the same bytes",
        "ITI TF-3: Table 4.2.4.1-2, XDSNonIdenticalHash");
    DOCUMENT_LARGE = Rule::new("PROVIDE-LARGE", ErrorCode::RepositoryError,
        "a document is no larger than repository.max_document_bytes", "gateway limit");
    CLINICAL_DOCUMENT = Rule::new("CDA-DEPOSIT", ErrorCode::RepositoryError,
        "a CDA document keeps the rules of clinical documents, which the finding names (cda.validation)",
        "DMP TD2.1; ANS Structuration minimale").only(Scope::DmpOnly);
    DOCUMENT_NUMBER = Rule::new("PROVIDE-NUMBER", ErrorCode::RepositoryError,
        "a submission brings no more documents than domain.documents_per_submission", "gateway limit");
    STORAGE = Rule::new("GW-STORAGE", ErrorCode::RegistryError,
        "the gateway can read and write its store; the same request may succeed later", "ITI TF-3: Table 4.2.4.1-2")
        .or(&[
            ErrorCode::RepositoryError,
            ErrorCode::RegistryNotAvailable,
            ErrorCode::RegistryBusy,
            ErrorCode::RepositoryBusy,
        ]);
    REMOVAL_METADATA = Rule::new("REMOVE-OFF", ErrorCode::RegistryError,
        "metadata is removed only where domain.removal allows it, by callers who are proven", "ITI TF-2: 3.62.4.1.3");
    REMOVAL_DOCUMENTS = Rule::new("RMD-OFF", ErrorCode::RemoveDocumentsError,
        "documents are removed only where domain.removal allows it, by callers who are proven", "ITI TF-2: 3.86.4.1.3");
    RETRIEVE_READ = Rule::new("RET-READ", ErrorCode::RepositoryError,
        "a document that is registered can be read", "ITI TF-2: 3.43.4.1.3");
    RETRIEVE_REPOSITORY = Rule::new("RET-REPOSITORY", ErrorCode::UnknownRepositoryId,
        "a document is asked of the repository that keeps it", "ITI TF-3: Table 4.2.4.1-2, XDSUnknownRepositoryId");
    RETRIEVE_ON_DEMAND = Rule::new("RET-ON-DEMAND", ErrorCode::DocumentUniqueIdError,
        "a document that is made on demand is asked of the source that registered it", "ITI TF-2: 3.43.4.1.3, 3.61.4.1.3");
    RETRIEVE_UNKNOWN = Rule::new("RET-UNKNOWN", ErrorCode::DocumentUniqueIdError,
        "a document that is asked for is kept here and is for this caller",
        "ITI TF-3: Table 4.2.4.1-2, XDSDocumentUniqueIdError");
    REMOVE_REPOSITORY = Rule::new("RMD-REPOSITORY", ErrorCode::UnknownRepositoryId,
        "a document is removed from the repository that keeps it", "ITI TF-3: Table 4.2.4.1-2, XDSUnknownRepositoryId");
    REMOVE_UNKNOWN = Rule::new("RMD-UNKNOWN", ErrorCode::DocumentUniqueIdError,
        "a document to be removed is kept here and is for this caller",
        "ITI TF-3: Table 4.2.4.1-2, XDSDocumentUniqueIdError");
    REMOVE_FAILED = Rule::new("RMD-FAILED", ErrorCode::RemoveDocumentsError,
        "a document that is kept here can be removed; the same request may succeed later", "ITI TF-2: 3.86.4.1.3");
    SINGLE_PATIENT = Rule::new("SQ-SINGLE-PATIENT", ErrorCode::ResultNotSinglePatient,
        "whole objects in one answer are of one patient", "ITI TF-2: 3.18.4.1.2.3.8");
    TOO_MANY = Rule::new("SQ-TOO-MANY", ErrorCode::TooManyResults,
        "an answer holds no more whole objects than domain.query_results, and a search finds no more than 100,000", "gateway limit");
}
