//! One file inside a document: decoded once, and asked whether it is what it is announced to be.

use crate::cda::finding::Findings;
use crate::cda::rule::Rule;
use crate::cda::rule::body::base64::{Decoder, Fault};
use crate::cda::rule::body::media::{HEAD, Kind, is_control};
use crate::cda::rule::body::pdf::{Look, Seen};
use crate::cda::rule::body::{
    BASE64, CONTENT, PDF_CLAIM, PDF_COLOURS, PDF_ENCRYPTED, PDF_HEADER, PDF_SCRIPT, PLAIN, attribute,
};
use crate::xml::document::Node;

/// What was seen of a file while it was decoded.
#[derive(Default)]
struct File {
    head: Vec<u8>,
    bytes: u64,
    /// The first byte that stands in no text, and where.
    control: Option<(u64, u8)>,
    pdf: Option<Look>,
}

impl File {
    fn feed(&mut self, piece: &[u8]) {
        if self.bytes == 0 {
            self.head.extend(piece.iter().take(HEAD));
            self.pdf = (Kind::shown_by(&self.head) == Some(Kind::Pdf)).then(Look::default);
        }
        if self.control.is_none() && self.pdf.is_none() {
            let found = piece.iter().position(|byte| is_control(*byte));
            self.control = found.and_then(|at| piece.get(at).map(|byte| (self.bytes.saturating_add(at as u64), *byte)));
        }
        if let Some(look) = &mut self.pdf {
            look.feed(piece);
        }
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
    }
}

/// Asks about the file that an element holds in base64. `empty` speaks when it holds none.
pub(super) fn ask(element: Node<'_, '_>, empty: &Rule, findings: &mut Findings<'_>) {
    let Some(file) = read(element, findings) else { return };
    if file.bytes == 0 {
        findings.tell(empty, element, None, "a file that is not empty");
        return;
    }
    let announced = attribute(element, "mediaType").and_then(Kind::of);
    let shown = Kind::shown_by(&file.head);
    match (announced, shown) {
        (Some(announced), Some(shown)) if announced != shown => {
            findings.tell(&CONTENT, element, Some(shown.media_type()), announced.media_type());
        }
        (Some(Kind::Plain), None) => {
            if let Some((at, byte)) = file.control {
                let found = format!("0x{byte:02X} at byte {at} of the file");
                findings.tell(&PLAIN, element, Some(&found), "readable text");
            }
        }
        (Some(announced), None) => {
            let first: Vec<String> = file.head.iter().take(8).map(|byte| format!("{byte:02X}")).collect();
            findings.tell(&CONTENT, element, Some(&first.join(" ")), announced.media_type());
        }
        (None | Some(_), _) => {}
    }
    if let Some(look) = &file.pdf {
        pdf_a(element, &file.head, look.seen(), findings);
    }
}

/// Decodes what the element holds; nothing when it is no base64, which is told.
fn read(element: Node<'_, '_>, findings: &mut Findings<'_>) -> Option<File> {
    let mut file = File::default();
    let mut decoder = Decoder::new();
    let mut last = None;
    for text in element.children().filter(Node::is_text) {
        let piece = text.text().unwrap_or_default();
        if let Err(fault) = decoder.feed(piece, &mut |bytes| file.feed(bytes)) {
            tell(fault, text, findings);
            return None;
        }
        last = Some(text);
    }
    match (decoder.finish(&mut |bytes| file.feed(bytes)), last) {
        (Err(fault), Some(text)) => {
            tell(fault, text, findings);
            None
        }
        _ => Some(file),
    }
}

fn tell(fault: Fault, text: Node<'_, '_>, findings: &mut Findings<'_>) {
    let whole = text.text().unwrap_or_default();
    let character = |at: usize| whole.get(at..).and_then(|rest| rest.chars().next()).map(String::from);
    let (at, found, expected) = match fault {
        Fault::Foreign(at) => (at, character(at), "a character of base64: A-Z, a-z, 0-9, +, / or ="),
        Fault::Padding(at) => (at, character(at), "two or three characters before the padding"),
        Fault::After(at) => (at, character(at), "nothing after the padding"),
        Fault::Cut(left) => {
            (whole.trim_end().len(), Some(format!("{left} characters in the last group")), "groups of four characters")
        }
    };
    findings.tell_inside(&BASE64, text, at, found.as_deref(), expected);
}

fn pdf_a(element: Node<'_, '_>, head: &[u8], seen: Seen, findings: &mut Findings<'_>) {
    if !head.starts_with(b"%PDF-1.") {
        let first: String = head.iter().take(8).map(|byte| char::from(*byte)).collect();
        findings.tell(&PDF_HEADER, element, Some(&first), "%PDF-1.");
    }
    if !seen.claims_first_part() {
        findings.tell(&PDF_CLAIM, element, seen.claim().as_deref(), "PDF/A-1a or PDF/A-1b");
    } else if !seen.output_intents {
        findings.tell(&PDF_COLOURS, element, None, "/OutputIntents");
    }
    if seen.encrypted {
        findings.tell(&PDF_ENCRYPTED, element, Some("/Encrypt"), "a PDF that everybody can read");
    }
    if seen.script {
        findings.tell(&PDF_SCRIPT, element, Some("/JavaScript"), "a PDF without scripts");
    }
}
