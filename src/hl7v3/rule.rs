//! What the gateway demands of a message of HL7 version 3, each demand with its paragraph and its acknowledgement.

use crate::xml::location::Location;

/// One demand on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The name by which it is quoted.
    pub id: &'static str,
    /// What it demands; it stands in the acknowledgement.
    pub demands: &'static str,
    /// Who demands it.
    pub spec: &'static str,
    /// Which acknowledgement detail it is.
    pub detail: Detail,
}

/// Declares [`Detail`] and its words from one list.
macro_rules! details {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)+) => {
        /// An acknowledgement detail. Spec: HL7 V3 vocabulary `AcknowledgementDetailCode`, 2.16.840.1.113883.5.1100.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Detail { $($(#[$doc])* $variant,)+ }

        impl Detail {
            /// Its code.
            pub fn as_code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What the vocabulary calls it.
            pub fn as_text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

details! {
    /// Something of ours.
    Internal = "INTERR", "Internal error";
    /// An element is missing.
    MissingAssociation = "SYN100", "Required association missing";
    /// An attribute is missing.
    MissingAttribute = "SYN101", "Required attribute missing";
    /// A value is not of its data type.
    DataType = "SYN102", "Data type error";
    /// A code is not of its list.
    CodeSystem = "SYN103", "Value not found in code system";
    /// An element stands too often.
    Repetitions = "SYN112", "Number of repetitions exceeds limit";
    /// A key that is not known.
    UnknownKey = "KEY204", "Unknown key identifier";
    /// A key that is there already.
    DuplicateKey = "KEY205", "Duplicate key identifier";
}

macro_rules! rules {
    ($($name:ident = $id:literal, $detail:ident, $demands:literal, $spec:literal;)+) => {
        $(
            #[doc = $demands]
            pub const $name: Rule = Rule { id: $id, demands: $demands, spec: $spec, detail: Detail::$detail };
        )+
        /// Every rule of this module.
        pub const TABLE: &[Rule] = &[$($name),+];
    };
}

rules! {
    MESSAGE_ID = "HL7V3-MSG-01", MissingAttribute, "the message has one id with a root", "HL7 V3 MCCI_MT000100UV01";
    INTERACTION = "HL7V3-MSG-02", CodeSystem, "interactionId/@extension is the name of the root element", "ITI TF-2: 3.44.4.1.2";
    PATIENT = "HL7V3-PAT-01", MissingAssociation, "the message has one controlActProcess/subject/registrationEvent/subject1/patient", "ITI TF-2: 3.44.4.1.2";
    IDENTIFIER = "HL7V3-PAT-02", MissingAttribute, "the patient has an id with a root and an extension", "ITI TF-2: 3.44.4.1.2";
    AUTHORITY = "HL7V3-PAT-03", UnknownKey, "the root of one id is an assigning authority of this domain", "ITI TF-2: 3.44.4.1.3";
    FORM = "HL7V3-PAT-04", DataType, "the extension of that id is 1 to 128 bytes without & ^ ~ | and control characters", "ITI TF-3: Table 4.2.3.1.7-2";
    ONE_OF_EACH = "HL7V3-PAT-05", Repetitions, "one assigning authority gives one id", "ITI TF-2: 3.44.4.1.3";
    REPLACED = "HL7V3-MRG-01", MissingAssociation, "a merge has replacementOf/priorRegistration/subject1/priorRegisteredRole with the id that ends", "ITI TF-2: 3.44.4.2.2";
    MANY_IDENTITIES = "HL7V3-PAT-06", Repetitions, "a patient has at most 100 ids of this domain", "gateway limit";
    MANY_MERGES = "HL7V3-MRG-03", Repetitions, "a message merges at most 1000 ids", "gateway limit";
    PARTNER = "HL7V3-MRG-02", UnknownKey, "an id that ends has a surviving one of its own authority, or there is one surviving id only", "ITI TF-2: 3.44.4.2.3";
}

/// A message that breaks a rule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rule.
    pub rule: &'static Rule,
    /// The element.
    pub location: Location,
}

impl Rule {
    /// The refusal of a message that breaks this rule there.
    pub fn broken_at(&'static self, location: Location) -> Refusal {
        Refusal { rule: self, location }
    }
}
