//! What can be wrong with a submission or a query, in the words of the standard. Spec: ITI TF-3: Table 4.2.4.1-2.

use crate::datatype::cx::PatientId;
use crate::xds::rule::Rule;
use crate::xml::location::Location;

/// The rules a deployment follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The ITI technical framework and nothing else.
    Ihe,
    /// The French metadata profile of the DMP on top of it.
    Dmp,
}

/// Whether a finding refuses the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Taken, and said.
    Warning,
    /// Refused.
    Error,
}

impl Severity {
    /// The wire form.
    pub fn as_urn(self) -> &'static str {
        match self {
            Self::Warning => "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning",
            Self::Error => "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error",
        }
    }
}

/// Declares [`ErrorCode`] and its table from one list, so that the two cannot part.
macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal,)*) => {
        /// A value of `RegistryError/@errorCode`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        /// Every code with its wire form.
        pub const ERROR_CODES: &[(ErrorCode, &str)] = &[$((ErrorCode::$variant, $wire),)*];

        impl ErrorCode {
            /// The wire form.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)* }
            }
        }
    };
}

error_codes! {
    /// The rights of the caller do not reach. Spec: DMP FI-527.
    DmpAccessDeniedByRightsService = "DMPAccessDeniedByRightsService",
    /// An association that stays refers to what would be removed.
    ReferencesExist = "ReferencesExistException",
    /// A reference to an object that does not exist.
    UnresolvedReference = "UnresolvedReferenceException",
    /// The document is not available, not known, or not for this caller.
    DocumentUniqueIdError = "XDSDocumentUniqueIdError",
    /// A submission set or folder uniqueId was used before; in profile `dmp` also that of a document.
    DuplicateUniqueIdInRegistry = "XDSDuplicateUniqueIdInRegistry",
    /// Extra metadata was dropped.
    ExtraMetadataNotSaved = "XDSExtraMetadataNotSaved",
    /// A request that is not one of this transaction.
    InvalidRequest = "XDSInvalidRequestException",
    /// The association of an update does not say how the metadata is to be changed.
    MetadataAnnotation = "XDSMetadataAnnotationError",
    /// The identifier of an object that is updated is not its own.
    MetadataIdentifier = "XDSMetadataIdentifierError",
    /// An update cannot be carried out, and nothing more specific exists.
    MetadataUpdate = "XDSMetadataUpdateError",
    /// The operation of an update cannot be understood, or conflicts with another one.
    MetadataUpdateOperation = "XDSMetadataUpdateOperationError",
    /// The version that is updated is not the latest one.
    MetadataVersion = "XDSMetadataVersionError",
    /// An entry without document.
    MissingDocument = "XDSMissingDocument",
    /// A document without entry.
    MissingDocumentMetadata = "XDSMissingDocumentMetadata",
    /// The uniqueId is registered with other bytes.
    NonIdenticalHash = "XDSNonIdenticalHash",
    /// The uniqueId is registered with another size.
    NonIdenticalSize = "XDSNonIdenticalSize",
    /// An object of a kind that the transaction does not change.
    ObjectType = "XDSObjectTypeError",
    /// After the update objects of several patients would be related.
    PatientIdReconciliation = "XDSPatientIDReconciliationError",
    /// Objects that must name one patient name several.
    PatientIdDoesNotMatch = "XDSPatientIdDoesNotMatch",
    /// The registry is overloaded.
    RegistryBusy = "XDSRegistryBusy",
    /// An association to a document that is not Approved.
    RegistryDeprecatedDocument = "XDSRegistryDeprecatedDocumentError",
    /// One uniqueId twice in a message.
    RegistryDuplicateUniqueIdInMessage = "XDSRegistryDuplicateUniqueIdInMessage",
    /// Something more specific does not exist.
    RegistryError = "XDSRegistryError",
    /// The metadata is wrong, says the registry.
    RegistryMetadataError = "XDSRegistryMetadataError",
    /// The registry cannot be reached.
    RegistryNotAvailable = "XDSRegistryNotAvailable",
    /// The registry has no room.
    RegistryOutOfResources = "XDSRegistryOutOfResources",
    /// The repository is overloaded.
    RepositoryBusy = "XDSRepositoryBusy",
    /// One uniqueId twice in a message, says the repository.
    RepositoryDuplicateUniqueIdInMessage = "XDSRepositoryDuplicateUniqueIdInMessage",
    /// Something more specific does not exist.
    RepositoryError = "XDSRepositoryError",
    /// The metadata is wrong, says the repository.
    RepositoryMetadataError = "XDSRepositoryMetadataError",
    /// The repository has no room.
    RepositoryOutOfResources = "XDSRepositoryOutOfResources",
    /// A document could not be removed.
    RemoveDocumentsError = "XDSRemoveDocumentsError",
    /// The answer to the query concerns several patients.
    ResultNotSinglePatient = "XDSResultNotSinglePatient",
    /// A required query parameter is missing.
    StoredQueryMissingParam = "XDSStoredQueryMissingParam",
    /// A query parameter with the wrong number of values.
    StoredQueryParamNumber = "XDSStoredQueryParamNumber",
    /// More results than the registry gives.
    TooManyResults = "XDSTooManyResults",
    /// A patient that nobody announced.
    UnknownPatientId = "XDSUnknownPatientId",
    /// Another repository is meant.
    UnknownRepositoryId = "XDSUnknownRepositoryId",
    /// An attribute that the transaction does not change.
    UnmodifiableMetadata = "UnmodifiableMetadataError",
    /// An object that stays would be related to nothing.
    UnreferencedObject = "XDSUnreferencedObjectException",
    /// A query id that the registry does not serve.
    UnknownStoredQuery = "XDSUnknownStoredQuery",
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong, or was tolerated, in a request.
///
/// `context` may be logged: it never names a patient. The patient concerned stands apart, hides from `Debug`, and
/// is written only into the answer to the caller who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::manual_non_exhaustive, reason = "it is closed to this crate too: a finding is made from a rule")]
pub struct Finding {
    /// The rule that speaks.
    pub rule: &'static str,
    /// The code in the answer.
    pub code: ErrorCode,
    /// Whether the request is refused.
    pub severity: Severity,
    /// The object concerned, by the id it had in the request.
    pub object: Option<String>,
    /// The metadata attribute concerned, by its name in the standard.
    pub attribute: Option<&'static str>,
    /// Where it stands in the request.
    pub location: Option<Location>,
    /// What is wrong, for a developer.
    pub context: String,
    /// The patient that the request named, where the standard wants it said.
    pub patient: Option<PatientId>,
    /// Nobody else makes one: see [`Finding::of`].
    sealed: (),
}

impl Finding {
    /// What breaks a rule, with the code and the severity of the rule.
    pub fn of(rule: &'static Rule, context: impl Into<String>) -> Self {
        Self {
            rule: rule.id,
            code: rule.code,
            severity: rule.severity,
            object: None,
            attribute: None,
            location: None,
            context: context.into(),
            patient: None,
            sealed: (),
        }
    }

    /// The same with another of the codes that the rule names.
    #[must_use]
    pub fn coded(self, code: ErrorCode) -> Self {
        Self { code, ..self }
    }

    /// The same, taken all the same.
    #[must_use]
    pub fn tolerated(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// The same with the severity that the deployment gives it.
    #[must_use]
    pub fn weighed(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// Says which object is concerned.
    #[must_use]
    pub fn on(self, object: impl Into<String>) -> Self {
        Self { object: Some(object.into()), ..self }
    }

    /// Says which attribute is concerned.
    #[must_use]
    pub fn about(self, attribute: &'static str) -> Self {
        Self { attribute: Some(attribute), ..self }
    }

    /// Says where it stands.
    #[must_use]
    pub fn at(self, location: Location) -> Self {
        Self { location: Some(location), ..self }
    }

    /// Says which patient is concerned.
    #[must_use]
    pub fn of_patient(self, patient: &PatientId) -> Self {
        Self { patient: Some(patient.clone()), ..self }
    }

    /// Whether it refuses the request.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether any finding refuses the request.
pub fn refuses(findings: &[Finding]) -> bool {
    findings.iter().any(Finding::is_error)
}

#[cfg(test)]
mod tests {
    use super::{ERROR_CODES, Finding};
    use crate::datatype::cx::PatientId;

    #[test]
    fn each_error_code_has_its_own_wire_form() {
        let mut wire: Vec<&str> = ERROR_CODES.iter().map(|(_, wire)| *wire).collect();
        wire.sort_unstable();
        wire.dedup();
        assert_eq!(wire.len(), ERROR_CODES.len());
        assert!(ERROR_CODES.iter().all(|(code, wire)| code.as_str() == *wire));
    }

    #[test]
    fn a_finding_hides_its_patient_from_debug() {
        let patient = PatientId::parse("284067510512388^^^&1.2.250.1.213.1.4.10&ISO").unwrap();
        let rule = crate::xds::rule::all().next().unwrap();
        let finding = Finding::of(rule, "unknown").of_patient(&patient);
        assert!(!format!("{finding:?}").contains("284067510512388"));
    }
}
