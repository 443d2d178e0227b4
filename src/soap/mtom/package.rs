//! The streaming reader of a MIME package. Spec: RFC 2046: 5.1.1, RFC 2387: 3; ITI TF-2: V.3.6.
//!
//! ```text
//! package   = [ preamble line-end ] "--" boundary padding line-end part *( delimiter part ) close [ epilogue ]
//! delimiter = line-end "--" boundary padding line-end
//! close     = line-end "--" boundary "--"
//! part      = *header line-end content
//! ```
//!
//! No I/O, no copy of content: what [`Reader::next`] hands out are slices of the chunks that were fed, except where
//! base64 is decoded. A line that begins with the boundary and goes on otherwise is refused, because readers
//! differ on it.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;

use crate::soap::mtom::base64::Decoder;
use crate::soap::mtom::content_id::ContentId;
use crate::soap::mtom::delimiter::{Found, Search};
use crate::soap::mtom::media_type::{MediaType, Packaging};
use crate::soap::mtom::part_header::{self, Encoding};
use crate::soap::tolerance::Tolerance;

pub use crate::soap::mtom::part_header::PartHeader;
pub use crate::soap::mtom::refusal::PackageError;

/// How much one package may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the whole message, as sent.
    pub message_bytes: u64,
    /// Octets of the root part.
    pub root_bytes: u64,
    /// Parts, the root included.
    pub parts: u32,
    /// Octets of the headers of one part; of the preamble too.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: 1 << 30, root_bytes: 8 << 20, parts: 1000, header_bytes: 16 << 10 }
    }
}

/// What the reader met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A part begins.
    PartStart(PartHeader),
    /// Content of the part, decoded.
    Data(Bytes),
    /// The part is complete.
    PartEnd,
    /// The closing boundary was met; what follows is ignored.
    End,
}

/// Reads one package.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    content_type: MediaType,
    root: Option<ContentId>,
    search: Search,
    chunks: VecDeque<Bytes>,
    received: u64,
    state: State,
    /// Header block or delimiter line under way.
    block: Vec<u8>,
    line_feed_only: bool,
    parts: u32,
    root_seen: bool,
    identifiers: BTreeSet<ContentId>,
    tolerated: BTreeSet<Tolerance>,
}

#[derive(Debug)]
enum State {
    /// Before the first delimiter; how much was skipped.
    Preamble(usize),
    /// Behind `--boundary`, before the end of its line.
    DelimiterLine,
    Headers,
    Content(Content),
    /// Behind the closing boundary; whether that was told.
    Closed {
        told: bool,
    },
    Refused(PackageError),
}

#[derive(Debug)]
struct Content {
    decoder: Option<Decoder>,
    is_root: bool,
    length: u64,
}

/// What one step of the machine gives.
enum Step {
    Event(Event),
    Again,
    /// More chunks are needed.
    Hungry,
}

impl Reader {
    /// A reader for a message of that Content-Type.
    ///
    /// # Errors
    /// When it is no package, or its boundary is none.
    pub fn new(content_type: &str, limits: Limits) -> Result<Self, PackageError> {
        let content_type = MediaType::parse(content_type).ok_or(PackageError::MediaType)?;
        if content_type.packaging()? != Packaging::Package {
            return Err(PackageError::MediaType);
        }
        let boundary = content_type.parameter("boundary").filter(|text| is_boundary(text));
        let search = Search::new(boundary.ok_or(PackageError::Boundary)?);
        let root = match content_type.parameter("start") {
            Some(start) => Some(ContentId::parse(start).ok_or(PackageError::NoRoot)?),
            None => None,
        };
        let tolerated = content_type.tolerated().into_iter().collect();
        Ok(Self {
            limits,
            content_type,
            root,
            search,
            chunks: VecDeque::new(),
            received: 0,
            state: State::Preamble(0),
            block: Vec::new(),
            line_feed_only: false,
            parts: 0,
            root_seen: false,
            identifiers: BTreeSet::new(),
            tolerated,
        })
    }

    /// Takes the next chunk of the message, of any length.
    pub fn feed(&mut self, chunk: Bytes) {
        self.received = self.received.saturating_add(chunk.len() as u64);
        self.chunks.push_back(chunk);
    }

