//! The folders of the document store: one a minute, each durable before a file in it is.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::storage::blob::{BlobError, BlobId};

/// The root and the folder of the present minute.
#[derive(Debug)]
pub(super) struct Folders {
    root: PathBuf,
    /// Written when the store was opened: its time says, in the clock of the file system itself, what is older than
    /// this start.
    opened: PathBuf,
    /// Held shared while the store is open and alone while it is swept, so that no process sweeps away what another
    /// is about to register.
    pub(super) lock: File,
    /// The folder used last. Its entry in the parent is durable; one minute's files need not look again.
    current: Mutex<Option<Arc<Folder>>>,
}

/// A folder whose own existence is durable.
#[derive(Debug)]
pub(super) struct Folder {
    minute: String,
    path: PathBuf,
    handle: File,
    syncs: Mutex<Syncs>,
    synced: Condvar,
}

/// The syncs of a folder, counted.
#[derive(Debug, Default)]
struct Syncs {
    /// Begun.
    begun: u64,
    /// The last one that succeeded.
    done: u64,
    /// Whether one is under way.
    running: bool,
}

impl Folders {
    pub(super) fn open(root: &Path) -> Result<Self, BlobError> {
        create_private_folder(root)?;
        let lock = root.join(".lock");
        let handle = private_file(&lock, OpenOptions::new().create(true).truncate(false))?;
        handle.lock_shared().map_err(|source| disk("lock", &lock, source))?;
        let opened = root.join(format!(".opened-{}", std::process::id()));
        private_file(&opened, OpenOptions::new().create(true).truncate(true))?
            .set_len(0)
            .map_err(|source| disk("write", &opened, source))?;
        Ok(Self { root: root.to_owned(), opened, lock: handle, current: Mutex::new(None) })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn path_of(&self, id: &BlobId) -> PathBuf {
        self.root.join(id.as_str())
    }

    /// When this store was opened, in the clock of the file system.
    pub(super) fn opened_at(&self) -> Result<std::time::SystemTime, BlobError> {
        modified(&self.opened)
    }

    /// Creates the file of a document, which must not exist, in its durable folder.
    pub(super) fn create(&self, id: &BlobId) -> Result<(File, Arc<Folder>), BlobError> {
        let path = self.path_of(id);
        let folder = self.folder(id.minute())?;
        match private_file(&path, OpenOptions::new().create_new(true)) {
            Ok(file) => Ok((file, folder)),
            // A sweep removed the empty folder of a past minute; possible when the clock was set back.
            Err(BlobError::Disk { source, .. }) if source.kind() == ErrorKind::NotFound => {
                self.forget();
                let folder = self.folder(id.minute())?;
                Ok((private_file(&path, OpenOptions::new().create_new(true))?, folder))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn remove(&self, id: &BlobId) -> Result<(), BlobError> {
        let path = self.path_of(id);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => Err(disk("remove", &path, source)),
            _ => Ok(()),
        }
    }

    /// Makes durable what was made or removed in the folder of a document; one that is gone holds nothing.
    pub(super) fn sync_minute_of(&self, id: &BlobId) -> Result<(), BlobError> {
        match sync_folder(&self.root.join(id.minute())) {
            Err(BlobError::Disk { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    fn forget(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn folder(&self, minute: &str) -> Result<Arc<Folder>, BlobError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = current.as_ref().filter(|folder| folder.minute == minute) {
            return Ok(Arc::clone(folder));
        }
        let folder = Arc::new(self.make(minute)?);
        *current = Some(Arc::clone(&folder));
        Ok(folder)
    }

    /// Makes `20261125/1029` and syncs the two parents. They are synced although the folder may exist: whoever made
    /// it may have crashed in between.
    fn make(&self, minute: &str) -> Result<Folder, BlobError> {
        let path = self.root.join(minute);
        let day = path.parent().unwrap_or(&self.root);
        create_private_folder(day)?;
        sync_folder(&self.root)?;
        create_private_folder(&path)?;
        sync_folder(day)?;
        let handle = File::open(&path).map_err(|source| disk("open", &path, source))?;
        Ok(Folder { minute: minute.to_owned(), path, handle, syncs: Mutex::default(), synced: Condvar::new() })
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // A marker left by a crash is harmless: the next process of that number truncates it.
        drop(std::fs::remove_file(&self.opened));
    }
}

impl Folder {
    /// Makes the names of the files in this folder durable. Whoever comes while a sync is under way cannot rely on
    /// that one, but all who came share the next.
    pub(super) fn sync(&self) -> Result<(), BlobError> {
        let mut syncs = self.lock();
        let enough = syncs.begun + 1;
        loop {
            if syncs.done >= enough {
                return Ok(());
            }
            if syncs.running {
                syncs = self.synced.wait(syncs).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            syncs.running = true;
            syncs.begun += 1;
            let mine = syncs.begun;
            drop(syncs);
            let result = self.handle.sync_all();
            syncs = self.lock();
            syncs.running = false;
            self.synced.notify_all();
            // Those who wait try again themselves: an error is told to one only once.
            result.map_err(|source| disk("sync", &self.path, source))?;
            syncs.done = mine;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Syncs> {
        self.syncs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a folder that only this user enters. One that exists keeps its mode: the operator may have chosen it.
pub(super) fn create_private_folder(path: &Path) -> Result<(), BlobError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|source| disk("create", path, source))
}

/// Opens a file for writing that only this user reads.
pub(super) fn private_file(path: &Path, options: &mut OpenOptions) -> Result<File, BlobError> {
    options.write(true).mode(0o600).open(path).map_err(|source| disk("create", path, source))
}

pub(super) fn modified(path: &Path) -> Result<std::time::SystemTime, BlobError> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(|source| disk("measure", path, source))
}

pub(super) fn sync_folder(path: &Path) -> Result<(), BlobError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|source| disk("sync", path, source))
}

pub(super) fn disk(action: &'static str, path: &Path, source: std::io::Error) -> BlobError {
    BlobError::Disk { action, path: path.to_owned(), source }
}
