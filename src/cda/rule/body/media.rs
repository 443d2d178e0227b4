//! The kinds of file that a document may hold, and by which bytes each is known.
//!
//! Spec: ANS volet "Structuration minimale", corps non structuré; the marks are those of the formats themselves (ISO 32000 §7.5.2,
//! RTF 1.9, ISO/IEC 10918-1 Annex B, TIFF 6.0 §2, PNG §5.2).

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// PDF.
    Pdf,
    /// Text without form.
    Plain,
    /// Rich text.
    Rtf,
    /// JPEG.
    Jpeg,
    /// TIFF.
    Tiff,
    /// PNG.
    Png,
}

/// What is known of a kind.
struct Row {
    kind: Kind,
    media_type: &'static str,
    marks: &'static [&'static [u8]],
}

static TABLE: &[Row] = &[
    Row { kind: Kind::Pdf, media_type: "application/pdf", marks: &[b"%PDF-"] },
    Row { kind: Kind::Plain, media_type: "text/plain", marks: &[] },
    Row { kind: Kind::Rtf, media_type: "text/rtf", marks: &[b"{\\rtf"] },
    Row { kind: Kind::Jpeg, media_type: "image/jpeg", marks: &[b"\xff\xd8\xff"] },
    Row { kind: Kind::Tiff, media_type: "image/tiff", marks: &[b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"] },
    Row { kind: Kind::Png, media_type: "image/png", marks: &[b"\x89PNG\r\n\x1a\n"] },
];

/// A reader of PDF takes what stands before the header, within these bytes.
pub(super) const HEAD: usize = 1024;

impl Kind {
    /// The kind of a media type.
    pub(super) fn of(media_type: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.media_type == media_type).map(|row| row.kind)
    }

    /// The kind that the first bytes of a file show. Text without form shows nothing.
    pub(super) fn shown_by(head: &[u8]) -> Option<Self> {
        let shown = TABLE.iter().find(|row| row.marks.iter().any(|mark| head.starts_with(mark)));
        let late = || memchr::memmem::find(head, b"%PDF-").map(|_| Self::Pdf);
        shown.map(|row| row.kind).or_else(late)
    }

    /// Its media type.
    pub(super) fn media_type(self) -> &'static str {
        TABLE.iter().find(|row| row.kind == self).map_or("", |row| row.media_type)
    }
}

/// Whether a byte stands in no text, in UTF-8, Latin-1 or Windows-1252.
pub(super) fn is_control(byte: u8) -> bool {
    (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c)) || byte == 0x7f
}

#[cfg(test)]
mod tests {
    use super::{Kind, TABLE, is_control};

    #[test]
    fn each_kind_is_known_by_its_marks_and_by_its_media_type() {
        for row in TABLE {
            assert_eq!(Kind::of(row.media_type), Some(row.kind));
            assert_eq!(row.kind.media_type(), row.media_type);
            for mark in row.marks {
                let file = [mark, &b"more"[..]].concat();
                assert_eq!(Kind::shown_by(&file), Some(row.kind));
            }
        }
        assert_eq!(Kind::shown_by(b"junk before %PDF-1.4"), Some(Kind::Pdf));
        assert_eq!(Kind::shown_by(b"Compte rendu"), None);
        assert_eq!(Kind::of("text/html"), None);
    }

    #[test]
    fn accents_are_text_in_both_encodings_and_binary_is_not() {
        assert!("Été\r\n\tœuvre\u{c}".bytes().all(|byte| !is_control(byte)));
        assert!(b"\xc9t\xe9 \x92".iter().all(|byte| !is_control(*byte)));
        assert!("E\0t\0".bytes().any(is_control));
    }
}
