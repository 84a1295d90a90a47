//! One part of an upload: lock, check, write, sync, acknowledge.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use lumiku_core::{AssetId, UploadId, UserId, params};

use super::checksum::Running;
use super::part::{Body, End, Received, receive};
use super::{AppendOutcome, Checksum, Upload, Uploads, detached};
use crate::disk::{blocking, sync_dir};
use crate::{Asset, StorageError};

impl Uploads {
    /// Appends a part at `offset`. The answer means that its bytes survive a power cut. A part that breaks
    /// off is kept as far as it came; with a checksum it is thrown away, because it cannot be checked. The
    /// last part makes the asset or, when the file is refused, removes the upload. An empty part at the end
    /// of a complete upload finishes it again, or gives the asset it became.
    pub async fn append<S, E>(
        &self,
        user: UserId,
        id: UploadId,
        offset: i64,
        checksum: Option<Checksum>,
        body: S,
    ) -> Result<AppendOutcome, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Display,
    {
        let body = body.map(|piece| piece.map_err(|error| error.to_string())).boxed();
        let uploads = self.clone();
        detached(async move { uploads.append_part(user, id, offset, checksum, body).await }).await
    }

    /// The upload as it stands, for tus HEAD. When all bytes are there but the finish was cut off by a
    /// crash, it is made up for first.
    pub async fn status(&self, user: UserId, id: UploadId) -> Result<Upload, StorageError> {
        let missing = || StorageError::NotFound("upload");
        let upload = self.find(self.0.db(), id, user).await?.ok_or_else(missing)?;
        if upload.asset_id.is_some() || !upload.is_complete() {
            return Ok(upload);
        }
        self.append(user, id, upload.length_bytes, None, futures::stream::empty::<io::Result<Bytes>>())
            .await?;
        self.find(self.0.db(), id, user).await?.ok_or_else(missing)
    }

    async fn append_part(
        self,
        user: UserId,
        id: UploadId,
        offset: i64,
        checksum: Option<Checksum>,
        body: Body<'static>,
    ) -> Result<AppendOutcome, StorageError> {
        let missing = || StorageError::NotFound("upload");
        let seen = self.find(self.0.db(), id, user).await?.ok_or_else(missing)?;
        if let Some(asset) = seen.asset_id {
            return self.finished_before(&seen, asset, offset).await;
        }
        let (file, upload) = self.lock(&seen).await?.ok_or_else(missing)?;
        if let Some(asset) = upload.asset_id {
            return self.finished_before(&upload, asset, offset).await;
        }
        check_offset(&upload, offset)?;
        let upload = if upload.is_complete() {
            upload
        } else {
            self.write_part(upload, &file, checksum, body).await?
        };
        let finished = if upload.is_complete() { Some(self.finish(&upload).await?) } else { None };
        drop(file);
        Ok(AppendOutcome { offset_bytes: upload.offset_bytes, expires_at: upload.expires_at, finished })
    }

    /// The answer to the last part again, for a client that never got it.
    async fn finished_before(
        &self,
        upload: &Upload,
        asset: AssetId,
        offset: i64,
    ) -> Result<AppendOutcome, StorageError> {
        check_offset(upload, offset)?;
        let asset = Asset::find_with_trash(self.0.db(), asset, upload.user_id).await?;
        let asset = asset.ok_or(StorageError::NotFound("upload"))?;
        let (offset_bytes, expires_at) = (upload.offset_bytes, upload.expires_at);
        Ok(AppendOutcome { offset_bytes, expires_at, finished: Some(asset) })
    }

    async fn write_part(
        &self,
        upload: Upload,
        file: &File,
        checksum: Option<Checksum>,
        body: Body<'static>,
    ) -> Result<Upload, StorageError> {
        let offset = upload.offset_bytes as u64;
        if !cut_to(file, offset).await.map_err(StorageError::io("read an upload"))? {
            self.remove_held(&upload).await?;
            return Err(StorageError::Lost);
        }
        match self.receive_part(&upload, file, checksum, body).await {
            Ok(Received { bytes, end }) => {
                let upload = self.acknowledge(upload, bytes as i64).await?;
                match end {
                    End::Interrupted if !upload.is_complete() => {
                        Err(StorageError::Interrupted { offset: upload.offset_bytes })
                    }
                    _ => Ok(upload),
                }
            }
            Err(error) => {
                // Room for others at once; the next part would cut it off anyway.
                let _ = cut_to(file, offset).await;
                Err(error)
            }
        }
    }

    /// Receives what may be kept; a part that must be thrown away whole is an error.
    async fn receive_part(
        &self,
        upload: &Upload,
        file: &File,
        checksum: Option<Checksum>,
        body: Body<'static>,
    ) -> Result<Received, StorageError> {
        let limits = self.0.limits();
        let left = upload.length_bytes - upload.offset_bytes;
        let bytes_max = left.min(limits.part_bytes_max);
        let io = || StorageError::io("write an upload");
        let mut running = checksum.map(Checksum::start);
        let handle = file.try_clone().map_err(io())?;
        let received = receive(handle, body, bytes_max as u64, limits.part_idle, running.as_mut());
        let received = received.await.map_err(io())?;
        let matches = running.map(Running::matches);
        match (&received.end, matches) {
            (End::TooLong, _) if left > limits.part_bytes_max => {
                Err(StorageError::PartTooLarge { part_bytes_max: limits.part_bytes_max })
            }
            (End::TooLong, _) => Err(StorageError::BeyondLength { length_bytes: upload.length_bytes }),
            (End::Interrupted, Some(_)) => Err(StorageError::Interrupted { offset: upload.offset_bytes }),
            (End::Complete, Some(false)) => Err(StorageError::ChecksumMismatch),
            _ => Ok(received),
        }
    }

    /// Moves the offset over bytes that are on the disk.
    async fn acknowledge(&self, mut upload: Upload, bytes: i64) -> Result<Upload, StorageError> {
        let storage = &self.0;
        if upload.offset_bytes == 0 {
            let dir = storage.0.uploads_dir.clone();
            blocking(move || sync_dir(&dir)).await.map_err(StorageError::io("write an upload"))?;
        }
        let before = upload.offset_bytes;
        upload.offset_bytes += bytes;
        upload.expires_at = storage.ambient().now() + storage.limits().upload_expires;
        let sql = "UPDATE uploads SET offset_bytes = $1, expires_at = $2 \
                   WHERE id = $3 AND offset_bytes = $4 AND state = 'open'";
        let values = params![upload.offset_bytes, upload.expires_at, upload.id, before];
        if storage.db().execute(sql, values).await? == 0 {
            // It was terminated while the part came in.
            self.remove_file(upload.id).await?;
            return Err(StorageError::NotFound("upload"));
        }
        Ok(upload)
    }
}

fn check_offset(upload: &Upload, offset: i64) -> Result<(), StorageError> {
    let expected_offset = upload.offset_bytes;
    if offset == expected_offset {
        Ok(())
    } else {
        Err(StorageError::OffsetMismatch { expected_offset, offset })
    }
}

/// Cuts off what no one acknowledged and goes to the end; false when acknowledged bytes are missing.
async fn cut_to(file: &File, length: u64) -> io::Result<bool> {
    let mut file = file.try_clone()?;
    blocking(move || {
        if file.metadata()?.len() < length {
            return Ok(false);
        }
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        Ok(true)
    })
    .await
}
