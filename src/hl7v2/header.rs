//! MSH: who sends, what, in which version. Spec: HL7 2.3.1: 2.24.1; ITI TF-2: 3.8.4.1.2.1.
//!
//! It is read in two steps: first whatever is there, so that a refusal can be addressed too, then judged.

use crate::hl7v2::charset::Charset;
use crate::hl7v2::rule::{self, Refusal};
use crate::hl7v2::segment::{Delimiters, Message, Place};

/// What an acknowledgement repeats of the message, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The signs of the message.
    pub delimiters: Delimiters,
    /// Its character set.
    pub charset: Charset,
    /// MSH-3 to MSH-6: sending application and facility, receiving application and facility.
    pub parties: [String; 4],
    /// MSH-9, second component: the trigger event.
    pub event: String,
    /// MSH-10.
    pub control_id: String,
    /// MSH-11.
    pub processing_id: String,
    /// MSH-12, first component.
    pub version: String,
}

impl Header {
    /// That of a message of which nothing could be read.
    pub fn unread() -> Self {
        Self {
            delimiters: Delimiters::USUAL,
            charset: Charset::Unnamed,
            parties: Default::default(),
            event: String::new(),
            control_id: String::new(),
            processing_id: "P".to_owned(),
            version: "2.3.1".to_owned(),
        }
    }

    /// Reads what is there.
    pub fn read(message: &Message<'_>, charset: Charset) -> Self {
        let raw = |field: usize| message.header(field).raw().to_owned();
        Self {
            delimiters: message.delimiters(),
            charset,
            parties: [3, 4, 5, 6].map(raw),
            event: message.header(9).component(2).raw().to_owned(),
            control_id: raw(10),
            processing_id: raw(11),
            version: message.header(12).component(1).raw().trim().to_owned(),
        }
    }

    /// Whether the version writes errors as HL7 2.5 does, each part of an error in a field of its own.
    pub fn has_error_fields(&self) -> bool {
        self.minor().is_some_and(|minor| minor >= 5)
    }

    fn minor(&self) -> Option<u8> {
        let minor = self.version.strip_prefix("2.")?;
        minor.split('.').next()?.parse().ok()
    }
}

/// Judges what every message must say of itself.
///
/// # Errors
/// The first rule that is broken.
pub fn check(message: &Message<'_>, header: &Header) -> Result<(), Refusal> {
    let broken = |rule: &'static rule::Rule, field: usize| Err(rule.broken_at(Place::field("MSH", field)));
    if message.segments().filter(|segment| segment.name() == "MSH").count() != 1 {
        // The second message of a frame would be lost in silence.
        return Err(rule::HEADER.broken_at(Place::segment("MSH").of(2)));
    }
    if message.header(9).component(1).raw() != "ADT" {
        return broken(&rule::TYPE, 9);
    }
    if !matches!(header.processing_id.split(header.delimiters.component).next(), Some("P" | "T" | "D")) {
        return broken(&rule::PROCESSING, 11);
    }
    if !header.minor().is_some_and(|minor| (2..=8).contains(&minor)) {
        return broken(&rule::VERSION, 12);
    }
    if message.header(10).is_empty() {
        return broken(&rule::CONTROL_ID, 10);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Header, check};
    use crate::hl7v2::charset::Charset;
    use crate::hl7v2::segment::Message;

    const GOOD: &str = "MSH|^~\\&|HIS|HOSP|XDS|REGION|20261125||ADT^A01^ADT_A01|42|P|2.3.1\rPID|1";

    #[track_caller]
    fn refused(from: &str, to: &str) -> Option<String> {
        let text = GOOD.replace(from, to);
        let message = Message::parse(&text).unwrap();
        let header = Header::read(&message, Charset::Unnamed);
        check(&message, &header).err().map(|refusal| format!("{} {}", refusal.rule.id, refusal.place))
    }

    #[test]
    fn a_header_is_judged_field_by_field() {
        assert_eq!(refused("", ""), None);
        assert_eq!(refused("ADT^", "ORU^").as_deref(), Some("HL7-MSH-09 MSH-9"));
        assert_eq!(refused("|42|", "||").as_deref(), Some("HL7-MSH-10 MSH-10"));
        assert_eq!(refused("|P|", "||").as_deref(), Some("HL7-MSH-11 MSH-11"));
        assert_eq!(refused("|P|", "|X|").as_deref(), Some("HL7-MSH-11 MSH-11"));
        assert_eq!(refused("PID|1", "MSH|^~\\&|").as_deref(), Some("HL7-MSH-01 MSH(2)"));
        for version in ["", "2.1", "2.9", "3.0", "2"] {
            assert_eq!(refused("2.3.1", version).as_deref(), Some("HL7-MSH-12 MSH-12"), "{version}");
        }
    }

    #[test]
    fn neighbours_of_the_version_and_modes_of_processing_are_taken() {
        for version in ["2.2", "2.3", "2.4", "2.5", "2.5.1", "2.5^FRA", "2.8.2"] {
            assert_eq!(refused("2.3.1", version), None, "{version}");
        }
        for mode in ["|T|", "|D|", "|P^T|"] {
            assert_eq!(refused("|P|", mode), None, "{mode}");
        }
    }
}
