//! How a restarted studio on SQLite knows at once which workers are dead.
//!
//! Every worker holds a lock on a file of its own beside the database. The kernel lets go of it
//! when the process is gone, killed or not, and never before: a worker that is stopped, blocked or
//! cut off keeps it. SQLite needs a local file system, so all its processes see the same locks.
//! On PostgreSQL processes may be on other machines and only the lease can tell.

use std::fs::{File, TryLockError};
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
        let lock = File::create(&path).and_then(|file| file.lock().map(|()| file));
        match lock {
            Ok(lock) => Some(Self { _lock: lock, path }),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "orphaned jobs will wait for their lease");
                None
            }
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

/// Whether this worker is certainly dead: its file is there and nobody holds it. Without a file
/// nothing is certain.
pub(super) fn is_dead(db: &Db, worker: Uuid) -> bool {
    let Some(database) = db.file() else { return false };
    let Ok(file) = File::open(path_of(database, worker)) else { return false };
    match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

/// Removes the file of a dead worker whose jobs have been taken care of.
pub(super) fn forget(db: &Db, worker: Uuid) {
    if let Some(database) = db.file() {
        let _ = std::fs::remove_file(path_of(database, worker));
    }
}
