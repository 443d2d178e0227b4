//! SHA-1 of a document, as XDS carries it. Spec: ITI TF-3: 4.2.3.2.10.

use crate::datatype::Malformed;

/// A SHA-1 value. Written in lower case; read in either case, since clients send both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha1([u8; 20]);

impl Sha1 {
    /// The hash of the empty document, which announces a document still to be assembled.
    pub const OF_NOTHING: Self = Self([
        0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8,
        0x07, 0x09,
    ]);

    /// Reads 40 hexadecimal digits.
    ///
    /// # Errors
    /// [`Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed { kind: "hash", expected: "SHA-1 as 40 hexadecimal digits" };
        if text.len() != 40 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(malformed);
        }
        let mut bytes = [0; 20];
        for (at, byte) in bytes.iter_mut().enumerate() {
            let pair = text.get(2 * at..2 * at + 2).ok_or(malformed)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| malformed)?;
        }
        Ok(Self(bytes))
    }

    /// Takes the 20 bytes of a digest that the caller computed.
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl std::fmt::Display for Sha1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Sha1;

    #[test]
    fn a_hash_is_read_in_either_case_and_written_in_lower_case() {
        let hash = Sha1::parse("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709").unwrap();
        assert_eq!(hash, Sha1::OF_NOTHING);
        assert_eq!(hash.to_string(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert!(Sha1::parse("da39").is_err());
        assert!(Sha1::parse("zz39a3ee5e6b4b0d3255bfef95601890afd80709").is_err());
    }
}
