//! Documents on their way in, before anyone knows whether they will be registered.
//!
//! Small documents wait in memory, up to a megabyte for a whole message; beyond that they go to the disk at
//! once, so that a message costs the same memory whatever its size.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::datatype::hash::Sha1;
use crate::storage::StorageError;
use crate::storage::blob::incoming::{Incoming, Staged};
use crate::transaction::Gateway;
use crate::transaction::error::TransactionError;

/// Bytes of complete documents that one message may keep waiting in memory.
const IN_MEMORY: u64 = 1 << 20;

/// One document being received.
#[derive(Debug)]
pub struct DocumentIntake(Incoming);

/// A document that was received whole.
#[derive(Debug)]
pub struct ReceivedDocument(Receipt);

#[derive(Debug)]
enum Receipt {
    Waiting(Incoming),
    Durable(Staged),
}

impl Gateway {
    /// Starts to receive a document.
    pub fn receive_document(&self, now: DateTime<Utc>) -> DocumentIntake {
        DocumentIntake(self.store.blobs().receive(now, (self.draw)()))
    }

    /// Takes back documents that will not be registered. What cannot be removed now is swept at the next start.
    pub fn discard(&self, documents: Vec<ReceivedDocument>) {
        for document in documents {
            match document.0 {
                Receipt::Waiting(incoming) => drop(incoming),
                Receipt::Durable(staged) => self.discard_staged(staged),
            }
        }
    }

    pub(super) fn discard_staged(&self, staged: Staged) {
        if let Err(error) = self.store.blobs().discard(staged) {
            tracing::warn!(%error, "a document that is not registered stays until the next sweep");
        }
    }
}

impl DocumentIntake {
    /// Takes the next bytes. May wait for the disk once the document is larger than what is kept in memory.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), TransactionError> {
        Ok(self.0.write(chunk).map_err(StorageError::from)?)
    }

    /// Bytes taken so far.
    pub fn size(&self) -> u64 {
        self.0.size()
    }

    /// Whether the next `chunk` bytes may be written without waiting for the disk.
    pub fn has_room_for(&self, chunk: usize) -> bool {
        self.0.size().saturating_add(chunk as u64) <= IN_MEMORY
    }

    /// Whether the document, complete, may wait in memory beside others of the same message that take `waiting` bytes.
    pub fn fits_beside(&self, waiting: u64) -> bool {
        waiting.saturating_add(self.size()) <= IN_MEMORY
    }

    /// Ends the document and leaves it in memory.
    pub fn wait(self) -> ReceivedDocument {
        ReceivedDocument(Receipt::Waiting(self.0))
    }

    /// Ends the document and puts it on the disk for good.
    pub fn finish(self) -> Result<ReceivedDocument, TransactionError> {
        Ok(ReceivedDocument(Receipt::Durable(self.0.finish().map_err(StorageError::from)?)))
    }
}

impl ReceivedDocument {
    /// How much of it waits in memory, in bytes.
    pub fn waiting(&self) -> u64 {
        match &self.0 {
            Receipt::Waiting(incoming) => incoming.size(),
            Receipt::Durable(_) => 0,
        }
    }

    /// The number of its bytes.
    pub(super) fn size(&self) -> u64 {
        match &self.0 {
            Receipt::Waiting(incoming) => incoming.size(),
            Receipt::Durable(staged) => staged.size(),
        }
    }

    /// SHA-1 over its bytes.
    pub(super) fn hash(&self) -> Sha1 {
        match &self.0 {
            Receipt::Waiting(incoming) => incoming.hash(),
            Receipt::Durable(staged) => staged.hash(),
        }
    }

    /// Its bytes, read back from the disk when they do not wait in memory: ask its size first.
    pub(super) fn bytes(&self, gateway: &Gateway) -> Result<Cow<'_, [u8]>, StorageError> {
        match &self.0 {
            Receipt::Waiting(incoming) => Ok(incoming.bytes()?),
            Receipt::Durable(staged) => Ok(Cow::Owned(gateway.store.blobs().bytes(staged.id(), staged.size())?)),
        }
    }

    /// Gives its bytes to `take`, piece by piece: what waits in memory at once, what is on the disk in pieces.
    pub(super) fn read_through(&self, gateway: &Gateway, take: &mut dyn FnMut(&[u8])) -> Result<(), StorageError> {
        match &self.0 {
            Receipt::Waiting(incoming) => take(&incoming.bytes()?),
            Receipt::Durable(staged) => {
                gateway.store.blobs().read_through(staged.id(), staged.size(), take)?;
            }
        }
        Ok(())
    }

    /// Puts it on the disk for good.
    pub(super) fn finish(self) -> Result<Staged, StorageError> {
        match self.0 {
            Receipt::Waiting(incoming) => Ok(incoming.finish()?),
            Receipt::Durable(staged) => Ok(staged),
        }
    }
}
