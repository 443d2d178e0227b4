//! Answers that go out on a connection of their own: the queue between this face and whoever carries them.
//!
//! A request is accepted only while there is room, so that what waits is bounded; an answer that is larger than a
//! few pages waits on the disk, not in memory, and documents are read from their own files.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::endpoint::destination::{Destination, Target};
use crate::endpoint::document::{self, Segment};
use crate::telemetry::correlation::Correlation;

/// Makes a letter: carries the request out. Run by the carrier, on a thread that serves no caller.
pub type Job = Box<dyn FnOnce() -> LocalBoxFuture<'static, Option<Letter>> + Send>;

/// A job with its place in the queue, which is free again when this is dropped.
pub struct Accepted {
    /// What is to be done.
    pub job: Job,
    /// Of which exchange, for the log.
    pub correlation: Correlation,
    room: OwnedSemaphorePermit,
}

impl Accepted {
    /// The work, and the place that it keeps until it is dropped.
    pub fn into_parts(self) -> (Job, Correlation, OwnedSemaphorePermit) {
        (self.job, self.correlation, self.room)
    }
}

/// Where requests that are answered elsewhere are handed in.
#[derive(Clone)]
pub struct Outbox {
    allowed: Arc<[Target]>,
    room: Arc<Semaphore>,
    jobs: UnboundedSender<Accepted>,
    spool: Arc<Path>,
}

/// Where the carrier takes them from.
pub struct Inbox(pub UnboundedReceiver<Accepted>);

/// An answer on its way.
pub struct Letter {
    /// Whereto.
    pub destination: Destination,
    /// Its media type, with the parameters of a package.
    pub content_type: String,
    /// Its bytes, which can be read again for another attempt.
    pub body: Body,
    /// Of which exchange.
    pub correlation: Correlation,
    /// Of which transaction.
    pub transaction: &'static str,
}

/// The bytes of a letter.
#[derive(Clone)]
pub struct Body {
    pieces: Arc<[Piece]>,
    length: u64,
}

enum Piece {
    Bytes(Bytes),
    File { file: Arc<File>, offset: u64, size: u64 },
}

impl Outbox {
    /// An outbox for those targets and so many requests at a time. Larger answers wait in files under `spool`.
    pub fn new(allowed: Vec<Target>, room: usize, spool: PathBuf) -> (Self, Inbox) {
        let (jobs, inbox) = unbounded_channel();
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        (Self { allowed: allowed.into(), room, jobs, spool: spool.into() }, Inbox(inbox))
    }

    /// The addresses that answers may go to.
    pub(super) fn allowed(&self) -> &[Target] {
        &self.allowed
    }

    /// A place in the queue, if there is one.
    pub(super) fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).try_acquire_owned().ok()
    }

    /// Hands a job in; not when nobody carries any more.
    pub(super) fn post(&self, room: OwnedSemaphorePermit, correlation: Correlation, job: Job) -> bool {
        self.jobs.send(Accepted { job, correlation, room }).is_ok()
    }

    /// Where large answers wait.
    pub(super) fn spool(&self) -> &Arc<Path> {
        &self.spool
    }
}

/// Bytes of one answer that wait in memory.
const IN_MEMORY: usize = 64 << 10;
/// Bytes of a file that are in memory at one time.
const CHUNK: u64 = 64 << 10;

impl Body {
    /// Keeps the segments of an answer so that they can be sent, and sent again.
    pub(super) async fn keep(segments: Vec<Segment>, spool: &Arc<Path>) -> io::Result<Self> {
        let mut pieces = Vec::new();
        let mut waiting: Vec<u8> = Vec::new();
        let mut spooled: Option<Spool> = None;
        for segment in segments {
            match segment.into_file()? {
                Ok((file, offset, size)) => {
                    pieces.extend(whole(&mut waiting, &mut spooled));
                    pieces.push(Piece::File { file: Arc::new(file), offset, size });
                }
                Err(other) => {
                    let mut made = Box::pin(document::bytes_of(other));
                    while let Some(bytes) = made.next().await {
                        waiting.extend_from_slice(&bytes?);
                        if waiting.len() > IN_MEMORY {
                            let (chunk, file) = (std::mem::take(&mut waiting), spooled.take());
                            let spool = Arc::clone(spool);
                            let written = actix_web::web::block(move || Spool::append(file, &spool, &chunk)).await;
                            spooled = Some(written.map_err(io::Error::other)??);
                        }
                    }
                }
            }
        }
        pieces.extend(whole(&mut waiting, &mut spooled));
        let length = pieces.iter().map(Piece::length).sum();
        Ok(Self { pieces: pieces.into(), length })
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Its bytes from the start. `passed` is called with each chunk that goes out.
    pub fn stream(&self, passed: impl Fn(usize) + 'static) -> impl Stream<Item = io::Result<Bytes>> + 'static {
        let pieces = Arc::clone(&self.pieces);
        stream::unfold((pieces, 0_usize, 0_u64, passed), |(pieces, at, done, passed)| async move {
            let (read, next) = match pieces.get(at)? {
                Piece::Bytes(bytes) => (Ok(bytes.clone()), (at + 1, 0)),
                Piece::File { size, .. } if done >= *size => (Ok(Bytes::new()), (at + 1, 0)),
                Piece::File { file, offset, size } => {
                    let (file, from, wanted) = (Arc::clone(file), offset + done, (size - done).min(CHUNK));
                    let read = actix_web::web::block(move || read_at(&file, from, wanted)).await;
                    (read.map_err(io::Error::other).and_then(|read| read), (at, done + wanted))
                }
            };
            passed(read.as_ref().map_or(0, Bytes::len));
            Some((read, (pieces, next.0, next.1, passed)))
        })
    }
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { size, .. } => *size,
        }
    }
}

/// What was gathered so far, as pieces: the part on the disk, then the rest in memory.
fn whole(waiting: &mut Vec<u8>, spooled: &mut Option<Spool>) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(2);
    if let Some(Spool { file, size }) = spooled.take() {
        pieces.push(Piece::File { file: Arc::new(file), offset: 0, size });
    }
    if !waiting.is_empty() {
        pieces.push(Piece::Bytes(std::mem::take(waiting).into()));
    }
    pieces
}

fn read_at(file: &File, from: u64, wanted: u64) -> io::Result<Bytes> {
    let mut bytes = vec![0; usize::try_from(wanted).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes.into())
}

/// A file without a name: it is gone when nobody holds it, however the process ends.
struct Spool {
    file: File,
    size: u64,
}

impl Spool {
    fn append(spool: Option<Self>, directory: &Path, bytes: &[u8]) -> io::Result<Self> {
        let Self { mut file, size } = match spool {
            Some(spool) => spool,
            None => Self { file: nameless(directory)?, size: 0 },
        };
        file.write_all(bytes)?;
        Ok(Self { file, size: size + bytes.len() as u64 })
    }
}

fn nameless(directory: &Path) -> io::Result<File> {
    std::fs::create_dir_all(directory)?;
    let path = directory.join(uuid::Uuid::new_v4().simple().to_string());
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
