//! What the gateway demands of a message of HL7 version 2, each demand with its paragraph and its acknowledgement.
//!
//! The id stands in the acknowledgement, beside the segment and the field, so that whoever runs the sender can quote it.

use crate::hl7v2::acknowledgement::Code;
use crate::hl7v2::segment::Place;

/// One demand on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The name by which it is quoted.
    pub id: &'static str,
    /// What it demands; it stands in the acknowledgement.
    pub demands: &'static str,
    /// Who demands it.
    pub spec: &'static str,
    /// Whether the message is in error (AE) or could not be processed at all (AR).
    pub code: Code,
    /// Which error condition of HL7 it is.
    pub condition: Condition,
}

/// Declares [`Condition`] and its words from one list.
macro_rules! conditions {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)+) => {
        /// A message error condition. Spec: HL7 2.3.1 table 0357.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Condition { $($(#[$doc])* $variant,)+ }

        impl Condition {
            /// The code of the table.
            pub fn as_code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The text of the table.
            pub fn as_text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

conditions! {
    /// A segment is missing, or stands where it may not.
    SegmentSequence = "100", "Segment sequence error";
    /// A field is empty that may not be.
    RequiredFieldMissing = "101", "Required field missing";
    /// A value is not of its data type.
    DataType = "102", "Data type error";
    /// A code is not of its table.
    TableValue = "103", "Table value not found";
    /// Another message type.
    MessageType = "200", "Unsupported message type";
    /// Another trigger event.
    Event = "201", "Unsupported event code";
    /// Another processing id.
    ProcessingId = "202", "Unsupported processing id";
    /// Another version of HL7.
    Version = "203", "Unsupported version id";
    /// A patient, an order or a visit that is not known.
    UnknownKey = "204", "Unknown key identifier";
    /// One that exists already.
    DuplicateKey = "205", "Duplicate key identifier";
    /// Anything else.
    Internal = "207", "Application internal error";
}

macro_rules! rules {
    ($($name:ident = $id:literal, $code:ident, $condition:ident, $demands:literal, $spec:literal;)+) => {
        $(
            #[doc = $demands]
            pub const $name: Rule = Rule {
                id: $id,
                demands: $demands,
                spec: $spec,
                code: Code::$code,
                condition: Condition::$condition,
            };
        )+
        /// Every rule of this module.
        pub const TABLE: &[Rule] = &[$($name),+];
    };
}

rules! {
    HEADER = "HL7-MSH-01", Reject, SegmentSequence, "the message begins with MSH and its delimiters, four or five different signs", "HL7 2.3.1: 2.24.1.1, 2.24.1.2";
    TYPE = "HL7-MSH-09", Reject, MessageType, "the message type is ADT", "ITI TF-2: 3.8.4.1.2.1";
    EVENT = "HL7-MSH-09-2", Reject, Event, "the trigger event is A01, A04, A05, A08 or A40", "ITI TF-2: 3.8.4.1.1, 3.8.4.2.1";
    CONTROL_ID = "HL7-MSH-10", Error, RequiredFieldMissing, "the message has a control id", "HL7 2.3.1: 2.24.1.10";
    PROCESSING = "HL7-MSH-11", Reject, ProcessingId, "the processing id is P, T or D", "HL7 2.3.1: table 0103";
    VERSION = "HL7-MSH-12", Reject, Version, "the version is 2.3.1 or a neighbour, from 2.2 to 2.8", "ITI TF-2: 3.8.4.1.2.1";
    CHARSET = "HL7-MSH-18", Reject, TableValue, "the character set is ASCII, 8859/1, 8859/15 or UNICODE UTF-8, and the bytes are of it", "HL7 2.3.1: 2.24.1.18";
    SEGMENT = "HL7-SEG-01", Error, SegmentSequence, "a segment begins with its name, two or three letters or digits after a first letter", "HL7 2.3.1: 2.7";
    SEGMENTS = "HL7-SEG-02", Reject, Internal, "a message holds at most 2000 segments", "gateway limit";
    SIZE = "HL7-SIZE-01", Reject, Internal, "a message is no longer than this feed takes", "gateway limit";
    PID_ONCE = "PIF-PID-01", Error, SegmentSequence, "the message holds one PID segment", "ITI TF-2: 3.8.4.1.2";
    PID_THEN_MRG = "PIF-MRG-01", Error, SegmentSequence, "each PID segment of a merge is followed by one MRG segment", "ITI TF-2: 3.8.4.2.2";
    IDENTIFIER = "PIF-ID-01", Error, RequiredFieldMissing, "the field names the patient by an identifier", "ITI TF-2: 3.8.4.1.2.3";
    AUTHORITY = "PIF-ID-02", Error, UnknownKey, "one identifier has an assigning authority of this domain, as &OID&ISO in its fourth component", "ITI TF-2: 3.8.4.1.3";
    FORM = "PIF-ID-03", Error, DataType, "the identifier is 1 to 128 bytes without delimiters or control characters", "ITI TF-3: Table 4.2.3.1.7-2";
    ONE_OF_EACH = "PIF-ID-04", Error, DuplicateKey, "one assigning authority gives one identifier", "ITI TF-2: 3.8.4.1.3";
    MANY_IDENTITIES = "PIF-ID-06", Error, Internal, "a patient has at most 100 identifiers of this domain", "gateway limit";
    MANY_MERGES = "PIF-MRG-02", Reject, Internal, "a message merges at most 1000 identifiers", "gateway limit";
    PARTNER = "PIF-ID-05", Error, UnknownKey, "a subsumed identifier has a surviving one of its own authority, or there is one surviving identifier only", "ITI TF-2: 3.8.4.2.3";
}

/// A message that breaks a rule, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The rule.
    pub rule: &'static Rule,
    /// The segment and the field.
    pub place: Place,
}

impl Rule {
    /// The refusal of a message that breaks this rule there.
    pub const fn broken_at(&'static self, place: Place) -> Refusal {
        Refusal { rule: self, place }
    }
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn every_rule_has_its_own_id_a_paragraph_and_one_sentence() {
        let ids: std::collections::BTreeSet<_> = TABLE.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        assert!(TABLE.iter().all(|rule| !rule.spec.is_empty() && !rule.demands.ends_with('.')));
    }
}
