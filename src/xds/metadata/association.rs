//! The association between two objects. Spec: ITI TF-3: 4.2.2, 4.2.1.4.

use crate::datatype::code::Code;
use crate::xds::metadata::object::{ObjectId, RegistryObject};

/// What an association says of its two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssociationType {
    /// The source holds the target.
    HasMember,
    /// The source replaces the target.
    Replace,
    /// The source adds to the target.
    Append,
    /// The source transforms the target.
    Transform,
    /// The source transforms the target and replaces it.
    TransformAndReplace,
    /// The source signs the target.
    Signs,
    /// The source is the target, kept at one moment.
    IsSnapshotOf,
    /// An order of ITI-57.
    UpdateAvailabilityStatus,
    /// An order of ITI-57.
    SubmitAssociation,
}

const TABLE: &[(AssociationType, &str)] = &[
    (AssociationType::HasMember, "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"),
    (AssociationType::Replace, "urn:ihe:iti:2007:AssociationType:RPLC"),
    (AssociationType::Append, "urn:ihe:iti:2007:AssociationType:APND"),
    (AssociationType::Transform, "urn:ihe:iti:2007:AssociationType:XFRM"),
    (AssociationType::TransformAndReplace, "urn:ihe:iti:2007:AssociationType:XFRM_RPLC"),
    (AssociationType::Signs, "urn:ihe:iti:2007:AssociationType:signs"),
    (AssociationType::IsSnapshotOf, "urn:ihe:iti:2010:AssociationType:IsSnapshotOf"),
    (AssociationType::UpdateAvailabilityStatus, "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"),
    (AssociationType::SubmitAssociation, "urn:ihe:iti:2010:AssociationType:SubmitAssociation"),
];

impl AssociationType {
    /// What orders an update and relates nothing. Spec: ITI TF-2: 3.57.4.1.3.3.
    pub const ORDERS: [Self; 2] = [Self::UpdateAvailabilityStatus, Self::SubmitAssociation];

    /// Every type.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(kind, _)| *kind)
    }

    /// The wire form.
    pub fn as_urn(self) -> &'static str {
        TABLE.iter().find(|(kind, _)| *kind == self).map_or("", |(_, urn)| urn)
    }

    /// Reads the wire form.
    pub fn of_urn(urn: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known)| *known == urn).map(|(kind, _)| *kind)
    }

    /// Whether the target is deprecated by it.
    pub fn replaces(self) -> bool {
        matches!(self, Self::Replace | Self::TransformAndReplace)
    }

    /// Whether it relates two documents, and may carry a documentation code or not.
    pub fn is_relationship(self) -> bool {
        match self {
            Self::Replace
            | Self::Append
            | Self::Transform
            | Self::TransformAndReplace
            | Self::Signs
            | Self::IsSnapshotOf => true,
            Self::HasMember | Self::UpdateAvailabilityStatus | Self::SubmitAssociation => false,
        }
    }
}

/// Whether a document came with the submission set or is only named by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionSetStatus {
    /// The document came with it.
    Original,
    /// The document was there before.
    Reference,
}

impl SubmissionSetStatus {
    /// The value of slot `SubmissionSetStatus`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Original => "Original",
            Self::Reference => "Reference",
        }
    }

    /// Reads the value of the slot.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Original, Self::Reference].into_iter().find(|status| status.as_str() == text)
    }
}

/// One association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// `@id`. Many senders leave it out at registration; the registry then gives one.
    pub id: Option<ObjectId>,
    /// `@associationType`.
    pub association_type: AssociationType,
    /// `@sourceObject`.
    pub source: ObjectId,
    /// `@targetObject`.
    pub target: ObjectId,
    /// Slot `SubmissionSetStatus`.
    pub submission_set_status: Option<SubmissionSetStatus>,
    /// Why a document was replaced, appended or transformed.
    pub documentation: Option<Code>,
    /// Everything that was sent.
    pub object: RegistryObject,
}

#[cfg(test)]
mod tests {
    use super::AssociationType;

    #[test]
    fn each_association_type_has_a_urn_that_reads_back() {
        for kind in AssociationType::all() {
            assert_eq!(AssociationType::of_urn(kind.as_urn()), Some(kind));
        }
        assert_eq!(AssociationType::of_urn("urn:ihe:iti:2007:AssociationType:APND_TXFM"), None);
    }
}
