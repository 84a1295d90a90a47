//! Working files that cannot be left behind. Each open storage holds one locked directory; the kernel drops
//! the lock of a process that is gone, however it went, so the sweep tells living from dead exactly, without
//! comparing ages. The same locks keep two requests from writing to one upload.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use lumiku_core::Ambient;

use crate::disk::{create_private_dir, remove_if_there};

const PREFIX: &str = "scratch-";
const LOCK: &str = "lock";

/// The working directory of one open storage, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    dir: PathBuf,
    _lock: File,
    ambient: Ambient,
}

impl Scratch {
    pub fn create(parent: &Path, ambient: &Ambient) -> io::Result<Self> {
        loop {
            let dir = parent.join(format!("{PREFIX}{}", ambient.uuid()));
            // Locked before it exists: a sweeper that sees the directory finds the lock taken.
            let Some(lock) = open_locked(&dir.with_extension(LOCK), true)? else { continue };
            create_private_dir(&dir)?;
            return Ok(Self { dir, _lock: lock, ambient: ambient.clone() });
        }
    }

    /// A name for a new working file, which is removed when the value is dropped.
    pub fn file(&self) -> ScratchFile {
        ScratchFile(self.dir.join(self.ambient.uuid().to_string()))
    }

    /// Whether a name beside the uploads is a working directory or its lock.
    pub fn owns(name: &str) -> bool {
        name.starts_with(PREFIX)
    }

    /// Removes the working directories of processes that are gone; returns how many.
    pub fn sweep(parent: &Path) -> io::Result<u64> {
        let mut removed = 0;
        for entry in fs::read_dir(parent)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !name.starts_with(PREFIX) {
                continue;
            }
            let dir = path.with_extension("");
            let lock_path = dir.with_extension(LOCK);
            let Some(_dead) = open_locked(&lock_path, true)? else { continue };
            match fs::remove_dir_all(&dir) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            remove_if_there(&lock_path)?;
        }
        Ok(removed)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
        let _ = fs::remove_file(self.dir.with_extension(LOCK));
    }
}

#[derive(Debug)]
pub(crate) struct ScratchFile(PathBuf);

impl AsRef<Path> for ScratchFile {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Opens a file for reading and writing and locks it; `None` when somebody holds it. The name may have been
/// taken away or given to another file between opening and locking, then it is tried again.
pub(crate) fn open_locked(path: &Path, create: bool) -> io::Result<Option<File>> {
    loop {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(create)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        match fs::metadata(path) {
            Ok(named) if named.ino() == file.metadata()?.ino() => return Ok(Some(file)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
}
