//! Working directories that cannot be left behind. Each engine holds one locked directory below the scratch
//! root; every call works in a directory of its own inside, removed when the call ends however it ends.
//! The kernel drops the lock of a killed process, so a sweep can tell the living from the dead exactly.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::MediaError;

const LOCK_SUFFIX: &str = ".lock";
const RUN_PREFIX: &str = "run-";

/// The directory of one engine, alive as long as its lock is held.
#[derive(Debug)]
pub(crate) struct RunDir {
    root: PathBuf,
    dir: PathBuf,
    lock_path: PathBuf,
    _lock: File,
    next: AtomicU64,
}

impl RunDir {
    pub fn create(root: &Path) -> Result<Self, MediaError> {
        let doing = || format!("prepare the directory {}", root.display());
        let root = std::path::absolute(root).map_err(MediaError::io(doing()))?;
        fs::create_dir_all(&root).map_err(MediaError::io(doing()))?;
        for number in 0..10_000 {
            let name = format!("{RUN_PREFIX}{}-{number}", std::process::id());
            let lock_path = root.join(format!("{name}{LOCK_SUFFIX}"));
            let Some(lock) = own(&lock_path).map_err(MediaError::io(doing()))? else { continue };
            let dir = root.join(name);
            if dir.exists() {
                // Our number, but a dead process's leftovers: the process id came round again.
                fs::remove_dir_all(&dir).map_err(MediaError::io(doing()))?;
            }
            fs::create_dir(&dir).map_err(MediaError::io(doing()))?;
            return Ok(Self { root, dir, lock_path, _lock: lock, next: AtomicU64::new(0) });
        }
        Err(MediaError::Io { doing: doing(), source: io::Error::other("no free name is left") })
    }

    /// A fresh empty directory for one call.
    pub fn work_dir(&self) -> Result<WorkDir, MediaError> {
        let path = self.dir.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        fs::create_dir(&path).map_err(MediaError::io("make a working directory"))?;
        Ok(WorkDir { path })
    }

    /// Removes what processes that are gone left below the root; returns how many directories.
    pub fn sweep(&self) -> Result<u64, MediaError> {
        let doing = || format!("sweep the directory {}", self.root.display());
        let mut removed = 0;
        for entry in fs::read_dir(&self.root).map_err(MediaError::io(doing()))?.flatten() {
            let path = entry.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if !name.starts_with(RUN_PREFIX) || path == self.dir || path == self.lock_path {
                continue;
            }
            let lock_path = match name.strip_suffix(LOCK_SUFFIX) {
                Some(_) => path.clone(),
                None => self.root.join(format!("{name}{LOCK_SUFFIX}")),
            };
            // Taking the lock proves that its owner is dead; a directory without a lock file has no owner.
            let Some(_held) = own(&lock_path).map_err(MediaError::io(doing()))? else { continue };
            let dir = lock_path.with_extension("");
            if dir.is_dir() {
                fs::remove_dir_all(&dir).map_err(MediaError::io(doing()))?;
                removed += 1;
            }
            let _ = fs::remove_file(&lock_path);
        }
        Ok(removed)
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// Opens and locks the file; None when a living process holds it. The link count is checked afterwards,
/// because a sweeper may have removed the name between our open and our lock.
fn own(lock_path: &Path) -> io::Result<Option<File>> {
    for _ in 0..100 {
        let file = OpenOptions::new().create(true).write(true).truncate(false).open(lock_path)?;
        match file.try_lock() {
            Ok(()) if file.metadata()?.nlink() > 0 => return Ok(Some(file)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

/// The directory of one call; gone when dropped.
#[derive(Debug)]
pub struct WorkDir {
    path: PathBuf,
}

impl WorkDir {
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        // A killed process may still be inside its last system call; a second look settles it.
        for _ in 0..3 {
            if fs::remove_dir_all(&self.path).is_ok() || !self.path.exists() {
                return;
            }
        }
        tracing::warn!(path = %self.path.display(), "a working directory could not be removed");
    }
}

/// Makes a finished file durable and visible under its name in one step. Across file systems it is copied
/// beside the name first, so that a reader never sees half of it.
pub(crate) fn publish(from: &Path, to: &Path) -> io::Result<()> {
    File::open(from)?.sync_all()?;
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let mut partial = to.as_os_str().to_owned();
            partial.push(".tmp");
            let copied = fs::copy(from, &partial)
                .and_then(|_| File::open(&partial)?.sync_all())
                .and_then(|()| fs::rename(&partial, to));
            if copied.is_err() {
                let _ = fs::remove_file(&partial);
            }
            copied?;
        }
        other => other?,
    }
    sync_parent(to)
}

pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}
