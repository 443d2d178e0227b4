//! The data types of metadata values and the one check of each. Spec: ITI TF-3: Table 4.2.3.1.7-2.

use crate::datatype::Malformed;
use crate::datatype::cx::Cx;
use crate::datatype::dtm::Dtm;
use crate::datatype::entry_uuid::EntryUuid;
use crate::datatype::hash::Sha1;
use crate::datatype::language::Language;
use crate::datatype::mime::MimeType;
use crate::datatype::oid::{Oid, is_oid};
use crate::datatype::unique_id::{HomeCommunityId, RepositoryUniqueId, UniqueId};
use crate::datatype::xcn::Xcn;
use crate::xds::metadata::association::{AssociationType, SubmissionSetStatus};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::ObjectId;

/// What a metadata value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// URN of an association type.
    AssociationType,
    /// An author classification with its slots.
    Author,
    /// A coded value: code, scheme, display name.
    Code,
    /// An identifier with its authority.
    Cx,
    /// A reference identifier with its kind.
    Cxi,
    /// `urn:ihe:iti:2010:DocumentAvailability:…`.
    DocumentAvailability,
    /// UUID of a kind of document entry.
    DocumentEntryType,
    /// A date and time in UTC.
    Dtm,
    /// `urn:oid:` and an OID.
    HomeCommunityId,
    /// A language tag.
    Language,
    /// A media type.
    MimeType,
    /// A whole number.
    Number,
    /// An id, symbolic or a UUID.
    ObjectId,
    /// An OID.
    Oid,
    /// `PID-n|value`.
    PatientInfo,
    /// An organisation, a person or an address, in this order, between bars.
    Recipient,
    /// A SHA-1.
    Sha1,
    /// URN of an availability status.
    Status,
    /// `Original` or `Reference`.
    SubmissionSetStatus,
    /// Any text.
    Text,
    /// Identifier of a document, submission set or folder.
    UniqueId,
    /// UUID in URN form.
    Uuid,
    /// A person with an identifier.
    Xcn,
    /// `yes` or `no`.
    YesOrNo,
}

/// A type that is the parsed form of a [`DataType`].
pub trait AttributeValue: Sized {
    /// Of which.
    const TYPE: DataType;

    /// Takes the text if it has the right form.
    ///
    /// # Errors
    /// [`Malformed`], never with the text in it.
    fn read(text: &str) -> Result<Self, Malformed>;
}

/// Ties types that have a `parse` to their row of the list above.
macro_rules! attribute_values {
    ($($kind:ident: $($type:ty),+ => $parse:expr;)*) => { $($(
        impl AttributeValue for $type {
            const TYPE: DataType = DataType::$kind;

            fn read(text: &str) -> Result<Self, Malformed> {
                let parse: fn(&str) -> Result<$type, Malformed> = $parse;
                parse(text)
            }
        }
    )+)* };
}

attribute_values! {
    Cx: Cx => Cx::parse;
    Dtm: Dtm => Dtm::parse;
    HomeCommunityId: HomeCommunityId => HomeCommunityId::parse;
    Language: Language => Language::parse;
    MimeType: MimeType => MimeType::parse;
    Oid: Oid => Oid::parse;
    Sha1: Sha1 => Sha1::parse;
    UniqueId: UniqueId => UniqueId::parse;
    Uuid: EntryUuid => EntryUuid::parse;
    Xcn: Xcn => Xcn::parse;
    Text: String => |text| Ok(text.to_owned());
    Number: u64 => |text| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or(Malformed { kind: "number", expected: "digits only" })
    };
    ObjectId: ObjectId => |text| ObjectId::parse(text).ok_or(Malformed {
        kind: "id", expected: "a symbolic id, or urn:uuid: and a UUID in lower case",
    });
    Status: AvailabilityStatus => |text| AvailabilityStatus::of_urn(text).ok_or(Malformed {
        kind: "status", expected: "a URN such as urn:oasis:names:tc:ebxml-regrep:StatusType:Approved",
    });
    DocumentEntryType: DocumentEntryType => |text| DocumentEntryType::of_urn(text).ok_or(Malformed {
        kind: "objectType", expected: "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1 (stable document)",
    });
    AssociationType: AssociationType => |text| AssociationType::of_urn(text).ok_or(Malformed {
        kind: "associationType", expected: "HasMember, RPLC, APND, XFRM, XFRM_RPLC, signs or IsSnapshotOf, as a URN",
    });
    SubmissionSetStatus: SubmissionSetStatus => |text| SubmissionSetStatus::parse(text).ok_or(Malformed {
        kind: "SubmissionSetStatus", expected: "Original or Reference",
    });
}

