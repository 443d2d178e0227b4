//! Documents as files on the local disk: durable before they are announced, named by nothing that a client sent.
//!
//! A document is received chunk by chunk and hashed on the way ([`incoming`]), then *staged*: on the disk for good,
//! but visible to nobody until the registry names its [`BlobId`] in a commit. What a refusal or a crash leaves
//! behind is removed by [`sweep`]. Files stand in one folder a minute, so that the sweep looks at few of them.
//! Encryption and other stores than a disk are not here yet.

pub mod folder;
pub mod incoming;
pub mod sweep;

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::storage::blob::folder::Folders;
use crate::storage::blob::incoming::{Incoming, Staged};

/// The documents under one root folder. Cheap to clone: all clones share the folder handles.
#[derive(Debug, Clone)]
pub struct BlobStore {
    folders: Arc<Folders>,
}

/// The name of a stored document: the minute of its arrival and a drawn UUID, `20261125/1029/<uuid>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId(String);

/// Why a document could not be kept or handed out. No variant carries document content.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The disk refused an operation.
    #[error("cannot {action} {}", path.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The registry names a document that is not on the disk.
    #[error("document file {} is missing", id.0)]
    Missing {
        /// The name in the registry.
        id: BlobId,
    },
    /// The file is shorter or longer than what was acknowledged.
    #[error("document file {} has {found} bytes where {expected} were stored", id.0)]
    WrongSize {
        /// The name in the registry.
        id: BlobId,
        /// The size at the deposit.
        expected: u64,
        /// The size on the disk.
        found: u64,
    },
    /// A text that is not a name of this store.
    #[error("malformed document file name")]
    MalformedId,
}

/// Bytes that are read at one time.
const PIECE: usize = 128 << 10;

impl BlobStore {
    /// Opens the store in `root`, which is made if need be, for this user alone.
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        Ok(Self { folders: Arc::new(Folders::open(root)?) })
    }

    /// Starts to receive a document. `name` is a UUID that the caller has drawn.
    pub fn receive(&self, at: DateTime<Utc>, name: Uuid) -> Incoming {
        Incoming::new(Arc::clone(&self.folders), BlobId::new(at, name))
    }

    /// Opens a document that the registry names, for reading, after comparing its size with the one acknowledged.
    pub fn read(&self, id: &BlobId, size: u64) -> Result<File, BlobError> {
        let path = self.folders.path_of(id);
        let file = File::open(&path).map_err(|source| {
            if source.kind() == ErrorKind::NotFound {
                BlobError::Missing { id: id.clone() }
            } else {
                BlobError::Disk { action: "open", path: path.clone(), source }
            }
        })?;
        let found = file.metadata().map_err(|source| BlobError::Disk { action: "measure", path, source })?.len();
        if found == size { Ok(file) } else { Err(BlobError::WrongSize { id: id.clone(), expected: size, found }) }
    }

    /// The bytes of a document that the registry names, or will.
    pub fn bytes(&self, id: &BlobId, size: u64) -> Result<Vec<u8>, BlobError> {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        let read = self.read(id, size)?.read_to_end(&mut bytes);
        read.map_err(|source| BlobError::Disk { action: "read", path: self.folders.path_of(id), source })?;
        Ok(bytes)
    }

    /// Gives the bytes of a document to `take`, piece by piece.
    pub fn read_through(&self, id: &BlobId, size: u64, take: &mut dyn FnMut(&[u8])) -> Result<(), BlobError> {
        let mut file = self.read(id, size)?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = file.read(&mut piece);
            let read =
                read.map_err(|source| BlobError::Disk { action: "read", path: self.folders.path_of(id), source })?;
            if read == 0 {
                return Ok(());
            }
            take(piece.get(..read).unwrap_or_default());
        }
    }

    /// Removes the file of a document that no row names any more; one that is gone already is no error. When this returns, it
    /// stays gone whatever happens. Whoever has it open reads it to its end.
    pub fn remove(&self, id: &BlobId) -> Result<(), BlobError> {
        self.folders.remove(id)?;
        self.folders.sync_minute_of(id)
    }

    /// Removes a staged document whose registration was refused.
    ///
    /// Only for a refusal: after a storage *error* the commit may have reached the disk all the same, so the document
    /// stays, and the next sweep decides.
    #[expect(clippy::needless_pass_by_value, reason = "what was discarded can no longer be registered")]
    pub fn discard(&self, staged: Staged) -> Result<(), BlobError> {
        self.folders.remove(staged.id())
    }
}

impl BlobId {
    fn new(at: DateTime<Utc>, name: Uuid) -> Self {
        Self(format!("{}/{}", at.format("%Y%m%d/%H%M"), name.hyphenated()))
    }

    /// Reads a name as it stands in the registry. Anything else, `..` above all, is refused.
    pub fn parse(text: &str) -> Result<Self, BlobError> {
        let digits = |part: Option<&str>, length: usize| {
            part.is_some_and(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
        };
        let mut parts = text.split('/');
        let well_formed = digits(parts.next(), 8) && digits(parts.next(), 4) && parts.next().is_some_and(is_uuid);
        if well_formed && parts.next().is_none() { Ok(Self(text.to_owned())) } else { Err(BlobError::MalformedId) }
    }

    /// The form kept by the registry.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder of the minute, `20261125/1029`.
    fn minute(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(minute, _)| minute)
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests;
