//! What a PDF says of itself in bytes that stand in clear: its claim of PDF/A, and three things that PDF/A excludes or wants.
//!
//! Nothing is decompressed. PDF/A-1 forbids compressed metadata and compressed objects (ISO 19005-1 §6.7.2, §6.1.4), so what
//! a file that conforms has to show stands in clear; a file that hides its claim makes none. It is a look, not a validation.

use memchr::memmem;

/// Bytes of the former piece that are looked at again with the next: longer than any mark with its value.
const OVERLAP: usize = 96;

/// What was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// `pdfaid:part` of the metadata, the last one.
    pub(super) part: Option<char>,
    /// `pdfaid:conformance`.
    pub(super) conformance: Option<char>,
    /// A trailer that names an encryption.
    pub(super) encrypted: bool,
    /// A script.
    pub(super) script: bool,
    /// The colours that the file means.
    pub(super) output_intents: bool,
}

impl Seen {
    /// The level that it claims, such as `PDF/A-1b`.
    pub(super) fn claim(&self) -> Option<String> {
        let conformance = self.conformance.map(|letter| letter.to_ascii_lowercase());
        self.part.map(|part| format!("PDF/A-{part}{}", conformance.map(String::from).unwrap_or_default()))
    }

    /// Whether the claim is PDF/A-1a or PDF/A-1b.
    pub(super) fn claims_first_part(&self) -> bool {
        self.part == Some('1') && matches!(self.conformance, Some('A' | 'B' | 'a' | 'b'))
    }
}

/// Looks through a file that comes in pieces.
#[derive(Default)]
pub(super) struct Look {
    window: Vec<u8>,
    seen: Seen,
}

impl Look {
    pub(super) fn feed(&mut self, piece: &[u8]) {
        let kept = self.window.len().saturating_sub(OVERLAP);
        self.window.drain(..kept);
        self.window.extend_from_slice(piece);
        let window = &self.window;
        self.seen.part = value(window, b"pdfaid:part", |c| c.is_ascii_digit()).or(self.seen.part);
        let letter = value(window, b"pdfaid:conformance", |c| c.is_ascii_alphabetic());
        self.seen.conformance = letter.or(self.seen.conformance);
        self.seen.encrypted |= has_name(window, b"/Encrypt");
        self.seen.script |= has_name(window, b"/JavaScript");
        self.seen.output_intents |= has_name(window, b"/OutputIntents");
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen
    }
}

/// The first letter of the last value of a property, as an attribute (`name="1"`) or as an element (`<name>1<`).
fn value(window: &[u8], name: &[u8], wanted: impl Fn(char) -> bool) -> Option<char> {
    let after = |at: usize| window.get(at + name.len()..);
    let values = memmem::find_iter(window, name).filter_map(|at| {
        let mut rest = after(at)?.iter().map(|byte| char::from(*byte));
        let first = rest.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n' | '=' | '"' | '\'' | '>'))?;
        wanted(first).then_some(first)
    });
    values.last()
}

/// A name of PDF ends where a letter, a digit or a joining sign does not follow.
fn has_name(window: &[u8], name: &[u8]) -> bool {
    let ends = |at: usize| {
        let next = window.get(at + name.len());
        next.is_some_and(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.' | b'#'))
    };
    memmem::find_iter(window, name).any(ends)
}

#[cfg(test)]
mod tests {
    use super::{Look, Seen};

    fn look(file: &str, piece: usize) -> Seen {
        let mut look = Look::default();
        file.as_bytes().chunks(piece).for_each(|piece| look.feed(piece));
        look.seen()
    }

    const CLAIM: &str = "%PDF-1.4\n<pdfaid:part>1</pdfaid:part>\n <pdfaid:conformance>B</pdfaid:conformance>\n\
                         /OutputIntents [ 7 0 R ]";

    #[test]
    fn a_claim_is_seen_in_both_forms_however_the_pieces_fall() {
        for piece in 1..CLAIM.len() {
            let seen = look(CLAIM, piece);
            assert_eq!(seen.claim().as_deref(), Some("PDF/A-1b"), "pieces of {piece}");
            assert!(seen.claims_first_part() && seen.output_intents && !seen.encrypted && !seen.script);
        }
        let attributes = "<rdf:Description pdfaid:part='2' pdfaid:conformance = \"U\"/>";
        assert_eq!(look(attributes, 7).claim().as_deref(), Some("PDF/A-2u"));
        assert!(!look(attributes, 7).claims_first_part());
        assert_eq!(look("%PDF-1.7 /Metadata 3 0 R", 100).claim(), None);
    }

    #[test]
    fn a_longer_name_is_another_name() {
        let seen = look("/EncryptMetadata true /JavaScripts /OutputIntentsX ", 100);
        assert_eq!(seen, Seen::default());
        assert!(look("trailer << /Encrypt 8 0 R >>", 3).encrypted);
        assert!(look("<< /S /JavaScript/JS (app.alert) >>", 5).script);
    }
}