    /// The next event, or `None` when more chunks are needed. Call until `None` after every [`Reader::feed`].
    ///
    /// # Errors
    /// The first thing wrong; the same again on every later call.
    #[expect(clippy::should_implement_trait, reason = "an iterator that is fed between two items is none")]
    pub fn next(&mut self) -> Result<Option<Event>, PackageError> {
        if self.received > self.limits.message_bytes {
            self.state = State::Refused(limit("message size", self.limits.message_bytes));
        }
        loop {
            match self.step() {
                Ok(Step::Event(event)) => return Ok(Some(event)),
                Ok(Step::Hungry) => return Ok(None),
                Ok(Step::Again) => {}
                Err(error) => {
                    self.chunks.clear();
                    self.state = State::Refused(error.clone());
                    return Err(error);
                }
            }
        }
    }

    /// Says that no chunk will follow.
    ///
    /// # Errors
    /// When the closing boundary was not met.
    pub fn finish(&self) -> Result<(), PackageError> {
        match &self.state {
            State::Closed { .. } => Ok(()),
            State::Refused(error) => Err(error.clone()),
            State::Preamble(_) | State::DelimiterLine | State::Headers | State::Content(_) => {
                Err(PackageError::NotClosed)
            }
        }
    }

    /// The Content-Type of the message.
    pub fn content_type(&self) -> &MediaType {
        &self.content_type
    }

    /// The deviations that were taken so far.
    pub fn tolerated(&self) -> impl Iterator<Item = Tolerance> {
        self.tolerated.iter().copied()
    }

    fn step(&mut self) -> Result<Step, PackageError> {
        match &self.state {
            State::Refused(error) => return Err(error.clone()),
            State::Closed { told: false } => {
                self.state = State::Closed { told: true };
                return Ok(Step::Event(Event::End));
            }
            State::Closed { told: true } => self.chunks.clear(),
            State::Preamble(_) | State::DelimiterLine | State::Headers | State::Content(_) => {}
        }
        let Some(mut chunk) = self.chunks.pop_front() else { return Ok(Step::Hungry) };
        let step = match &self.state {
            State::Preamble(_) | State::Content(_) => self.content(&mut chunk),
            State::DelimiterLine => self.delimiter_line(&mut chunk),
            State::Headers => self.headers(&mut chunk),
            State::Closed { .. } | State::Refused(_) => Ok(Step::Hungry),
        };
        if !chunk.is_empty() {
            self.chunks.push_front(chunk);
        }
        step
    }

    /// Content of a part, or the preamble before the first.
    fn content(&mut self, chunk: &mut Bytes) -> Result<Step, PackageError> {
        match self.search.step(chunk, self.line_feed_only) {
            Found::Nothing | Found::Again => Ok(Step::Again),
            Found::Content(octets) => match &mut self.state {
                State::Content(content) => content.take(octets, &self.limits, self.parts),
                State::Preamble(skipped) => {
                    *skipped += octets.len();
                    if *skipped > self.limits.header_bytes {
                        return Err(limit("octets before the first boundary", self.limits.header_bytes as u64));
                    }
                    Ok(Step::Again)
                }
                State::DelimiterLine | State::Headers | State::Closed { .. } | State::Refused(_) => Ok(Step::Again),
            },
            Found::Delimiter => match std::mem::replace(&mut self.state, State::DelimiterLine) {
                State::Content(content) => {
                    content.finish(self.parts)?;
                    Ok(Step::Event(Event::PartEnd))
                }
                State::Preamble(_)
                | State::DelimiterLine
                | State::Headers
                | State::Closed { .. }
                | State::Refused(_) => Ok(Step::Again),
            },
        }
    }

