//! Base64 of a document, decoded in small pieces: what is wrong with it is told by place, and nothing is held.
//!
//! Spec: RFC 4648 §4, with the white space of RFC 2045 §6.8 (CDA R2 §3.2: `representation="B64"`).

/// Decoded bytes that are handed on at once.
const PIECE: usize = 48 << 10;

/// What a symbol of the text stands for, beside its six bits.
const SPACE: u8 = 0x80;
const PADDING: u8 = 0x81;
const FOREIGN: u8 = 0x82;

static SYMBOLS: [u8; 256] = symbols();

#[expect(clippy::indexing_slicing, reason = "a byte counts within the table, at compile time")]
const fn symbols() -> [u8; 256] {
    let mut table = [FOREIGN; 256];
    let mut byte = u8::MAX;
    loop {
        table[byte as usize] = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => PADDING,
            b' ' | b'\t' | b'\r' | b'\n' => SPACE,
            _ => FOREIGN,
        };
        if byte == 0 {
            return table;
        }
        byte -= 1;
    }
}

fn symbol(byte: u8) -> u8 {
    SYMBOLS.get(usize::from(byte)).copied().unwrap_or(FOREIGN)
}

/// Why a text is no base64. Offsets are bytes of the piece that was fed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A character that is not of the alphabet.
    Foreign(usize),
    /// Padding where there is nothing to pad.
    Padding(usize),
    /// Something after the padding.
    After(usize),
    /// The text ends within a group of four characters; this many are there.
    Cut(usize),
}

/// Decodes a text that comes in pieces.
pub(super) struct Decoder {
    group: u32,
    symbols: usize,
    padding: usize,
    ended: bool,
    decoded: Vec<u8>,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self { group: 0, symbols: 0, padding: 0, ended: false, decoded: Vec::new() }
    }

    /// Decodes a piece of the text; `take` is given the bytes.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) fn feed(&mut self, text: &str, take: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        let mut at = 0;
        loop {
            if self.symbols == 0 && !self.ended && self.padding == 0 {
                at += self.whole_groups(text.as_bytes().get(at..).unwrap_or_default());
            }
            if self.decoded.len() >= PIECE {
                take(&self.decoded);
                self.decoded.clear();
            }
            let Some(byte) = text.as_bytes().get(at) else { return Ok(()) };
            match symbol(*byte) {
                PADDING => self.pad(at)?,
                FOREIGN => return Err(Fault::Foreign(at)),
                SPACE => {}
                _ if self.ended || self.padding > 0 => return Err(Fault::After(at)),
                bits => self.add(bits),
            }
            at += 1;
        }
    }

    /// Decodes groups of four symbols up to the first that holds something else, or a piece of them; answers how many bytes of
    /// text they are.
    fn whole_groups(&mut self, text: &[u8]) -> usize {
        let before = self.decoded.len();
        let (groups, _) = text.as_chunks::<4>();
        for group in groups {
            let [a, b, c, d] = group.map(symbol);
            // What is no symbol has the highest bit.
            if (a | b | c | d) >= SPACE || self.decoded.len() >= PIECE {
                break;
            }
            self.decoded.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        }
        (self.decoded.len() - before) / 3 * 4
    }

    fn add(&mut self, bits: u8) {
        self.group = self.group << 6 | u32::from(bits);
        self.symbols += 1;
        if self.symbols == 4 {
            let [_, one, two, three] = self.group.to_be_bytes();
            self.decoded.extend([one, two, three]);
            (self.group, self.symbols) = (0, 0);
        }
    }

    fn pad(&mut self, at: usize) -> Result<(), Fault> {
        if self.ended {
            return Err(Fault::After(at));
        }
        self.padding += 1;
        match self.symbols + self.padding {
            3 if self.symbols == 2 => {}
            4 => {
                let [_, one, two, _] = (self.group << (6 * self.padding)).to_be_bytes();
                self.decoded.extend([one, two].iter().take(self.symbols - 1));
                self.ended = true;
            }
            _ => return Err(Fault::Padding(at)),
        }
        Ok(())
    }

    /// Ends the text.
    ///
    /// # Errors
    /// [`Fault::Cut`].
    pub(super) fn finish(self, take: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        if !self.ended && self.symbols > 0 {
            return Err(Fault::Cut(self.symbols + self.padding));
        }
        take(&self.decoded);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Fault};

    fn decode(pieces: &[&str]) -> Result<Vec<u8>, Fault> {
        let (mut decoder, mut whole) = (Decoder::new(), Vec::new());
        let mut take = |bytes: &[u8]| whole.extend_from_slice(bytes);
        for piece in pieces {
            decoder.feed(piece, &mut take)?;
        }
        decoder.finish(&mut take)?;
        Ok(whole)
    }

    #[test]
    fn pieces_and_white_space_do_not_change_what_is_decoded() {
        assert_eq!(decode(&["SGVs", "b", "G8\r\n", "gd29", " \tybG", "Q="]).unwrap(), b"Hello world");
        assert_eq!(decode(&[" \n"]).unwrap(), b"");
        assert_eq!(decode(&["+/+/", "AA=="]).unwrap(), [0xfb, 0xff, 0xbf, 0]);
        assert_eq!(decode(&["AA=", " ", "="]).unwrap(), [0]);
        let long: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &long);
        assert_eq!(decode(&[&text]).unwrap(), long);
    }

    #[test]
    fn each_fault_is_told_with_its_place() {
        assert_eq!(decode(&["SG!s"]), Err(Fault::Foreign(2)));
        assert_eq!(decode(&["SGVs", "\u{e9}"]), Err(Fault::Foreign(0)));
        assert_eq!(decode(&["SGV-"]), Err(Fault::Foreign(3)), "the alphabet of URLs is another one");
        assert_eq!(decode(&["===="]), Err(Fault::Padding(0)));
        assert_eq!(decode(&["S==="]), Err(Fault::Padding(1)));
        assert_eq!(decode(&["SG=s"]), Err(Fault::After(3)));
        assert_eq!(decode(&["SGVsbG8=SGVs"]), Err(Fault::After(8)));
        assert_eq!(decode(&["SGVsbG8=="]), Err(Fault::After(8)));
        assert_eq!(decode(&["SGVsbG8"]), Err(Fault::Cut(3)));
        assert_eq!(decode(&["SG="]), Err(Fault::Cut(3)));
    }
}