/// A repository is named by an OID, in a type of its own.
impl AttributeValue for RepositoryUniqueId {
    const TYPE: DataType = DataType::Oid;

    fn read(text: &str) -> Result<Self, Malformed> {
        Self::parse(text)
    }
}

impl DataType {
    /// The name of the type in documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssociationType => "association type URN",
            Self::Author => "author",
            Self::Code => "code",
            Self::Cx => "CX",
            Self::Cxi => "CXi",
            Self::DocumentAvailability => "DocumentAvailability URN",
            Self::DocumentEntryType => "entry type UUID",
            Self::Dtm => "DTM",
            Self::HomeCommunityId => "urn:oid",
            Self::Language => "language tag",
            Self::MimeType => "media type",
            Self::Number => "number",
            Self::ObjectId => "id",
            Self::Oid => "OID",
            Self::PatientInfo => "PID field",
            Self::Recipient => "XON|XCN|XTN",
            Self::Sha1 => "SHA-1",
            Self::Status => "status URN",
            Self::SubmissionSetStatus => "Original or Reference",
            Self::Text => "text",
            Self::UniqueId => "unique id",
            Self::Uuid => "UUID",
            Self::Xcn => "XCN",
            Self::YesOrNo => "yes or no",
        }
    }

    /// Whether a text has the form of the type. Authors and codes are no single text: they are read by their parts.
    ///
    /// # Errors
    /// [`Malformed`], never with the text in it.
    pub fn check(self, text: &str) -> Result<(), Malformed> {
        let require = |good: bool, kind, expected| if good { Ok(()) } else { Err(Malformed { kind, expected }) };
        match self {
            Self::Author | Self::Code | Self::Text => Ok(()),
            Self::AssociationType => AssociationType::read(text).map(drop),
            Self::Cx => Cx::read(text).map(drop),
            Self::Cxi => require(is_cxi(text), "CXi", "id^^^authority^kind"),
            Self::DocumentAvailability => require(
                matches!(text.strip_prefix("urn:ihe:iti:2010:DocumentAvailability:"), Some("Online" | "Offline")),
                "documentAvailability",
                "urn:ihe:iti:2010:DocumentAvailability:Online or …:Offline",
            ),
            Self::DocumentEntryType => DocumentEntryType::read(text).map(drop),
            Self::Dtm => Dtm::read(text).map(drop),
            Self::HomeCommunityId => HomeCommunityId::read(text).map(drop),
            Self::Language => Language::read(text).map(drop),
            Self::MimeType => MimeType::read(text).map(drop),
            Self::Number => u64::read(text).map(drop),
            Self::ObjectId => ObjectId::read(text).map(drop),
            Self::Oid => Oid::read(text).map(drop),
            Self::PatientInfo => require(is_patient_info(text), "sourcePatientInfo", "PID-n|value"),
            Self::Recipient => require(is_recipient(text), "intendedRecipient", "XON|XCN|XTN, at least one part"),
            Self::Sha1 => Sha1::read(text).map(drop),
            Self::Status => AvailabilityStatus::read(text).map(drop),
            Self::SubmissionSetStatus => SubmissionSetStatus::read(text).map(drop),
            Self::UniqueId => UniqueId::read(text).map(drop),
            Self::Uuid => EntryUuid::read(text).map(drop),
            Self::Xcn => Xcn::read(text).map(drop),
            Self::YesOrNo => require(matches!(text, "yes" | "no"), "AssociationPropagation", "yes or no"),
        }
    }
}

