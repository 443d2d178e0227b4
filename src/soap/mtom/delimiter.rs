//! Finding `line-end "--" boundary` in a stream of chunks, without copying and without losing an octet.
//!
//! What could be the beginning of a delimiter at the end of a chunk is held back: at most the length of one.

use bytes::Bytes;
use memchr::memmem::Finder;

/// Searches chunk after chunk.
#[derive(Debug)]
pub(crate) struct Search {
    /// `"\n--boundary"`; a CR before it belongs to it unless the package uses LF alone.
    delimiter: Vec<u8>,
    finder: Finder<'static>,
    /// Octets of earlier chunks that may begin a delimiter: `"\r"`, or CR? and a prefix of the delimiter.
    held: Vec<u8>,
    /// How many of them were not content in the first place.
    imagined: usize,
}

/// What a chunk gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Content; the chunk may hold more.
    Content(Bytes),
    /// Nothing yet; the chunk holds more.
    Again,
    /// The chunk is used up.
    Nothing,
    /// A delimiter was passed; the chunk begins after it.
    Delimiter,
}

impl Search {
    /// A search that stands at the beginning of a message.
    pub(crate) fn new(boundary: &str) -> Self {
        let delimiter = format!("\n--{boundary}").into_bytes();
        let finder = Finder::new(&delimiter).into_owned();
        let mut search = Self { delimiter, finder, held: Vec::new(), imagined: 0 };
        search.begin_line();
        search
    }

    /// Says that a line begins here, so that a delimiter may follow at once: at the beginning of a message, and
    /// after the empty line of a part without content.
    pub(crate) fn begin_line(&mut self) {
        self.held = b"\n".to_vec();
        self.imagined = 1;
    }

    /// Takes the next piece of content off the front of `chunk`, up to a delimiter.
    ///
    /// `line_feed_only`: a CR before the line feed is content.
    pub(crate) fn step(&mut self, chunk: &mut Bytes, line_feed_only: bool) -> Found {
        if chunk.is_empty() {
            return Found::Nothing;
        }
        if !self.held.is_empty() {
            return self.step_held(chunk);
        }
        if let Some(at) = self.finder.find(chunk) {
            let content = chunk.split_to(at);
            // A CR that ends the content is part of the line end.
            let content = match content.split_last() {
                Some((b'\r', _)) if !line_feed_only => content.slice(..content.len() - 1),
                _ => content,
            };
            if content.is_empty() {
                drop(chunk.split_to(self.delimiter.len()));
                return Found::Delimiter;
            }
            // The line feed stays, so that the next step finds the delimiter at the front.
            return Found::Content(content);
        }
        let keep = self.beginning_at_end(chunk, line_feed_only);
        self.held = chunk.split_off(chunk.len() - keep).to_vec();
        let content = std::mem::take(chunk);
        if content.is_empty() { Found::Nothing } else { Found::Content(content) }
    }

    /// Decides whether held octets and the front of the chunk make a delimiter.
    fn step_held(&mut self, chunk: &mut Bytes) -> Found {
        let line_feed = self.held.iter().position(|byte| *byte == b'\n').unwrap_or(self.held.len());
        let rest = self.delimiter.get(self.held.len() - line_feed..).unwrap_or_default();
        let compared = rest.len().min(chunk.len());
        if rest.get(..compared) != chunk.get(..compared) {
            let content = Bytes::from(std::mem::take(&mut self.held)).split_off(std::mem::take(&mut self.imagined));
            return if content.is_empty() { Found::Again } else { Found::Content(content) };
        }
        let complete = compared == rest.len();
        let front = chunk.split_to(compared);
        if !complete {
            self.held.extend_from_slice(&front);
            return Found::Nothing;
        }
        self.held.clear();
        self.imagined = 0;
        Found::Delimiter
    }

    /// How many octets at the end of a chunk without delimiter may begin one.
    fn beginning_at_end(&self, chunk: &[u8], line_feed_only: bool) -> usize {
        let window = chunk.len().saturating_sub(self.delimiter.len() - 1);
        let tail = chunk.get(window..).unwrap_or_default();
        if let Some(at) = memchr::memrchr(b'\n', tail) {
            let candidate = tail.get(at..).unwrap_or_default();
            if self.delimiter.starts_with(candidate) {
                let before = (window + at).checked_sub(1).and_then(|before| chunk.get(before));
                let carriage_return = !line_feed_only && before == Some(&b'\r');
                return candidate.len() + usize::from(carriage_return);
            }
        }
        usize::from(!line_feed_only && chunk.last() == Some(&b'\r'))
    }
}
