//! Content-ID of a part, and the `cid:` reference to it. Spec: RFC 2392: 2.
//!
//! ```text
//! content-id = "<" addr-spec ">"        cid-url = "cid:" percent-encoded( addr-spec )
//! ```

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The identifier of a part, without brackets; compared by case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId(String);

/// What stands for itself in a `cid:` URL as the DMP writes it: `5f1c-1@urn%3Aihe%3Aiti%3Axds-b%3A2007`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
/// The longest line of a mail header.
const LONGEST: usize = 998;

impl ContentId {
    /// Reads a Content-ID header or a `start` parameter, with or without brackets.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        let bare = match value.strip_prefix('<') {
            Some(open) => open.strip_suffix('>')?,
            None => value,
        };
        let legal = |character: char| !character.is_control() && !matches!(character, '<' | '>' | ' ');
        (!bare.is_empty() && bare.len() <= LONGEST && bare.chars().all(legal)).then(|| Self(bare.to_owned()))
    }

    /// Reads a `cid:` reference: the identifier meant, percent-decoded.
    pub fn of_reference(href: &str) -> Option<Self> {
        let encoded = reference_text(href)?;
        Self::parse(&percent_decode_str(encoded).decode_utf8().ok()?)
    }

    /// Reads a `cid:` reference without decoding, for clients that encode the Content-ID too.
    pub(crate) fn of_literal_reference(href: &str) -> Option<Self> {
        Self::parse(reference_text(href)?)
    }

    /// The reference to this part.
    pub fn reference(&self) -> String {
        format!("cid:{}", utf8_percent_encode(&self.0, ENCODED))
    }

    /// The identifier without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ContentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

fn reference_text(href: &str) -> Option<&str> {
    let href = href.trim();
    let (scheme, rest) = href.split_once(':')?;
    scheme.eq_ignore_ascii_case("cid").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::ContentId;

    #[test]
    fn a_reference_is_decoded_and_compared_by_case() {
        let id = ContentId::parse(" <5f1c-1@urn:ihe:iti:xds-b:2007> ").unwrap();
        assert_eq!(ContentId::of_reference("cid:5f1c-1%40urn%3aihe%3Aiti:xds-b:2007"), Some(id.clone()));
        assert_eq!(ContentId::of_reference("CID:%3C5f1c-1@urn:ihe:iti:xds-b:2007%3E"), Some(id.clone()));
        assert_ne!(ContentId::of_reference("cid:5F1C-1@urn:ihe:iti:xds-b:2007"), Some(id.clone()));
        assert_eq!(id.reference(), "cid:5f1c-1@urn%3Aihe%3Aiti%3Axds-b%3A2007");
        assert_eq!(ContentId::of_reference(&id.reference()), Some(id));
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        for value in ["", "<>", "<a", "a b", "<a\nb>", "<<a>>"] {
            assert_eq!(ContentId::parse(value), None, "{value}");
        }
        for href in ["", "a", "cid:", "http://a", "cid:%0d%0a", "cid:%ff"] {
            assert_eq!(ContentId::of_reference(href), None, "{href}");
        }
    }
}
