//! Base64 as it arrives in pieces, with line ends between. Spec: RFC 2045: 6.8.

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;

/// The text was not base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not base64")]
pub struct NotBase64;

/// A decoder that keeps at most three characters between two pieces.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    padded: bool,
}

impl Decoder {
    /// Decodes a piece.
    ///
    /// # Errors
    /// [`NotBase64`] for a foreign character or text after the padding.
    pub fn feed(&mut self, piece: &[u8]) -> Result<Vec<u8>, NotBase64> {
        let mut text = std::mem::take(&mut self.held);
        text.reserve(piece.len());
        text.extend(piece.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | b' ' | b'\t')));
        self.held = text.split_off(text.len() - text.len() % 4);
        if text.is_empty() {
            return Ok(text);
        }
        // Four characters with padding end the text; more of them, even in a later piece, are a second text.
        if self.padded {
            return Err(NotBase64);
        }
        self.padded = text.last() == Some(&b'=');
        STANDARD.decode(&text).map_err(|_| NotBase64)
    }

    /// Ends the text.
    ///
    /// # Errors
    /// [`NotBase64`] when characters are left over.
    pub fn finish(&mut self) -> Result<(), NotBase64> {
        if self.held.is_empty() { Ok(()) } else { Err(NotBase64) }
    }
}

/// Decodes a whole text.
///
/// # Errors
/// [`NotBase64`].
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64> {
    let mut decoder = Decoder::default();
    let decoded = decoder.feed(text.as_bytes())?;
    decoder.finish()?;
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::{Decoder, NotBase64, decode};

    #[test]
    fn lines_and_pieces_do_not_change_what_is_decoded() {
        let mut decoder = Decoder::default();
        let mut whole = Vec::new();
        for piece in ["SGVs", "b", "G8\r\n", "gd29", " \tybG", "Q="] {
            whole.extend(decoder.feed(piece.as_bytes()).unwrap());
        }
        assert_eq!(decoder.finish(), Ok(()));
        assert_eq!(whole, b"Hello world");
        assert_eq!(decode(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_left_over_or_follows_the_padding_is_refused() {
        for text in ["SGVsbG8", "SGVsbG8=SGVsbG8=", "SG!s", "====", "SGVsbG9=", "SGVs-_=="] {
            assert_eq!(decode(text), Err(NotBase64), "{text}");
        }
        let mut decoder = Decoder::default();
        decoder.feed(b"SGVsbG8=").unwrap();
        assert_eq!(decoder.feed(b"SGVs"), Err(NotBase64));
    }
}
