//! Removal of documents that no registration names: what a crash or a refusal left on the disk.
//!
//! A sweep looks only at the folders made since the last completed one, and removes a file only if it is older than
//! this opening of the store and unknown to the registry. It needs the store for itself: while another process has
//! it open, a file may be staged there and not yet registered, so nothing is swept.

use std::collections::BTreeSet;
use std::fs::{DirEntry, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::storage::blob::folder::{disk, modified, private_file, sync_folder};
use crate::storage::blob::{BlobError, BlobId, BlobStore};

/// The file that holds the minute from which the next sweep looks.
const MARK: &str = ".swept";

/// Folders are looked at again this long after their minute, so that a clock set back hides none.
const OVERLAP: TimeDelta = TimeDelta::hours(2);

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// All folders since the last sweep were looked at.
    Completed {
        /// Files that the registry names.
        kept: usize,
        /// Files removed.
        removed: usize,
    },
    /// Another process has the store open; nothing was looked at.
    StoreInUse,
}

impl BlobStore {
    /// Removes what no registration names. `now` is the time of the start; `referenced` says which of some names the
    /// registry knows.
    ///
    /// # Errors
    /// The first error of the disk or of the registry; what was removed before stays removed, and the next sweep
    /// looks at the same folders again.
    pub fn sweep<E: From<BlobError>>(
        &self,
        now: DateTime<Utc>,
        mut referenced: impl FnMut(&[BlobId]) -> Result<BTreeSet<BlobId>, E>,
    ) -> Result<Sweep, E> {
        let lock = &self.folders.lock;
        let lock_path = self.folders.root().join(".lock");
        lock.unlock().map_err(|source| disk("unlock", &lock_path, source))?;
        let alone = match lock.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(source)) => return Err(disk("lock", &lock_path, source).into()),
        };
        let swept = if alone { self.sweep_alone(now, &mut referenced) } else { Ok(Sweep::StoreInUse) };
        if alone {
            lock.unlock().map_err(|source| disk("unlock", &lock_path, source))?;
        }
        lock.lock_shared().map_err(|source| disk("lock", &lock_path, source))?;
        swept
    }

    fn sweep_alone<E: From<BlobError>>(
        &self,
        now: DateTime<Utc>,
        referenced: &mut impl FnMut(&[BlobId]) -> Result<BTreeSet<BlobId>, E>,
    ) -> Result<Sweep, E> {
        let (root, opened) = (self.folders.root(), self.folders.opened_at()?);
        let since = read_mark(&root.join(MARK))?;
        let next = (now - OVERLAP).format("%Y%m%d/%H%M").to_string();
        let (mut kept, mut removed) = (0, 0);
        for day in names_in(root)? {
            if day.len() != 8 || since.get(..8).is_some_and(|since| day.as_str() < since) {
                continue;
            }
            for minute in names_in(&root.join(&day))? {
                let minute = format!("{day}/{minute}");
                if minute < since {
                    continue;
                }
                let files = names_in(&root.join(&minute))?;
                let ids: Vec<BlobId> =
                    files.iter().filter_map(|file| BlobId::parse(&format!("{minute}/{file}")).ok()).collect();
                let known = referenced(&ids)?;
                kept += known.len();
                for id in ids.iter().filter(|id| !known.contains(id)) {
                    if modified(&self.folders.path_of(id))? < opened {
                        self.folders.remove(id)?;
                        removed += 1;
                    }
                }
            }
            remove_empty_folders(root, &day, &next);
        }
        write_mark(root, &next)?;
        Ok(Sweep::Completed { kept, removed })
    }
}

/// The names in a folder, in order; none if it is gone.
fn names_in(folder: &Path) -> Result<Vec<String>, BlobError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(source) if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(source) => return Err(disk("list", folder, source)),
    };
    let name = |entry: DirEntry| entry.file_name().into_string().ok();
    let mut names = Vec::new();
    for entry in entries {
        names.extend(name(entry.map_err(|source| disk("list", folder, source))?));
    }
    names.sort_unstable();
    Ok(names)
}

/// Removes the minutes of a day that hold nothing, and the day if nothing is left. A folder that holds something
/// refuses, which is what is wanted, so the answers are not looked at. Recent minutes stay: a document may be about
/// to arrive there.
fn remove_empty_folders(root: &Path, day: &str, before: &str) {
    for minute in names_in(&root.join(day)).unwrap_or_default() {
        let minute = format!("{day}/{minute}");
        if minute.as_str() < before {
            drop(std::fs::remove_dir(root.join(minute)));
        }
    }
    drop(std::fs::remove_dir(root.join(day)));
}

fn read_mark(path: &Path) -> Result<String, BlobError> {
    match std::fs::read_to_string(path) {
        Ok(mark) => Ok(mark.trim().to_owned()),
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(disk("read", path, source)),
    }
}

/// Replaces the mark at once: a torn mark could hide folders for ever.
fn write_mark(root: &Path, mark: &str) -> Result<(), BlobError> {
    let (path, new) = (root.join(MARK), root.join(".swept-new"));
    let mut file = private_file(&new, OpenOptions::new().create(true).truncate(true))?;
    file.write_all(mark.as_bytes()).and_then(|()| file.sync_all()).map_err(|source| disk("write", &new, source))?;
    std::fs::rename(&new, &path).map_err(|source| disk("write", &path, source))?;
    sync_folder(root)
}
