//! The names of the stored queries and what each of them takes. Spec: ITI TF-2: 3.18.4.1.2.3.7.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    FindDocuments,
    FindSubmissionSets,
    FindFolders,
    GetAll,
    GetDocuments,
    GetFolders,
    GetAssociations,
    GetDocumentsAndAssociations,
    GetSubmissionSets,
    GetSubmissionSetAndContents,
    GetFolderAndContents,
    GetFoldersForDocument,
    GetRelatedDocuments,
    FindDocumentsByReferenceId,
    FindDocumentsForMultiplePatients,
    FindFoldersForMultiplePatients,
}

impl Name {
    pub(crate) const ALL: [Self; 16] = [
        Self::FindDocuments,
        Self::FindSubmissionSets,
        Self::FindFolders,
        Self::GetAll,
        Self::GetDocuments,
        Self::GetFolders,
        Self::GetAssociations,
        Self::GetDocumentsAndAssociations,
        Self::GetSubmissionSets,
        Self::GetSubmissionSetAndContents,
        Self::GetFolderAndContents,
        Self::GetFoldersForDocument,
        Self::GetRelatedDocuments,
        Self::FindDocumentsByReferenceId,
        Self::FindDocumentsForMultiplePatients,
        Self::FindFoldersForMultiplePatients,
    ];

