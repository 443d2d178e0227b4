//! The grammar of a message: segments, fields, repetitions, components, subcomponents, escapes.
//!
//! Spec: HL7 2.3.1: 2.7 to 2.10. Nothing is copied or split before somebody asks for it, so a message costs its own length and
//! one slice for each segment, whatever it holds.

use std::borrow::Cow;

use crate::hl7v2::rule::{self, Refusal};

/// The most segments of a message.
const MOST_SEGMENTS: usize = 2000;

/// The signs that a message itself chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// MSH-1, `|`.
    pub field: char,
    /// `^`.
    pub component: char,
    /// `~`.
    pub repetition: char,
    /// `\`.
    pub escape: char,
    /// `&`.
    pub subcomponent: char,
}

impl Delimiters {
    /// Those that everybody uses.
    pub const USUAL: Self = Self { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' };

    /// Reads MSH-1 and MSH-2. A fifth sign (truncation, HL7 2.7) is taken and never met.
    fn read(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix("MSH")?.chars();
        let field = rest.next()?;
        let encoding = rest.as_str().split([field, '\r', '\n']).next()?;
        let mut signs = encoding.chars();
        let delimiters = Self {
            field,
            component: signs.next()?,
            repetition: signs.next()?,
            escape: signs.next()?,
            subcomponent: signs.next()?,
        };
        let all: Vec<char> = std::iter::once(field).chain(encoding.chars()).collect();
        let different = all.iter().enumerate().all(|(at, sign)| !all.iter().skip(at + 1).any(|other| other == sign));
        (all.len() <= 6 && different && all.iter().all(char::is_ascii_punctuation)).then_some(delimiters)
    }

    fn of_escape(self, letter: &str) -> Option<char> {
        match letter {
            "F" => Some(self.field),
            "S" => Some(self.component),
            "R" => Some(self.repetition),
            "E" => Some(self.escape),
            "T" => Some(self.subcomponent),
            _ => None,
        }
    }
}

/// Where something stands: `PID` 1, field 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The segment's name.
    pub segment: &'static str,
    /// Which of that name, from 1.
    pub sequence: usize,
    /// Which field, from 1; the segment itself when absent.
    pub field: Option<usize>,
}

impl Place {
    /// The first segment of that name.
    pub const fn segment(segment: &'static str) -> Self {
        Self { segment, sequence: 1, field: None }
    }

    /// A field of the first segment of that name.
    pub const fn field(segment: &'static str, field: usize) -> Self {
        Self { segment, sequence: 1, field: Some(field) }
    }

    /// The same in another segment of that name.
    #[must_use]
    pub const fn of(self, sequence: usize) -> Self {
        Self { sequence, ..self }
    }
}

/// As people write it: `PID-3`, `MRG(2)-1`.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.segment)?;
        if self.sequence > 1 {
            write!(f, "({})", self.sequence)?;
        }
        self.field.map_or(Ok(()), |field| write!(f, "-{field}"))
    }
}

/// A message, cut into segments.
pub struct Message<'m> {
    delimiters: Delimiters,
    segments: Vec<Segment<'m>>,
}

/// One segment.
#[derive(Clone, Copy)]
pub struct Segment<'m>(Part<'m>);

/// A field, a repetition, a component or a subcomponent.
#[derive(Clone, Copy)]
pub struct Part<'m> {
    text: &'m str,
    delimiters: Delimiters,
}

impl<'m> Message<'m> {
    /// Cuts a text. Segments end by CR; LF and CR LF are taken, since senders on other systems write them.
    ///
    /// # Errors
    /// When it does not begin with MSH and its delimiters, when a segment has no name, when there are too many.
    pub fn parse(text: &'m str) -> Result<Self, Refusal> {
        let delimiters = Delimiters::read(text).ok_or(rule::HEADER.broken_at(Place::field("MSH", 2)))?;
        let mut segments = Vec::new();
        for line in text.split(['\r', '\n']).filter(|line| !line.trim().is_empty()) {
            if segments.len() == MOST_SEGMENTS {
                return Err(rule::SEGMENTS.broken_at(Place::segment("MSH")));
            }
            let segment = Segment(Part { text: line, delimiters });
            if !segment.is_named() {
                return Err(rule::SEGMENT.broken_at(Place::segment("MSH")));
            }
            segments.push(segment);
        }
        Ok(Self { delimiters, segments })
    }

