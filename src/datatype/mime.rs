//! Media types of documents. Spec: ITI TF-3: 4.2.3.2.15, RFC 2046.

use crate::datatype::checked_text;

checked_text!(
    /// `type/subtype`, any registered or private one, with parameters kept as sent.
    MimeType, kind: "mimeType", expected: "type/subtype, at most 255 characters", check: is_mime_type, debug: shown
);

fn is_mime_type(text: &str) -> bool {
    let token =
        |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b));
    let essence = text.split(';').next().unwrap_or("").trim_end();
    text.len() <= 255
        && text.bytes().all(|b| (0x20..0x7f).contains(&b))
        && essence.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub))
}

#[cfg(test)]
mod tests {
    use super::MimeType;

    #[test]
    fn a_media_type_is_two_tokens() {
        for good in ["text/xml", "application/dicom", "text/goofy", "application/x-hl7", "text/plain; charset=utf-8"] {
            assert!(MimeType::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "text", "/xml", "text/", "text/x ml", "text/xml\r\nX: y"] {
            assert!(MimeType::parse(bad).is_err(), "{bad}");
        }
    }
}
