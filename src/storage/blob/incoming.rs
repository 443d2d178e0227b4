//! A document on its way in: hashed as it comes, in memory while it is small, durable when it is finished.

use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use openssl::sha;

use crate::datatype::hash::Sha1;
use crate::storage::blob::folder::{Folder, Folders, disk};
use crate::storage::blob::{BlobError, BlobId};

/// What stays in memory: a document up to this size costs one create, one write and one sync, a larger one is
/// written in pieces of this size.
const IN_MEMORY: usize = 1 << 20;

/// A document being received. Dropped before [`Incoming::finish`], it leaves nothing.
///
/// Every method may wait for the disk: call them where blocking is allowed.
pub struct Incoming {
    folders: Arc<Folders>,
    id: BlobId,
    hash: sha::Sha1,
    size: u64,
    pending: Vec<u8>,
    /// Present once the document has outgrown the memory it may take.
    spilled: Option<(File, Arc<Folder>)>,
    finished: bool,
}

/// A document that is on the disk for good and that nobody sees yet: the registry must name it in a commit, or
/// [`BlobStore::discard`](crate::storage::blob::BlobStore::discard) must remove it.
#[derive(Debug)]
#[must_use = "a staged document is either registered or discarded"]
pub struct Staged {
    id: BlobId,
    size: u64,
    hash: Sha1,
}

impl Incoming {
    pub(super) fn new(folders: Arc<Folders>, id: BlobId) -> Self {
        let hash = sha::Sha1::new();
        Self { folders, id, hash, size: 0, pending: Vec::new(), spilled: None, finished: false }
    }

    /// Announces the size that the sender claims, to save the growing of the buffer. It is not believed.
    pub fn expect_size(&mut self, size: u64) {
        let wanted = usize::try_from(size).unwrap_or(IN_MEMORY).min(IN_MEMORY);
        self.pending.reserve_exact(wanted.saturating_sub(self.pending.len()));
    }

    /// Takes the next bytes.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), BlobError> {
        self.hash.update(chunk);
        self.size = self.size.saturating_add(chunk.len() as u64);
        if self.pending.len().saturating_add(chunk.len()) > IN_MEMORY {
            self.spill()?;
        }
        if chunk.len() > IN_MEMORY {
            // Nothing is pending now: straight to the file.
            return self.append(chunk);
        }
        self.pending.extend_from_slice(chunk);
        Ok(())
    }

    /// Bytes taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-1 over the bytes taken so far.
    pub fn hash(&self) -> Sha1 {
        Sha1::from_bytes(self.hash.clone().finish())
    }

    /// The bytes taken so far.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, BlobError> {
        if self.spilled.is_none() {
            return Ok(Cow::Borrowed(&self.pending));
        }
        let path = self.folders.path_of(&self.id);
        let mut bytes = std::fs::read(&path).map_err(|source| disk("read", &path, source))?;
        bytes.extend_from_slice(&self.pending);
        Ok(Cow::Owned(bytes))
    }

    /// Ends the document. When this returns, file and name are durable.
    pub fn finish(mut self) -> Result<Staged, BlobError> {
        let pending = std::mem::take(&mut self.pending);
        self.append(&pending)?;
        if let Some((file, folder)) = &self.spilled {
            // The file first: its name must never be durable before its content is.
            file.sync_all().map_err(|source| disk("sync", &self.folders.path_of(&self.id), source))?;
            folder.sync()?;
        }
        self.finished = true;
        let hash = std::mem::replace(&mut self.hash, sha::Sha1::new()).finish();
        Ok(Staged { id: self.id.clone(), size: self.size, hash: Sha1::from_bytes(hash) })
    }

    fn spill(&mut self) -> Result<(), BlobError> {
        let mut pending = std::mem::take(&mut self.pending);
        self.append(&pending)?;
        pending.clear();
        self.pending = pending;
        Ok(())
    }

    /// Writes to the file, which the first call creates.
    fn append(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        let (mut file, folder) = match self.spilled.take() {
            Some(open) => open,
            None => self.folders.create(&self.id)?,
        };
        let written = file.write_all(bytes);
        self.spilled = Some((file, folder));
        written.map_err(|source| disk("write", &self.folders.path_of(&self.id), source))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.spilled.is_some() && !self.finished {
            // Best effort: what remains is unreferenced, and the sweep removes it.
            drop(self.folders.remove(&self.id));
        }
    }
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("id", &self.id).field("size", &self.size).finish_non_exhaustive()
    }
}

impl Staged {
    /// The name for the registry.
    pub fn id(&self) -> &BlobId {
        &self.id
    }

    /// Octets.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-1 over all octets.
    pub fn hash(&self) -> Sha1 {
        self.hash
    }
}
