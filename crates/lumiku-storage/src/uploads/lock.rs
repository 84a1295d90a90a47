//! Who may write to an upload: whoever holds the lock of its file, wherever that file lies by now.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use super::{Upload, Uploads};
use crate::StorageError;
use crate::disk::blocking;
use crate::scratch::open_locked;

/// The answer to asking for an upload's lock.
pub(super) enum Hold {
    /// Ours until the file is dropped.
    Held(File),
    Busy,
    /// There is no file to lock: nothing was written yet, or it was lost.
    Missing,
}

impl Uploads {
    /// A crash may have left the file under its object's key already; it is the same file with the same lock.
    pub(super) async fn try_lock(&self, upload: &Upload, create: bool) -> Result<Hold, StorageError> {
        let path = self.path(upload.id);
        match hold(path, create).await? {
            Hold::Missing => {}
            hold => return Ok(hold),
        }
        // In this order: the file moves from there to here, never back.
        match upload.object_key {
            Some(key) => match self.0.objects().local_file(key).await {
                Ok(object) => hold(object.as_ref().to_owned(), false).await,
                Err(StorageError::NotFound(_)) => Ok(Hold::Missing),
                Err(error) => Err(error),
            },
            None => Ok(Hold::Missing),
        }
    }

    /// The lock for writing, and the upload as it is now that nobody else can change it; `None` when it was
    /// taken away meanwhile.
    pub(super) async fn lock(&self, seen: &Upload) -> Result<Option<(File, Upload)>, StorageError> {
        let hold = self.try_lock(seen, seen.offset_bytes == 0).await?;
        let now = self.find(self.0.db(), seen.id, seen.user_id).await?;
        match (hold, now) {
            (Hold::Held(file), Some(upload)) => Ok(Some((file, upload))),
            (Hold::Held(_), None) => {
                self.remove_file(seen.id).await?;
                Ok(None)
            }
            (Hold::Busy, _) => Err(StorageError::Locked),
            (Hold::Missing, None) => Ok(None),
            // The file went to its object between our two looks.
            (Hold::Missing, Some(upload)) if upload != *seen => Err(StorageError::Locked),
            (Hold::Missing, Some(upload)) => {
                self.remove(&upload).await?;
                Err(StorageError::Lost)
            }
        }
    }
}

async fn hold(path: PathBuf, create: bool) -> Result<Hold, StorageError> {
    match blocking(move || open_locked(&path, create)).await {
        Ok(Some(file)) => Ok(Hold::Held(file)),
        Ok(None) => Ok(Hold::Busy),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Hold::Missing),
        Err(error) => Err(StorageError::io("open an upload")(error)),
    }
}