    pub(crate) fn urn(self) -> &'static str {
        match self {
            Self::FindDocuments => "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
            Self::FindSubmissionSets => "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9",
            Self::FindFolders => "urn:uuid:958f3006-baad-4929-a4de-ff1114824431",
            Self::GetAll => "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3",
            Self::GetDocuments => "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4",
            Self::GetFolders => "urn:uuid:5737b14c-8a1a-4539-b659-e03a34a5e1e4",
            Self::GetAssociations => "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155",
            Self::GetDocumentsAndAssociations => "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a",
            Self::GetSubmissionSets => "urn:uuid:51224314-5390-4169-9b91-b1980040715a",
            Self::GetSubmissionSetAndContents => "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83",
            Self::GetFolderAndContents => "urn:uuid:b909a503-523d-4517-8acf-8e5834dfc4c7",
            Self::GetFoldersForDocument => "urn:uuid:10cae35a-c7f9-4cf5-b61e-fc3278ffb578",
            Self::GetRelatedDocuments => "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6",
            Self::FindDocumentsByReferenceId => "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492",
            Self::FindDocumentsForMultiplePatients => "urn:uuid:3d1bdb10-39a2-11de-89c2-2f44d94eaa9f",
            Self::FindFoldersForMultiplePatients => "urn:uuid:50d3f5ac-39a2-11de-a1ca-b366239e58df",
        }
    }

    pub(crate) fn is_of_several_patients(self) -> bool {
        matches!(self, Self::FindDocumentsForMultiplePatients | Self::FindFoldersForMultiplePatients)
    }

    /// Whether documents, sets or folders are chosen by their codes. A parameter that a query does not take is ignored.
    pub(crate) fn takes_codes(self) -> bool {
        let whole = matches!(self, Self::GetAll | Self::GetSubmissionSetAndContents | Self::GetFolderAndContents);
        whole
            || is_find(self)
                && !matches!(self, Self::FindSubmissionSets | Self::FindFolders | Self::FindFoldersForMultiplePatients)
    }

    /// What must stand in the query.
    pub(crate) fn required(self) -> &'static [&'static str] {
        match self {
            Self::FindDocuments => &["$XDSDocumentEntryPatientId", "$XDSDocumentEntryStatus"],
            Self::FindDocumentsByReferenceId => {
                &["$XDSDocumentEntryPatientId", "$XDSDocumentEntryStatus", "$XDSDocumentEntryReferenceIdList"]
            }
            Self::FindDocumentsForMultiplePatients => &["$XDSDocumentEntryStatus"],
            Self::FindSubmissionSets => &["$XDSSubmissionSetPatientId", "$XDSSubmissionSetStatus"],
            Self::FindFolders => &["$XDSFolderPatientId", "$XDSFolderStatus"],
            Self::FindFoldersForMultiplePatients => &["$XDSFolderStatus"],
            Self::GetAll => &["$patientId", "$XDSDocumentEntryStatus", "$XDSSubmissionSetStatus", "$XDSFolderStatus"],
            Self::GetAssociations | Self::GetSubmissionSets => &["$uuid"],
            Self::GetRelatedDocuments => &["$AssociationTypes"],
            Self::GetDocuments
            | Self::GetFolders
            | Self::GetDocumentsAndAssociations
            | Self::GetSubmissionSetAndContents
            | Self::GetFolderAndContents
            | Self::GetFoldersForDocument => &[],
        }
    }

    /// Of which one at least must stand in the query; the selectors, of which no two may stand.
    pub(crate) fn one_of(self) -> (&'static [&'static str], bool) {
        match self {
            Self::GetDocuments | Self::GetDocumentsAndAssociations => {
                (&["$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId", "$XDSDocumentEntryLogicalID"], true)
            }
            Self::GetFoldersForDocument | Self::GetRelatedDocuments => {
                (&["$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId"], true)
            }
            Self::GetFolders => (&["$XDSFolderEntryUUID", "$XDSFolderUniqueId", "$XDSFolderLogicalID"], true),
            Self::GetFolderAndContents => (&["$XDSFolderEntryUUID", "$XDSFolderUniqueId"], true),
            Self::GetSubmissionSetAndContents => (&["$XDSSubmissionSetEntryUUID", "$XDSSubmissionSetUniqueId"], true),
            Self::FindDocumentsForMultiplePatients => (
                &[
                    "$XDSDocumentEntryPatientId",
                    "$XDSDocumentEntryClassCode",
                    "$XDSDocumentEntryEventCodeList",
                    "$XDSDocumentEntryHealthcareFacilityTypeCode",
                ],
                false,
            ),
            Self::FindFoldersForMultiplePatients => (&["$XDSFolderPatientId", "$XDSFolderCodeList"], false),
            Self::FindDocuments
            | Self::FindSubmissionSets
            | Self::FindFolders
            | Self::GetAll
            | Self::GetAssociations
            | Self::GetSubmissionSets
            | Self::FindDocumentsByReferenceId => (&[], false),
        }
    }

    /// Parameters that take one value.
    pub(crate) fn is_single(self, slot: &str) -> bool {
        let whole = matches!(
            self,
            Self::GetSubmissionSetAndContents
                | Self::GetFolderAndContents
                | Self::GetFoldersForDocument
                | Self::GetRelatedDocuments
        );
        let selects = slot.ends_with("EntryUUID") || slot.ends_with("UniqueId");
        let patient = slot.ends_with("PatientId") || slot == "$patientId";
        slot.ends_with("From")
            || slot.ends_with("To")
            || slot == "$MetadataLevel"
            || slot == "$XDSSubmissionSetAuthorPerson"
            || (whole && selects)
            || (patient && !self.is_of_several_patients())
    }
}

/// Parameters that may stand several times: each slot must be met.
pub(crate) fn is_repeatable(slot: &str) -> bool {
    matches!(
        slot,
        "$XDSDocumentEntryEventCodeList"
            | "$XDSDocumentEntryConfidentialityCode"
            | "$XDSDocumentEntryReferenceIdList"
            | "$XDSFolderCodeList"
    )
}

pub(crate) fn is_code(slot: &str) -> bool {
    slot.ends_with("Code") || slot.ends_with("CodeList") || slot.ends_with("ContentType")
}

pub(crate) fn is_find(name: Name) -> bool {
    matches!(
        name,
        Name::FindDocuments | Name::FindSubmissionSets | Name::FindFolders | Name::FindDocumentsByReferenceId
    ) || name.is_of_several_patients()
}