    /// The signs that this message chose.
    pub fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// The segments in their order; MSH is the first.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'m>> {
        self.segments.iter().copied()
    }

    /// A field of MSH, from 1.
    pub fn header(&self, field: usize) -> Part<'m> {
        self.segments.first().map_or(Part { text: "", delimiters: self.delimiters }, |header| header.field(field))
    }
}

impl<'m> Segment<'m> {
    /// `PID`, `MRG`, …
    pub fn name(&self) -> &'m str {
        self.0.cut(self.0.delimiters.field, 1).text
    }

    /// A field, from 1; empty when the segment ends before it. In MSH the separator itself is the first.
    pub fn field(&self, number: usize) -> Part<'m> {
        let position = if self.name() == "MSH" { number } else { number + 1 };
        self.0.cut(self.0.delimiters.field, position)
    }

    fn is_named(&self) -> bool {
        let name = self.name().as_bytes();
        name.len() == 3
            && name.first().is_some_and(u8::is_ascii_uppercase)
            && name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    }
}

impl<'m> Part<'m> {
    /// The repetitions of a field.
    pub fn repetitions(self) -> impl Iterator<Item = Self> {
        self.text.split(self.delimiters.repetition).map(move |text| Self { text, ..self })
    }

    /// A component, from 1; empty when there are fewer.
    #[must_use]
    pub fn component(self, number: usize) -> Self {
        self.cut(self.delimiters.component, number)
    }

    /// A subcomponent, from 1; empty when there are fewer.
    #[must_use]
    pub fn subcomponent(self, number: usize) -> Self {
        self.cut(self.delimiters.subcomponent, number)
    }

    /// As it was sent, escapes and all.
    pub fn raw(self) -> &'m str {
        self.text
    }

    /// Whether there is no value: nothing at all, or the two quotes that delete one.
    pub fn is_empty(self) -> bool {
        self.text.is_empty() || self.text == "\"\""
    }

    /// The value, escapes resolved. Escapes that stand for no character (`\H\`, `\.br\`) stay as they were sent.
    pub fn value(self) -> Cow<'m, str> {
        if self.text.contains(self.delimiters.escape) {
            Cow::Owned(unescape(self.text, self.delimiters))
        } else {
            Cow::Borrowed(self.text)
        }
    }

    fn cut(self, sign: char, number: usize) -> Self {
        let text = number.checked_sub(1).and_then(|at| self.text.split(sign).nth(at)).unwrap_or("");
        Self { text, ..self }
    }
}

/// Spec: HL7 2.3.1: 2.9. An escape that is not closed or not known stays as it is.
fn unescape(text: &str, delimiters: Delimiters) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(delimiters.escape) {
        out.push_str(before);
        let Some((sequence, following)) = after.split_once(delimiters.escape) else {
            out.push(delimiters.escape);
            rest = after;
            continue;
        };
        if let Some(sign) = delimiters.of_escape(sequence) {
            out.push(sign);
        } else if let Some(characters) = sequence.strip_prefix('X').and_then(hexadecimal) {
            out.push_str(&characters);
        } else {
            // It may be no escape at all, and its closing sign the opening one of the next.
            out.push(delimiters.escape);
            rest = after;
            continue;
        }
        rest = following;
    }
    out.push_str(rest);
    out
}

/// `\Xdddd…\`, an even number of digits that are UTF-8.
fn hexadecimal(digits: &str) -> Option<String> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let octets = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
    String::from_utf8(octets.collect::<Option<_>>()?).ok()
}

