//! The bytes of an answer on their way out: text that was written, files that are streamed.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSliceMut, Read, Seek as _};

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use bytes::Bytes;
use futures_util::{Stream, stream};
use rustix::io::{ReadWriteFlags, preadv2};

/// Bytes of a document that are in memory at one time. Larger pieces, passed between threads, cost the allocator tens
/// of megabytes for one large document: `make memory` shows it; and small ones stay in the processor's cache.
const CHUNK: u64 = 64 << 10;

/// A stretch of the answer.
#[derive(Debug)]
pub(super) enum Segment {
    /// In memory.
    Bytes(Bytes),
    /// The next `size` bytes of a file.
    File { file: File, size: u64 },
    /// Bytes that are made while they are sent.
    Produced(Produced),
}

/// Makes the bytes of a stretch whose length is not known beforehand, piece by piece, on a thread where waiting is
/// allowed; nothing when it is at its end.
pub(super) struct Produced(Box<dyn FnMut() -> io::Result<Option<Bytes>> + Send>);

impl Produced {
    pub(super) fn new(next: impl FnMut() -> io::Result<Option<Bytes>> + Send + 'static) -> Self {
        Self(Box::new(next))
    }
}

impl std::fmt::Debug for Produced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Produced")
    }
}

impl From<Vec<u8>> for Segment {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl Segment {
    /// Its length in bytes, if it is known before it is sent.
    pub(super) fn len(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File { size, .. } => Some(*size),
            Self::Produced(_) => None,
        }
    }
}

impl Segment {
    /// The file with the place and the length of its bytes, or the segment itself when it is no file.
    pub(super) fn into_file(self) -> io::Result<Result<(File, u64, u64), Self>> {
        match self {
            Self::File { mut file, size } => {
                let offset = file.stream_position()?;
                Ok(Ok((file, offset, size)))
            }
            other @ (Self::Bytes(_) | Self::Produced(_)) => Ok(Err(other)),
        }
    }
}

/// The bytes of one segment.
pub(super) fn bytes_of(segment: Segment) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(VecDeque::from([segment]), next)
}

/// An answer: of known length unless a stretch of it is still to be made.
pub(super) fn respond(status: StatusCode, content_type: &str, segments: Vec<Segment>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.content_type(content_type);
    let length: Option<u64> = segments.iter().map(Segment::len).sum();
    let mut segments = VecDeque::from(segments);
    match (segments.pop_front(), segments.is_empty()) {
        (Some(Segment::Bytes(only)), true) => response.body(only),
        (first, _) => {
            segments.extend(first);
            segments.rotate_right(1);
            let stream = stream::unfold(segments, next);
            match length {
                Some(length) => response.body(SizedStream::new(length, stream)),
                None => response.streaming(stream),
            }
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
            let read = match at_hand(&file, wanted) {
                Some(bytes) => Ok((bytes, file)),
                None => actix_web::web::block(move || take(&mut file, wanted).map(|bytes| (bytes, file)))
                    .await
                    .map_err(io::Error::other)
                    .and_then(|read| read),
            };
            match read {
                Ok((bytes, file)) => {
                    segments.push_front(Segment::File { file, size: size - bytes.len() as u64 });
                    Some((Ok(bytes), segments))
                }
                // The answer breaks off: the caller sees that it is shorter than announced.
                Err(error) => {
                    tracing::error!(%error, "a document cannot be read to its end");
                    Some((Err(error), VecDeque::new()))
                }
            }
        }
        Segment::Produced(mut produced) => {
            let made = actix_web::web::block(move || (produced.0)().map(|bytes| (bytes, produced))).await;
            match made.map_err(io::Error::other).and_then(|made| made) {
                Ok((Some(bytes), produced)) => {
                    segments.push_front(Segment::Produced(produced));
                    Some((Ok(bytes), segments))
                }
                Ok((None, _)) => Some((Ok(Bytes::new()), segments)),
                // The answer breaks off without its last chunk: the caller sees that it has no end.
                Err(error) => Some((Err(error), VecDeque::new())),
            }
        }
    }
}

/// What the system has in memory of the next bytes, read without waiting for the disk: no hand-over to another thread.
fn at_hand(file: &File, wanted: u64) -> Option<Bytes> {
    let mut bytes = vec![0; usize::try_from(wanted).ok()?];
    // At the position of the file, which moves.
    let position = u64::MAX;
    match preadv2(file, &mut [IoSliceMut::new(&mut bytes)], position, ReadWriteFlags::NOWAIT) {
        Ok(read) if read > 0 => {
            bytes.truncate(read);
            Some(bytes.into())
        }
        // Not in memory, or a file system that cannot say; at the end of the file the other way finds the error.
        Ok(_) | Err(_) => None,
    }
}

fn take(file: &mut File, size: u64) -> io::Result<Bytes> {
    let length = usize::try_from(size).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(length);
    file.take(size).read_to_end(&mut bytes)?;
    if bytes.len() == length { Ok(bytes.into()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io;

    use bytes::Bytes;
    use futures_util::{StreamExt, stream};

    use super::{Produced, Segment, next};

    /// What a client gets of an answer whose middle is made piece by piece, the last piece failing or not.
    async fn sent(pieces: Vec<Result<&'static str, &'static str>>) -> (String, bool) {
        let mut pieces = pieces.into_iter();
        let produced = Produced::new(move || match pieces.next() {
            Some(Ok(text)) => Ok(Some(Bytes::from(text))),
            Some(Err(error)) => Err(io::Error::other(error)),
            None => Ok(None),
        });
        let segments = vec![Segment::from(b"<".to_vec()), Segment::Produced(produced), Segment::from(b">".to_vec())];
        let chunks: Vec<_> = stream::unfold(VecDeque::from(segments), next).collect().await;
        let whole = chunks.iter().all(Result::is_ok);
        let bytes: Vec<u8> = chunks.into_iter().flatten().flatten().collect();
        (String::from_utf8(bytes).unwrap(), whole)
    }

    #[actix_web::test]
    async fn what_is_made_piece_by_piece_stands_between_its_neighbours() {
        assert_eq!(sent(vec![Ok("a"), Ok("b")]).await, ("<ab>".to_owned(), true));
        assert_eq!(sent(vec![]).await, ("<>".to_owned(), true));
    }

    #[actix_web::test]
    async fn an_answer_that_cannot_be_made_to_its_end_breaks_off() {
        assert_eq!(sent(vec![Ok("a"), Err("lost")]).await, ("<a".to_owned(), false));
    }
}
