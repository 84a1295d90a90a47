//! What keeps the disk honest: making up for what a crash interrupted, removing what has had its time, and
//! comparing the disk with the database.

use std::collections::HashSet;
use std::str::FromStr;

use lumiku_core::db::FromQueryResult;
use lumiku_core::{Query, UploadId, params};
use uuid::Uuid;

use crate::disk::{blocking, remove_if_there};
use crate::scratch::{Scratch, open_locked};
use crate::stored::doom_abandoned;
use crate::{ObjectKey, Storage, StorageError};

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Working directories of processes that are gone.
    pub scratch_removed: u64,
    /// Uploads that became assets, or were refused, after a crash before their end.
    pub uploads_finished: u64,
    pub uploads_expired: u64,
    /// Files of uploads that no longer exist.
    pub upload_files_removed: u64,
    /// Assets whose time in the trash was over.
    pub assets_purged: u64,
    pub objects_collected: u64,
}

/// Where the disk and the database disagree. Both lists are empty at any time, also right after a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strays {
    /// Files of the object store, and of the directory of uploads, that nothing refers to.
    pub files_without_row: Vec<String>,
    /// Objects somebody refers to whose content is missing or has another length.
    pub rows_without_file: Vec<ObjectKey>,
    /// Objects on their way in or out. A crash may leave some; the sweep takes them within the hour.
    pub unsettled: Vec<ObjectKey>,
}

impl Strays {
    /// Nothing is stray; `unsettled` is no disagreement.
    pub fn is_empty(&self) -> bool {
        self.files_without_row.is_empty() && self.rows_without_file.is_empty()
    }
}

#[derive(FromQueryResult)]
struct ObjectRow {
    key: ObjectKey,
    state: String,
    size_bytes: i64,
}

impl Storage {
    /// Run at start and every hour or so; several processes may do it at once, while others work.
    pub async fn sweep(&self) -> Result<SweepReport, StorageError> {
        let now = self.ambient().now();
        let uploads_dir = self.0.uploads_dir.clone();
        let scratch = blocking(move || Scratch::sweep(&uploads_dir)).await;
        let scratch_removed = scratch.map_err(StorageError::io("sweep working directories"))?;
        let uploads_finished = self.finish_interrupted().await?;
        let uploads_expired = self.uploads().expire(now).await?;
        let upload_files_removed = self.remove_orphaned_uploads().await?;
        let assets_purged = self.purge_deleted(now - self.limits().trash_keeps).await?;
        let tx = self.db().write_tx().await?;
        doom_abandoned(&tx, now - self.limits().unreferenced_keeps).await?;
        tx.commit().await?;
        let objects_collected = self.collect_garbage().await?;
        Ok(SweepReport {
            scratch_removed,
            uploads_finished,
            uploads_expired,
            upload_files_removed,
            assets_purged,
            objects_collected,
        })
    }

    async fn finish_interrupted(&self) -> Result<u64, StorageError> {
        let mut finished = 0;
        for upload in self.uploads().list_unfinished().await? {
            match self.uploads().status(upload.user_id, upload.id).await {
                Ok(_) => finished += 1,
                Err(StorageError::Media(error)) if !error.is_transient() => finished += 1,
                // Somebody is at it, or it is gone by now.
                Err(StorageError::Locked | StorageError::NotFound(_)) => {}
                Err(error) => {
                    tracing::warn!(upload.id = %upload.id, error = %error, "an upload cannot be finished yet");
                }
            }
        }
        Ok(finished)
    }

    async fn remove_orphaned_uploads(&self) -> Result<u64, StorageError> {
        let mut removed = 0;
        for name in self.list_upload_files().await? {
            let Ok(id) = UploadId::from_str(&name) else { continue };
            if self.uploads().exists(id).await? {
                continue;
            }
            let path = self.uploads().path(id);
            let work = move || match open_locked(&path, false) {
                Ok(Some(_held)) => remove_if_there(&path).map(|()| true),
                Ok(None) => Ok(false),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            };
            let gone = blocking(work).await.map_err(StorageError::io("delete an upload"))?;
            removed += u64::from(gone);
        }
        Ok(removed)
    }

    async fn list_upload_files(&self) -> Result<Vec<String>, StorageError> {
        let dir = self.0.uploads_dir.clone();
        let work = move || {
            let entries = std::fs::read_dir(dir)?;
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
        };
        blocking(work).await.map_err(StorageError::io("list the uploads"))
    }

    /// Compares disk and database, for tests and `lumiku doctor`. Slow on a large store. What is being
    /// stored or deleted at this moment may show up wrongly.
    pub async fn stray_objects(&self) -> Result<Strays, StorageError> {
        let mut strays = Strays::default();
        let files: HashSet<String> = self.objects().list().await?.into_iter().collect();
        let sql = "SELECT key, state, size_bytes FROM stored_objects ORDER BY key";
        let mut known = HashSet::new();
        for row in self.db().all::<ObjectRow>(sql, params![]).await? {
            known.insert(row.key.to_string());
            if row.state != "stored" {
                strays.unsettled.push(row.key);
            } else if self.objects().size(row.key).await? != u64::try_from(row.size_bytes).ok() {
                strays.rows_without_file.push(row.key);
            }
        }
        strays.files_without_row.extend(files.into_iter().filter(|name| !known.contains(name)));
        for name in self.list_upload_files().await? {
            let stray = match Uuid::from_str(&name) {
                Ok(id) => !self.uploads().exists(UploadId(id)).await?,
                Err(_) => !Scratch::owns(&name),
            };
            if stray {
                strays.files_without_row.push(name);
            }
        }
        strays.files_without_row.sort_unstable();
        Ok(strays)
    }
}