impl std::fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} segments)", self.segments.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Delimiters, Message, Place};
    use crate::hl7v2::rule;

    const HEADER: &str = "MSH|^~\\&|A|B|C|D|20261125||ADT^A01|1|P|2.3.1\r";

    fn pid(text: &str, read: impl Fn(super::Segment<'_>) -> String) -> String {
        let text = format!("{HEADER}{text}");
        let message = Message::parse(&text).unwrap();
        let segment = message.segments().find(|segment| segment.name() == "PID").unwrap();
        read(segment)
    }

    #[test]
    fn a_field_falls_into_repetitions_components_and_subcomponents() {
        let third = |repetition: usize, component: usize, sub: usize| {
            pid("PID|1||a^b&c~d^^^&1.2.3&ISO", |pid| {
                let part = pid.field(3).repetitions().nth(repetition).unwrap();
                part.component(component).subcomponent(sub).value().into_owned()
            })
        };
        assert_eq!(third(0, 1, 1), "a");
        assert_eq!(third(0, 2, 2), "c");
        assert_eq!(third(1, 4, 2), "1.2.3");
        assert_eq!(third(1, 9, 1), "");
        assert_eq!(pid("PID|1", |pid| pid.field(30).value().into_owned()), "");
    }

    #[test]
    fn the_separator_is_the_first_field_of_msh() {
        let message = Message::parse(HEADER).unwrap();
        assert_eq!(message.header(3).raw(), "A");
        assert_eq!(message.header(9).component(2).raw(), "A01");
        assert_eq!(message.header(12).raw(), "2.3.1");
    }

    #[test]
    fn a_message_may_choose_its_own_delimiters() {
        let text = "MSH#*!?$#A#B#C#D###ADT*A01#1#P#2.3.1\rPID###x?S?y***$1.2$ISO!z";
        let message = Message::parse(text).unwrap();
        let pid = message.segments().nth(1).unwrap();
        let first = pid.field(3).repetitions().next().unwrap();
        assert_eq!(first.component(1).value(), "x*y");
        assert_eq!(first.component(4).subcomponent(2).value(), "1.2");
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        let value = |text: &str| pid(&format!("PID|{text}"), |pid| pid.field(1).value().into_owned());
        assert_eq!(value("a\\F\\b\\S\\c\\R\\d\\E\\e\\T\\f"), "a|b^c~d\\e&f");
        assert_eq!(value("\\XC3A9\\t\\X41\\"), "étA");
        assert_eq!(value("\\H\\x\\N\\"), "\\H\\x\\N\\");
        assert_eq!(value("open\\"), "open\\");
        assert_eq!(value("\\XZZ\\\\X4\\\\XFF\\"), "\\XZZ\\\\X4\\\\XFF\\");
        assert_eq!(value("\\unknown\\F\\"), "\\unknown|");
    }

    #[test]
    fn two_quotes_are_no_value() {
        assert_eq!(
            pid("PID|\"\"|", |pid| format!("{} {}", pid.field(1).is_empty(), pid.field(2).is_empty())),
            "true true"
        );
    }

    #[test]
    fn lines_of_other_systems_are_taken_as_segments() {
        for end in ["\r", "\n", "\r\n", "\r\r"] {
            let text = format!("MSH|^~\\&|A{end}EVN||20261125{end}PID|1{end}");
            let message = Message::parse(&text).unwrap();
            let names: Vec<&str> = message.segments().map(|segment| segment.name()).collect();
            assert_eq!(names, ["MSH", "EVN", "PID"]);
        }
    }

    #[test]
    fn a_message_without_its_header_is_refused() {
        for bad in [
            "",
            "PID|1",
            "MSH",
            "MSH|",
            "MSH|^~\\",
            "MSH|^^\\&|",
            "MSH|ab\\&|",
            "MSHé^~\\&é",
            "MSH|^~\\&#!|x",
            "\u{b}MSH|^~\\&|",
        ] {
            assert_eq!(Message::parse(bad).unwrap_err().rule.id, rule::HEADER.id, "{bad:?}");
        }
        assert!(Message::parse("MSH|^~\\&#|2.7").is_ok());
    }

    #[test]
    fn a_segment_without_a_name_is_refused() {
        for bad in ["pid|1", "P|1", "PIDX|1", "12A|1", "é|", "|"] {
            let text = format!("{HEADER}{bad}");
            assert_eq!(Message::parse(&text).unwrap_err().rule.id, rule::SEGMENT.id, "{bad:?}");
        }
        assert!(Message::parse(&format!("{HEADER}ZP1|own segment\rPV1|1")).is_ok());
    }

    #[test]
    fn more_segments_than_the_limit_are_refused() {
        let most = format!("{HEADER}{}", "NTE|\r".repeat(1999));
        assert!(Message::parse(&most).is_ok());
        let more = format!("{most}NTE|\r");
        assert_eq!(Message::parse(&more).unwrap_err().rule.id, rule::SEGMENTS.id);
    }

    #[test]
    fn a_place_reads_as_people_write_it() {
        assert_eq!(Place::field("PID", 3).to_string(), "PID-3");
        assert_eq!(Place::field("MRG", 1).of(2).to_string(), "MRG(2)-1");
        assert_eq!(Place::segment("PID").to_string(), "PID");
        assert_eq!(Delimiters::USUAL.component, '^');
    }
}
