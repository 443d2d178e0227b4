//! The answer to a message: ACK with MSA and, when something is wrong, ERR. Spec: HL7 2.3.1: 2.13.1, 2.24.2, 2.24.3; HL7 2.5: 2.15.5.
//!
//! It is written with the delimiters, in the version and the character set of the message. It names the place and the
//! rule of an error and repeats nothing of the patient.

use crate::datatype::dtm::Dtm;
use crate::hl7v2::header::Header;
use crate::hl7v2::rule::{Condition, Refusal};
use crate::hl7v2::segment::Place;

/// What becomes of a message. Spec: HL7 2.3.1: table 0008.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// AA: taken, and on the disk.
    Accept,
    /// AE: its content is refused.
    Error,
    /// AR: it cannot be processed, for its header or for reasons of ours.
    Reject,
}

impl Code {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "AA",
            Self::Error => "AE",
            Self::Reject => "AR",
        }
    }
}

/// What is wrong with a message, in the words of the acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// AE or AR.
    pub code: Code,
    /// Which error condition of HL7 it is.
    pub condition: Condition,
    /// The rule by which it was refused.
    pub rule: &'static str,
    /// Where; the message as a whole when absent.
    pub place: Option<Place>,
    /// What was expected. It never repeats a value of the message.
    pub text: String,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let rule = refusal.rule;
        Self {
            code: rule.code,
            condition: rule.condition,
            rule: rule.id,
            place: Some(refusal.place),
            text: format!("expected: {}", rule.demands),
        }
    }
}

/// Writes the acknowledgement of a message: with a fault AE or AR, without AA.
pub fn write(header: &Header, fault: Option<&Fault>, control_id: &str, now: &Dtm) -> Vec<u8> {
    let field = header.delimiters.field;
    let mut segments = vec![header_segment(header, control_id, now)];
    let code = fault.map_or(Code::Accept, |fault| fault.code).as_str();
    let mut verdict = format!("MSA{field}{code}{field}{}", header.control_id);
    match fault {
        None => segments.push(verdict),
        Some(fault) => {
            let words = words(fault, header);
            verdict.push(field);
            verdict.push_str(&words);
            segments.extend([verdict, error_segment(fault, &words, header)]);
        }
    }
    segments.push(String::new());
    header.charset.encode(&segments.join("\r"))
}

/// Who received the message is who answers.
fn header_segment(header: &Header, control_id: &str, now: &Dtm) -> String {
    let signs = header.delimiters;
    let component = signs.component;
    let [application, facility, to_application, to_facility] = &header.parties;
    let encoding: String = [component, signs.repetition, signs.escape, signs.subcomponent].iter().collect();
    let kind = format!("ACK{component}{}{component}ACK", header.event);
    let mut fields =
        vec!["MSH", &encoding, to_application, to_facility, application, facility, now.as_str(), "", &kind];
    fields.extend([control_id, &header.processing_id, &header.version]);
    if !header.charset.as_str().is_empty() {
        fields.extend(["", "", "", "", "", header.charset.as_str()]);
    }
    joined(&fields, signs.field)
}

/// `PID-3: expected: … (PIF-ID-02)`, its own signs escaped.
fn words(fault: &Fault, header: &Header) -> String {
    let place = fault.place.map(|place| format!("{place}: ")).unwrap_or_default();
    escaped(&format!("{place}{} ({})", fault.text, fault.rule), header)
}

fn error_segment(fault: &Fault, words: &str, header: &Header) -> String {
    let (field, component) = (header.delimiters.field, header.delimiters.component);
    let [segment, sequence, number] = fault.place.map_or_else(Default::default, |place| {
        [place.segment.to_owned(), place.sequence.to_string(), place.field.map(|n| n.to_string()).unwrap_or_default()]
    });
    let condition = [fault.condition.as_code(), fault.condition.as_text(), "HL70357"];
    if header.has_error_fields() {
        // ERR-2 place, ERR-3 condition, ERR-4 severity, ERR-7 diagnosis, ERR-8 words for a person.
        let place = joined(&[&segment, &sequence, &number], component);
        joined(
            &["ERR", "", &place, &joined(&condition, component), "E", "", "", &escaped(fault.rule, header), words],
            field,
        )
    } else {
        // One composite field: segment, sequence, field, condition.
        let condition = joined(&condition, header.delimiters.subcomponent);
        joined(&["ERR", &joined(&[&segment, &sequence, &number, &condition], component)], field)
    }
}

fn joined(parts: &[&str], sign: char) -> String {
    parts.join(sign.encode_utf8(&mut [0; 4]))
}

