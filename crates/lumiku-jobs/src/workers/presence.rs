//! How a restarted studio on SQLite knows at once which workers are dead.
//!
//! Every worker holds a lock on a file of its own beside the database. The kernel lets go of it
//! when the process is gone, killed or not, and never before: a worker that is stopped, blocked or
//! cut off keeps it. SQLite needs a local file system, so all its processes see the same locks.
//! On PostgreSQL processes may be on other machines and only the lease can tell.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use lumiku_core::Db;
use uuid::Uuid;

use crate::WorkerId;

#[derive(Debug)]
pub(super) struct Presence {
    _lock: File,
    path: PathBuf,
}

impl Presence {
    /// `None` on PostgreSQL, and where the file cannot be made: then the lease alone decides.
    pub fn announce(db: &Db, worker: WorkerId) -> Option<Self> {
        let path = path_of(db.file()?, worker.0);
        match own(&path) {
            Ok(lock) => Some(Self { _lock: lock, path }),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "orphaned jobs will wait for their lease");
                None
            }
        }
    }
}

/// Makes and locks the file. A sweep may find it in the moment before it is locked, take it for a dead
/// worker's and remove it; then it is made once more.
fn own(path: &Path) -> io::Result<File> {
    loop {
        let file = File::create(path)?;
        file.lock()?;
        if file.metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn path_of(database: &Path, worker: Uuid) -> PathBuf {
    database.with_extension(format!("worker-{worker}.lock"))
}

/// The workers that are certainly dead: their file is there and nobody holds it. Without a file nothing
/// is certain.
pub(super) fn list_dead(db: &Db) -> Vec<Uuid> {
    let Some(database) = db.file() else { return vec![] };
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let workers = entries.filter_map(|entry| worker_of(database, &entry.file_name().to_string_lossy()));
    workers.filter(|worker| nobody_holds(&path_of(database, *worker))).collect()
}

/// The worker whose file beside this database has this name.
fn worker_of(database: &Path, name: &str) -> Option<Uuid> {
    let rest = name.strip_prefix(&*database.file_stem()?.to_string_lossy())?;
    rest.strip_prefix(".worker-")?.strip_suffix(".lock")?.parse().ok()
}

fn nobody_holds(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    })
}

/// Removes the file of a dead worker whose jobs have been taken care of.
pub(super) fn forget(db: &Db, worker: Uuid) {
    if let Some(database) = db.file() {
        let _ = std::fs::remove_file(path_of(database, worker));
    }
}