/// `id^^^authority^kind`, the authority a namespace or `&OID&ISO`, further components taken.
fn is_cxi(text: &str) -> bool {
    let components: Vec<&str> = text.split('^').collect();
    let authority_ok = |authority: &str| {
        authority
            .strip_prefix('&')
            .map_or_else(|| !authority.contains('&'), |rest| rest.strip_suffix("&ISO").is_some_and(is_oid))
            || authority.split('&').nth(1).is_some_and(is_oid)
    };
    match components.as_slice() {
        [id, "", "", authority, kind, ..] => !id.is_empty() && !kind.is_empty() && authority_ok(authority),
        _ => false,
    }
}

fn is_patient_info(text: &str) -> bool {
    text.strip_prefix("PID-").and_then(|rest| rest.split_once('|')).is_some_and(|(field, _)| {
        field.parse::<u8>().is_ok_and(|number| (1..=39).contains(&number)) && !field.starts_with('0')
    })
}

fn is_recipient(text: &str) -> bool {
    let parts: Vec<&str> = text.split('|').collect();
    parts.len() <= 3 && parts.iter().any(|part| !part.is_empty()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::DataType;

    fn check(data_type: DataType, good: &[&str], bad: &[&str]) {
        for (texts, expected) in [(good, true), (bad, false)] {
            for text in texts {
                assert_eq!(data_type.check(text).is_ok(), expected, "{data_type:?} {text}");
            }
        }
    }

    #[test]
    fn a_reference_id_has_an_id_and_a_kind() {
        check(
            DataType::Cxi,
            &[
                "2008728^^^&1.2.3.4&ISO^urn:ihe:iti:xds:2013:accession",
                "1.2.3^^^^urn:ihe:iti:xds:2016:studyInstanceUID",
                "2013001^^^ExampleHospital&1.2.3.4&ISO^urn:ihe:iti:xds:2013:referral",
            ],
            &["", "1", "^^^&1.2.3&ISO^urn:x", "1^^^&1.2.3&ISO", "1^2^^&1.2.3&ISO^urn:x", "1^^^&nooid&ISO^urn:x"],
        );
    }

    #[test]
    fn a_source_patient_info_is_a_pid_field_in_any_order() {
        check(
            DataType::PatientInfo,
            &["PID-3|1^^^&1.2.3&ISO", "PID-5|MARTIN^CLAIRE^^^^^L", "PID-8|", "PID-39|x"],
            &["PID-3", "PID-|x", "PID-40|x", "PID-03|x", "pid-3|x", "MARTIN"],
        );
    }

    #[test]
    fn a_recipient_has_at_least_one_part_between_bars() {
        check(
            DataType::Recipient,
            &["Some Hospital^^^^^^^^^1.2.3", "|ABC^Smitty", "||^^Internet^a@example.org", "Org|^Name"],
            &["", "||", "a|b|c|d"],
        );
    }

    #[test]
    fn small_closed_lists_take_their_members_only() {
        check(DataType::YesOrNo, &["yes", "no"], &["", "Yes", "true"]);
        check(DataType::SubmissionSetStatus, &["Original", "Reference"], &["original", ""]);
        check(DataType::Number, &["0", "18342"], &["", "-1", "+1", "1.0", "x", "99999999999999999999"]);
        check(
            DataType::DocumentAvailability,
            &["urn:ihe:iti:2010:DocumentAvailability:Online"],
            &["Online", "urn:ihe:iti:2010:DocumentAvailability:Away"],
        );
        check(
            DataType::ObjectId,
            &["Document01", "urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21"],
            &["", "urn:uuid:x", "urn:uuid:3B0F6D0E-5C31-4F0A-9D2C-1F6F5F0B7E21"],
        );
    }
}