    /// `"--"`, or padding and the end of the line.
    fn delimiter_line(&mut self, chunk: &mut Bytes) -> Result<Step, PackageError> {
        const LONGEST_PADDING: usize = 64;
        for (at, byte) in chunk.iter().enumerate() {
            match (byte, self.block.as_slice()) {
                (b'\n', line) => {
                    self.line_feed_only = line.last() != Some(&b'\r');
                    if self.line_feed_only {
                        self.tolerated.insert(Tolerance::LineFeedOnly);
                    }
                    drop(chunk.split_to(at + 1));
                    self.block.clear();
                    self.state = State::Headers;
                    return Ok(Step::Again);
                }
                (b'-', b"-") => {
                    drop(chunk.split_to(at + 1));
                    self.block.clear();
                    if !self.root_seen {
                        return Err(PackageError::NoRoot);
                    }
                    self.state = State::Closed { told: false };
                    return Ok(Step::Again);
                }
                (b'-', b"") => {}
                (b' ' | b'\t' | b'\r', line)
                    if line.len() < LONGEST_PADDING && !matches!(line.last(), Some(b'-' | b'\r')) => {}
                _ => return Err(PackageError::Delimiter),
            }
            self.block.push(*byte);
        }
        chunk.clear();
        Ok(Step::Again)
    }

    /// Lines up to an empty one.
    fn headers(&mut self, chunk: &mut Bytes) -> Result<Step, PackageError> {
        let line = match memchr::memchr(b'\n', chunk) {
            Some(at) => chunk.split_to(at + 1),
            None => std::mem::take(chunk),
        };
        if self.block.len() + line.len() > self.limits.header_bytes {
            return Err(limit("octets of part headers", self.limits.header_bytes as u64));
        }
        self.block.extend_from_slice(&line);
        // The line may have begun in an earlier chunk.
        let block = self.block.as_slice();
        let empty =
            [&b"\n\n"[..], b"\n\r\n"].iter().any(|end| block.ends_with(end)) || matches!(block, b"\n" | b"\r\n");
        if !empty {
            return Ok(Step::Again);
        }
        let block = std::mem::take(&mut self.block);
        self.begin_part(&block)
    }

    fn begin_part(&mut self, block: &[u8]) -> Result<Step, PackageError> {
        self.parts += 1;
        if self.parts > self.limits.parts {
            return Err(limit("number of parts", u64::from(self.limits.parts)));
        }
        let mut header = part_header::parse(block, self.parts)?;
        if header.content_id.as_ref().is_some_and(|id| !self.identifiers.insert(id.clone())) {
            return Err(PackageError::DuplicateContentId { part: self.parts });
        }
        header.is_root = match &self.root {
            Some(root) => header.content_id.as_ref() == Some(root),
            None => self.parts == 1,
        };
        if header.is_root {
            header.check_root()?;
            self.root_seen = true;
            self.tolerate(self.parts > 1, Tolerance::RootNotFirst);
            self.tolerate(!header.says_xop(), Tolerance::RootMediaType);
        }
        let decoder = (header.encoding == Encoding::Base64).then(Decoder::default);
        self.tolerate(decoder.is_some(), Tolerance::Base64Part);
        self.state = State::Content(Content { decoder, is_root: header.is_root, length: 0 });
        self.search.begin_line();
        Ok(Step::Event(Event::PartStart(header)))
    }

    fn tolerate(&mut self, deviates: bool, tolerance: Tolerance) {
        if deviates {
            self.tolerated.insert(tolerance);
        }
    }
}

impl Content {
    fn take(&mut self, octets: Bytes, limits: &Limits, part: u32) -> Result<Step, PackageError> {
        let octets = match &mut self.decoder {
            Some(decoder) => Bytes::from(decoder.feed(&octets).map_err(|_| PackageError::Base64 { part })?),
            None => octets,
        };
        self.length = self.length.saturating_add(octets.len() as u64);
        if self.is_root && self.length > limits.root_bytes {
            return Err(limit("root part size", limits.root_bytes));
        }
        if octets.is_empty() { Ok(Step::Again) } else { Ok(Step::Event(Event::Data(octets))) }
    }

    fn finish(mut self, part: u32) -> Result<(), PackageError> {
        match &mut self.decoder {
            Some(decoder) => decoder.finish().map_err(|_| PackageError::Base64 { part }),
            None => Ok(()),
        }
    }
}

fn limit(what: &'static str, limit: u64) -> PackageError {
    PackageError::Limit { what, limit }
}

/// Spec: RFC 2046: 5.1.1, production `boundary`, and what clients use beyond it: any visible ASCII character.
fn is_boundary(text: &str) -> bool {
    (1..=70).contains(&text.len())
        && !text.ends_with(' ')
        && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}