/// Escapes the delimiters of the message.
fn escaped(text: &str, header: &Header) -> String {
    let signs = header.delimiters;
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        let letter = [
            (signs.field, 'F'),
            (signs.component, 'S'),
            (signs.repetition, 'R'),
            (signs.escape, 'E'),
            (signs.subcomponent, 'T'),
        ]
        .into_iter()
        .find(|(delimiter, _)| *delimiter == sign);
        match letter {
            Some((_, letter)) => out.extend([signs.escape, letter, signs.escape]),
            None => out.push(sign),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Code, Fault, write};
    use crate::datatype::dtm::Dtm;
    use crate::hl7v2::charset::{self, Charset};
    use crate::hl7v2::header::Header;
    use crate::hl7v2::rule;
    use crate::hl7v2::segment::{Message, Place};

    fn acknowledge(message: &[u8], fault: Option<&Fault>) -> String {
        let (text, charset) = charset::decode(message).unwrap();
        let header = Header::read(&Message::parse(&text).unwrap(), charset);
        let written = write(&header, fault, "77", &Dtm::parse("20261125134500").unwrap());
        String::from_utf8(written).unwrap()
    }

    fn fault() -> Fault {
        Fault::from(rule::AUTHORITY.broken_at(Place::field("PID", 3)))
    }

    const MESSAGE: &[u8] = b"MSH|^~\\&|HIS|HOSP|XDS|REGION|20261125||ADT^A04^ADT_A01|4711|P|2.3.1\rPID|1";

    #[test]
    fn an_acceptance_goes_back_to_the_sender_with_its_control_id() {
        let expected = "MSH|^~\\&|XDS|REGION|HIS|HOSP|20261125134500||ACK^A04^ACK|77|P|2.3.1\rMSA|AA|4711\r";
        assert_eq!(acknowledge(MESSAGE, None), expected);
    }

    #[test]
    fn a_refusal_says_where_and_by_which_rule() {
        let written = acknowledge(MESSAGE, Some(&fault()));
        let lines: Vec<&str> = written.split('\r').collect();
        assert!(
            lines[1].starts_with("MSA|AE|4711|PID-3: expected: one identifier has an assigning authority"),
            "{written}"
        );
        assert!(lines[1].contains("as \\T\\OID\\T\\ISO") && lines[1].ends_with("(PIF-ID-02)"), "{written}");
        assert_eq!(lines[2], "ERR|PID^1^3^204&Unknown key identifier&HL70357");
    }

    #[test]
    fn from_version_2_5_on_the_parts_of_an_error_have_fields_of_their_own() {
        let newer = String::from_utf8_lossy(MESSAGE).replace("2.3.1", "2.5");
        let written = acknowledge(newer.as_bytes(), Some(&fault()));
        assert!(
            written.contains("\rERR||PID^1^3|204^Unknown key identifier^HL70357|E|||PIF-ID-02|PID-3: expected:"),
            "{written}"
        );
    }

    #[test]
    fn an_error_without_a_field_or_a_place_keeps_the_positions() {
        let of = |place: Option<Place>| {
            let fault = Fault { place, code: Code::Reject, ..fault() };
            acknowledge(MESSAGE, Some(&fault)).split('\r').nth(2).unwrap().to_owned()
        };
        assert_eq!(of(Some(Place::segment("MRG").of(2))), "ERR|MRG^2^^204&Unknown key identifier&HL70357");
        assert_eq!(of(None), "ERR|^^^204&Unknown key identifier&HL70357");
    }

    #[test]
    fn an_acknowledgement_is_written_as_its_message_is() {
        let message = b"MSH#*!?$#H\xf4pital#B#C#D###ADT*A01#1#P#2.3.1######8859/1";
        let (text, charset) = charset::decode(message).unwrap();
        let header = Header::read(&Message::parse(&text).unwrap(), charset);
        let written = write(&header, Some(&fault()), "77", &Dtm::parse("2026").unwrap());
        assert!(written.starts_with(b"MSH#*!?$#C#D#H\xf4pital#B#2026##ACK*A01*ACK#77#P#2.3.1######8859/1\rMSA#AE#1#"));
        let (text, charset) = charset::decode(&written).unwrap();
        assert_eq!(charset, Charset::Latin1);
        let read = Message::parse(&text).unwrap();
        let error = read.segments().nth(2).unwrap().field(1);
        assert_eq!(error.component(4).subcomponent(1).value(), "204");
    }

    #[test]
    fn signs_of_our_own_words_are_escaped_where_a_message_delimits_by_them() {
        // The first names no character set and is not UTF-8: a name of ours, 8859/1, would fall into two fields.
        for message in [&b"MSH/^~\\&/H\xf4pital/B/C/D///ADT^A01/1/P/2.5"[..], b"MSH|^~\\-|A|B|C|D|||ADT^A01|1|P|2.5"] {
            let written = {
                let (text, charset) = charset::decode(message).unwrap();
                let header = Header::read(&Message::parse(&text).unwrap(), charset);
                write(&header, Some(&fault()), "77", &Dtm::parse("2026").unwrap())
            };
            let (text, _) = charset::decode(&written).unwrap();
            let read = Message::parse(&text).unwrap();
            let rule = read.segments().nth(2).unwrap().field(7);
            assert_eq!(rule.value(), "PIF-ID-02", "{text}");
            assert_eq!(rule.subcomponent(2).raw(), "", "{text}");
        }
    }
}
