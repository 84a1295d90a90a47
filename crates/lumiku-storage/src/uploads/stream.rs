//! A whole file in one request, for scripts: the same checks and the same end as a resumable upload, which
//! it becomes for the moment between its last byte and the asset.

use std::fmt::Display;
use std::fs::File;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use lumiku_core::UploadId;

use super::part::{End, Received, receive};
use super::{NewUpload, Uploads, detached};
use crate::disk::{blocking, sync_dir};
use crate::scratch::{ScratchFile, open_locked};
use crate::{Asset, StorageError, clean_name};

impl Uploads {
    /// Receives a file of unknown or roughly known length (`announced_bytes` may include the envelope of
    /// a form) and makes the asset. Room on the quota is taken when the length is known, at the end. Nothing
    /// stays of a file that does not arrive whole, is refused or does not fit.
    pub async fn accept_stream<S, E>(
        &self,
        new: NewUpload,
        announced_bytes: Option<i64>,
        body: S,
    ) -> Result<Asset, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Display,
    {
        self.refuse_early(&new, announced_bytes).await?;
        let name = clean_name(&new.name);
        let scratch = self.0.0.scratch.file();
        let file = lock_new(&scratch).await?;
        let io = || StorageError::io("write an upload");
        let handle = file.try_clone().map_err(io())?;
        let limits = self.0.limits();
        let body = body.map(|piece| piece.map_err(|error| error.to_string())).boxed();
        let bytes_max = limits.upload_bytes_max;
        let received = receive(handle, body, bytes_max as u64, limits.part_idle, None).await.map_err(io())?;
        match received {
            Received { end: End::TooLong, .. } => Err(StorageError::TooLarge { name, bytes_max }),
            Received { end: End::Interrupted, .. } => Err(StorageError::BrokenOff { name }),
            Received { end: End::Complete, bytes } => {
                self.check_length(&name, bytes as i64)?;
                let uploads = self.clone();
                detached(async move { uploads.adopt(new, scratch, file, bytes as i64).await }).await
            }
        }
    }

    /// Before half a gigabyte is received in vain. The binding check comes with the reservation.
    async fn refuse_early(&self, new: &NewUpload, announced_bytes: Option<i64>) -> Result<(), StorageError> {
        let tx = self.0.db().write_tx().await?;
        // An envelope is small; what fits but for the envelope must not be refused here.
        let least = announced_bytes.map_or(1, |bytes| bytes.saturating_sub(ENVELOPE_BYTES_MAX).max(1));
        self.0.ensure_room(&tx, new.user_id, least).await?;
        tx.rollback().await?;
        Ok(())
    }

    /// Makes a received file an upload with all its bytes, and finishes it.
    async fn adopt(
        &self,
        new: NewUpload,
        scratch: ScratchFile,
        _lock: File,
        length_bytes: i64,
    ) -> Result<Asset, StorageError> {
        let id: UploadId = self.0.ambient().id();
        let (path, dir) = (self.path(id), self.0.0.uploads_dir.clone());
        let moved = blocking(move || {
            std::fs::rename(&scratch, path)?;
            sync_dir(&dir)
        });
        moved.await.map_err(StorageError::io("write an upload"))?;
        let upload = match self.insert(id, new, length_bytes, length_bytes).await {
            Ok(upload) => upload,
            Err(error) => {
                self.remove_file(id).await?;
                return Err(error);
            }
        };
        let finished = self.finish(&upload).await;
        if finished.is_err() {
            // Nobody knows this upload's id, so nobody could go on with it.
            self.remove_held(&upload).await?;
        }
        finished
    }
}

const ENVELOPE_BYTES_MAX: i64 = 64 * 1024;

async fn lock_new(scratch: &ScratchFile) -> Result<File, StorageError> {
    let path = scratch.as_ref().to_owned();
    let locked = blocking(move || open_locked(&path, true)).await;
    let locked = locked.map_err(StorageError::io("write an upload"))?;
    locked.ok_or(StorageError::Locked)
}
