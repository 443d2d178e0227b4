//! The availability status of an object. Spec: ITI TF-3: 4.2.3.2.2; DMP `JDV_J52`.

/// Whether and how an object is available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AvailabilityStatus {
    /// In force.
    Approved,
    /// Replaced, or an older version.
    Deprecated,
    /// Put aside by its author. Only in profile `dmp`.
    Archived,
    /// Deleted by its author. Only in profile `dmp`.
    Deleted,
}

const TABLE: &[(AvailabilityStatus, &str)] = &[
    (AvailabilityStatus::Approved, "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"),
    (AvailabilityStatus::Deprecated, "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"),
    (AvailabilityStatus::Archived, "urn:asip:ci-sis:2010:StatusType:Archived"),
    (AvailabilityStatus::Deleted, "urn:asip:ci-sis:2010:StatusType:Deleted"),
];

impl AvailabilityStatus {
    /// Every status.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(status, _)| *status)
    }

    /// The wire form.
    pub fn as_urn(self) -> &'static str {
        TABLE.iter().find(|(status, _)| *status == self).map_or("", |(_, urn)| urn)
    }

    /// Reads the wire form.
    pub fn of_urn(urn: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known)| *known == urn).map(|(status, _)| *status)
    }
}

/// Whether the document can be fetched at once. An entry that does not say is of one that can.
/// Spec: ITI TF-3: 4.2.3.2.30.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentAvailability {
    /// At once.
    Online,
    /// Not at once.
    Offline,
}

const DOCUMENT_TABLE: &[(DocumentAvailability, &str)] = &[
    (DocumentAvailability::Online, "urn:ihe:iti:2010:DocumentAvailability:Online"),
    (DocumentAvailability::Offline, "urn:ihe:iti:2010:DocumentAvailability:Offline"),
];

impl DocumentAvailability {
    /// The wire form.
    pub fn as_urn(self) -> &'static str {
        DOCUMENT_TABLE.iter().find(|(availability, _)| *availability == self).map_or("", |(_, urn)| urn)
    }

    /// Reads the wire form.
    pub fn of_urn(urn: &str) -> Option<Self> {
        DOCUMENT_TABLE.iter().find(|(_, known)| *known == urn).map(|(availability, _)| *availability)
    }
}

#[cfg(test)]
mod tests {
    use super::{AvailabilityStatus, DocumentAvailability};

    #[test]
    fn each_availability_of_a_document_has_a_urn_that_reads_back() {
        for availability in [DocumentAvailability::Online, DocumentAvailability::Offline] {
            assert_eq!(DocumentAvailability::of_urn(availability.as_urn()), Some(availability));
        }
        assert_eq!(DocumentAvailability::of_urn("Online"), None);
    }

    #[test]
    fn each_status_has_a_urn_that_reads_back() {
        assert_eq!(AvailabilityStatus::all().count(), 4);
        for status in AvailabilityStatus::all() {
            assert_eq!(AvailabilityStatus::of_urn(status.as_urn()), Some(status));
        }
        assert_eq!(AvailabilityStatus::of_urn("Approved"), None);
    }
}
