//! From bytes to text and back, by the character set that a message names. Spec: HL7 2.3.1: 2.24.1.18, table 0211.

use std::borrow::Cow;

use crate::hl7v2::rule::{self, Refusal};
use crate::hl7v2::segment::Place;

/// A character set that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// Not named, and UTF-8. The standard means ASCII; senders in Europe forget the field. Delimiters are the same.
    Unnamed,
    /// Not named, and not UTF-8: taken as Latin-1, and answered without a name too.
    Assumed,
    /// `ASCII`.
    Ascii,
    /// `8859/1`.
    Latin1,
    /// `8859/15`.
    Latin9,
    /// `UNICODE UTF-8`.
    Utf8,
}

/// MSH-18 and what it means; the first of each is the one of the standard.
const NAMES: &[(&str, Charset)] = &[
    ("", Charset::Unnamed),
    ("ASCII", Charset::Ascii),
    ("8859/1", Charset::Latin1),
    ("ISO-8859-1", Charset::Latin1),
    ("8859/15", Charset::Latin9),
    ("UNICODE UTF-8", Charset::Utf8),
    ("UTF-8", Charset::Utf8),
];

/// Where Latin-9 differs from Latin-1.
const LATIN9: [(u8, char); 8] =
    [(0xA4, '€'), (0xA6, 'Š'), (0xA8, 'š'), (0xB4, 'Ž'), (0xB8, 'ž'), (0xBC, 'Œ'), (0xBD, 'œ'), (0xBE, 'Ÿ')];

const REFUSED: Refusal = rule::CHARSET.broken_at(Place::field("MSH", 18));

/// Reads a message by its own MSH-18.
///
/// # Errors
/// When the set is not taken, or a byte is not of it.
pub fn decode(message: &[u8]) -> Result<(Cow<'_, str>, Charset), Refusal> {
    let named = named_in(message)?;
    let utf8 = std::str::from_utf8(message);
    let charset = if named == Charset::Unnamed && utf8.is_err() { Charset::Assumed } else { named };
    let text = match (charset, utf8) {
        (Charset::Unnamed | Charset::Utf8, Ok(text)) => Cow::Borrowed(text),
        (Charset::Ascii, Ok(text)) if text.is_ascii() => Cow::Borrowed(text),
        (Charset::Ascii, _) | (Charset::Unnamed | Charset::Utf8, Err(_)) => return Err(REFUSED),
        (Charset::Latin1 | Charset::Assumed, _) => Cow::Owned(message.iter().copied().map(char::from).collect()),
        (Charset::Latin9, _) => Cow::Owned(message.iter().copied().map(latin9).collect()),
    };
    Ok((text, charset))
}

impl Charset {
    /// Writes a text for the sender; what the set lacks becomes `?`.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Unnamed | Self::Utf8 => text.as_bytes().to_vec(),
            Self::Ascii => text.chars().map(|sign| if sign.is_ascii() { octet(sign) } else { b'?' }).collect(),
            Self::Latin1 | Self::Assumed => text.chars().map(octet).collect(),
            Self::Latin9 => text.chars().map(octet9).collect(),
        }
    }

    /// The value of MSH-18.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(_, charset)| *charset == self).map_or("", |(name, _)| name)
    }
}

/// The first repetition of MSH-18: it is the one of the message, others are alternatives within fields.
fn named_in(message: &[u8]) -> Result<Charset, Refusal> {
    const FIELD: usize = 18;
    let header = message.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let Some(separator) = header.get(3).copied() else { return Ok(Charset::Unnamed) };
    let field = header.split(|byte| *byte == separator).nth(FIELD - 1).unwrap_or_default();
    let repetition = header.get(5).copied().unwrap_or(b'~');
    let name = field.split(|byte| *byte == repetition).next().unwrap_or_default();
    let known = NAMES.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name.trim_ascii()));
    known.map(|(_, charset)| *charset).ok_or(REFUSED)
}

fn latin9(octet: u8) -> char {
    LATIN9.iter().find(|(other, _)| *other == octet).map_or(char::from(octet), |(_, sign)| *sign)
}

fn octet(sign: char) -> u8 {
    u8::try_from(u32::from(sign)).unwrap_or(b'?')
}

fn octet9(sign: char) -> u8 {
    LATIN9.iter().find(|(_, other)| *other == sign).map_or(octet(sign), |(octet, _)| *octet)
}

#[cfg(test)]
mod tests {
    use super::{Charset, decode};

    fn message(charset: &str, name: &[u8]) -> Vec<u8> {
        let mut message = format!("MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.3.1||||||{charset}\rPID|||||").into_bytes();
        message.extend_from_slice(name);
        message
    }

    #[track_caller]
    fn check(charset: &str, name: &[u8], expected: Option<&str>) {
        let message = message(charset, name);
        let read = decode(&message).ok().map(|(text, _)| text.rsplit('|').next().unwrap().to_owned());
        assert_eq!(read.as_deref(), expected, "{charset}");
    }

    #[test]
    fn a_message_is_read_by_the_set_that_it_names() {
        check("8859/1", b"Andr\xe9", Some("André"));
        check("8859/15", b"\xa4 \xbduf", Some("€ œuf"));
        check("UNICODE UTF-8", "André".as_bytes(), Some("André"));
        check("utf-8", "André".as_bytes(), Some("André"));
        check("ASCII", b"Andre", Some("Andre"));
        check("8859/1~UNICODE UTF-8", b"Andr\xe9", Some("André"));
    }

    #[test]
    fn without_a_name_it_is_utf8_if_it_can_be() {
        check("", "André".as_bytes(), Some("André"));
        check("", b"Andr\xe9", Some("André"));
    }

    #[test]
    fn another_set_or_bytes_that_are_not_of_it_are_refused() {
        check("UNICODE UTF-16", b"x", None);
        check("ISO IR87", b"x", None);
        check("UNICODE UTF-8", b"Andr\xe9", None);
        check("ASCII", "André".as_bytes(), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        for charset in [Charset::Latin1, Charset::Latin9, Charset::Utf8, Charset::Unnamed, Charset::Assumed] {
            assert_eq!(
                decode(&message(charset.as_str(), &charset.encode("é"))).unwrap().0.rsplit('|').next(),
                Some("é")
            );
        }
        assert_eq!(Charset::Latin9.encode("€œ€"), b"\xa4\xbd\xa4");
        assert_eq!(Charset::Latin1.encode("œ"), b"?");
        assert_eq!(Charset::Ascii.encode("é"), b"?");
    }
}
