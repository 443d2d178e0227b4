//! The ids of the stored queries. Spec: ITI TF-2: 3.18.4.1.2.4, 3.51.4.1.2.4.

/// Declares the enum and its table from one list.
macro_rules! stored_queries {
    ($($(#[$doc:meta])* $variant:ident = $uuid:literal,)*) => {
        /// A stored query of the standard.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum StoredQueryId { $($(#[$doc])* $variant,)* }

        /// Every query with its id and its name.
        pub const TABLE: &[(StoredQueryId, &str, &str)] =
            &[$((StoredQueryId::$variant, $uuid, stringify!($variant)),)*];
    };
}

stored_queries! {
    /// Document entries of a patient.
    FindDocuments = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
    /// Submission sets of a patient.
    FindSubmissionSets = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9",
    /// Folders of a patient.
    FindFolders = "urn:uuid:958f3006-baad-4929-a4de-ff1114824431",
    /// Everything of a patient.
    GetAll = "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3",
    /// Document entries by id.
    GetDocuments = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4",
    /// Folders by id.
    GetFolders = "urn:uuid:5737b14c-8a1a-4539-b659-e03a34a5e1e4",
    /// Associations of objects.
    GetAssociations = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155",
    /// Document entries by id, with their associations.
    GetDocumentsAndAssociations = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a",
    /// Submission sets of objects.
    GetSubmissionSets = "urn:uuid:51224314-5390-4169-9b91-b1980040715a",
    /// A submission set and what it holds.
    GetSubmissionSetAndContents = "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83",
    /// A folder and what it holds.
    GetFolderAndContents = "urn:uuid:b909a503-523d-4517-8acf-8e5834dfc4c7",
    /// Folders that hold a document.
    GetFoldersForDocument = "urn:uuid:10cae35a-c7f9-4cf5-b61e-fc3278ffb578",
    /// Documents related to a document.
    GetRelatedDocuments = "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6",
    /// Document entries by what they are about.
    FindDocumentsByReferenceId = "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492",
    /// Document entries of several patients, by ITI-51.
    FindDocumentsForMultiplePatients = "urn:uuid:3d1bdb10-39a2-11de-89c2-2f44d94eaa9f",
    /// Folders of several patients, by ITI-51.
    FindFoldersForMultiplePatients = "urn:uuid:50d3f5ac-39a2-11de-a1ca-b366239e58df",
}

impl StoredQueryId {
    /// The query of an id.
    pub fn of_urn(urn: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known, _)| *known == urn).map(|(id, _, _)| *id)
    }

    /// The wire form.
    pub fn as_urn(self) -> &'static str {
        TABLE.iter().find(|(id, _, _)| *id == self).map_or("", |(_, urn, _)| urn)
    }

    /// Whether the query may concern several patients: those of ITI-51 do, and ITI-51 takes no other.
    /// Spec: ITI TF-2: 3.51.4.1.2.
    pub fn is_of_several_patients(self) -> bool {
        matches!(self, Self::FindDocumentsForMultiplePatients | Self::FindFoldersForMultiplePatients)
    }

    /// The name in the standard.
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|(id, _, _)| *id == self).map_or("", |(_, _, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::{StoredQueryId, TABLE};
    use crate::datatype::entry_uuid::is_uuid_urn;

    #[test]
    fn each_query_has_an_id_that_reads_back() {
        for (id, urn, name) in TABLE {
            assert!(is_uuid_urn(urn), "{name}");
            assert_eq!(StoredQueryId::of_urn(urn), Some(*id));
            assert_eq!((id.as_urn(), id.name()), (*urn, *name));
        }
    }
}
