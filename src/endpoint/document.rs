//! The bytes of an answer on their way out: text that was written, files that are streamed.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use bytes::Bytes;
use futures_util::stream;

use crate::telemetry::correlation::Correlation;

/// Bytes of documents that are read before the answer begins: most documents take no second trip to the disk.
const READ_AHEAD: u64 = 1 << 20;
/// Bytes of a document that are in memory at one time beyond that. Larger pieces, passed between threads, cost the allocator
/// tens of megabytes for one large document: `make memory` shows it.
const CHUNK: u64 = 64 << 10;

/// A stretch of the answer.
#[derive(Debug)]
pub(super) enum Segment {
    /// In memory.
    Bytes(Bytes),
    /// The next `size` bytes of a file.
    File { file: File, size: u64 },
}

impl From<Vec<u8>> for Segment {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl Segment {
    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { size, .. } => *size,
        }
    }
}

/// Reads small documents at the head of an answer into memory. Blocks. What cannot be read is met again while streaming.
pub(super) fn read_ahead(segments: &mut [Segment], correlation: &Correlation) {
    let mut budget = READ_AHEAD;
    for segment in segments {
        let Segment::File { file, size } = segment else { continue };
        if *size > budget {
            return;
        }
        budget -= *size;
        match take(file, *size) {
            Ok(bytes) => *segment = Segment::Bytes(bytes),
            Err(error) => {
                tracing::error!(%correlation, %error, "a document cannot be read");
                return;
            }
        }
    }
}

/// An answer of known length.
pub(super) fn respond(status: StatusCode, content_type: &str, segments: Vec<Segment>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.content_type(content_type);
    let length = segments.iter().map(Segment::len).sum();
    let mut segments = VecDeque::from(segments);
    match (segments.pop_front(), segments.is_empty()) {
        (Some(Segment::Bytes(only)), true) => response.body(only),
        (first, _) => {
            segments.extend(first);
            segments.rotate_right(1);
            response.body(SizedStream::new(length, stream::unfold(segments, next)))
        }
    }
}

/// The next bytes, and what is left.
async fn next(mut segments: VecDeque<Segment>) -> Option<(Result<Bytes, io::Error>, VecDeque<Segment>)> {
    match segments.pop_front()? {
        Segment::Bytes(bytes) => Some((Ok(bytes), segments)),
        Segment::File { size: 0, .. } => Some((Ok(Bytes::new()), segments)),
        Segment::File { mut file, size } => {
            let wanted = size.min(CHUNK);
            let read = actix_web::web::block(move || take(&mut file, wanted).map(|bytes| (bytes, file))).await;
            match read.map_err(io::Error::other).and_then(|read| read) {
                Ok((bytes, file)) => {
                    segments.push_front(Segment::File { file, size: size - wanted });
                    Some((Ok(bytes), segments))
                }
                // The answer breaks off: the caller sees that it is shorter than announced.
                Err(error) => {
                    tracing::error!(%error, "a document cannot be read to its end");
                    Some((Err(error), VecDeque::new()))
                }
            }
        }
    }
}

fn take(file: &mut File, size: u64) -> io::Result<Bytes> {
    let length = usize::try_from(size).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(length);
    file.take(size).read_to_end(&mut bytes)?;
    if bytes.len() == length { Ok(bytes.into()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
