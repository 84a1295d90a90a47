//! From the last byte to an asset: look at the file, put it into the store, and write asset, references and
//! the end of the upload in one transaction. Cut off anywhere, it can be done again: the upload's row says
//! under which key its content went.

use std::path::{Path, PathBuf};

use lumiku_core::params;
use lumiku_media::{MediaError, MediaFacts};
use sha2::{Digest, Sha256};

use super::{Upload, Uploads};
use crate::disk::blocking;
use crate::scratch::ScratchFile;
use crate::stored::{NewObject, doom_pending, insert_pending};
use crate::{Asset, NewAsset, ObjectKey, StorageError};

const THUMBNAIL_TYPE: &str = "image/jpeg";

/// A file that passed.
struct Checked {
    facts: MediaFacts,
    sha256: String,
    thumbnail: Option<Thumbnail>,
}

struct Thumbnail {
    file: ScratchFile,
    key: ObjectKey,
    object: NewObject,
}

impl Uploads {
    /// The caller holds the upload's lock and runs detached. A refused file takes its upload with it; after
    /// a passing failure (no ffmpeg, no room) the upload stays and can be finished later.
    pub(super) async fn finish(&self, upload: &Upload) -> Result<Asset, StorageError> {
        let source = self.source(upload).await?;
        match self.check(upload, &source).await {
            Ok(checked) => self.publish(upload, &source, checked).await,
            Err(StorageError::Media(error)) if !error.is_transient() => {
                self.remove_held(upload).await?;
                Err(error.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Where the bytes are: in the upload's file or, after a crash, under the object's key already.
    async fn source(&self, upload: &Upload) -> Result<PathBuf, StorageError> {
        let path = self.path(upload.id);
        match upload.object_key {
            Some(key) if !tokio::fs::try_exists(&path).await.unwrap_or(false) => {
                Ok(self.0.objects().local_file(key).await?.as_ref().to_owned())
            }
            _ => Ok(path),
        }
    }

    async fn check(&self, upload: &Upload, source: &Path) -> Result<Checked, StorageError> {
        let inspect = &self.0.0.inspect;
        let facts = inspect.accept(source, &upload.name).await?;
        let (sha256, size_bytes) = hash(source).await?;
        if size_bytes != upload.length_bytes {
            return Err(StorageError::Lost);
        }
        let file = self.0.0.scratch.file();
        let made = inspect.thumbnail(source, &facts, file.as_ref()).await;
        let made = made.map_err(|error| named(error, &upload.name))?;
        let thumbnail = if made { Some(self.thumbnail(upload, file).await?) } else { None };
        Ok(Checked { facts, sha256, thumbnail })
    }

    async fn thumbnail(&self, upload: &Upload, file: ScratchFile) -> Result<Thumbnail, StorageError> {
        let (sha256, size_bytes) = hash(file.as_ref()).await?;
        let content_type = THUMBNAIL_TYPE.to_owned();
        let object = NewObject { user_id: upload.user_id, size_bytes, content_type, sha256, counted: false };
        Ok(Thumbnail { file, key: self.0.ambient().id(), object })
    }

    async fn publish(&self, upload: &Upload, source: &Path, checked: Checked) -> Result<Asset, StorageError> {
        let key = self.announce(upload, &checked).await?;
        let thumbnail = checked.thumbnail.as_ref();
        let done = async {
            if let Some(thumbnail) = thumbnail {
                self.0.objects().put_file(thumbnail.key, thumbnail.file.as_ref()).await?;
            }
            if source == self.path(upload.id) {
                self.0.objects().put_file(key, source).await?;
            }
            self.commit(upload, key, &checked).await
        };
        match done.await {
            Ok(asset) => {
                // A store that copies leaves the file.
                self.remove_file(upload.id).await?;
                Ok(asset)
            }
            Err(error) => {
                // The content stays with its upload, to be finished later; the thumbnail is made again.
                if let Some(thumbnail) = thumbnail {
                    self.0.discard_object(thumbnail.key).await?;
                }
                Err(error)
            }
        }
    }

    /// Writes down where content and thumbnail will go, before they go there.
    async fn announce(&self, upload: &Upload, checked: &Checked) -> Result<ObjectKey, StorageError> {
        let storage = &self.0;
        let now = storage.ambient().now();
        let tx = storage.db().write_tx().await?;
        let key = upload.object_key.unwrap_or_else(|| storage.ambient().id());
        // Otherwise it was announced before the crash that is being made up for.
        if upload.object_key.is_none() {
            let content = NewObject {
                user_id: upload.user_id,
                size_bytes: upload.length_bytes,
                content_type: checked.facts.container.content_type().to_owned(),
                sha256: checked.sha256.clone(),
                counted: true,
            };
            insert_pending(&tx, key, &content, now).await?;
        }
        if let Some(Thumbnail { key, object, .. }) = &checked.thumbnail {
            insert_pending(&tx, *key, object, now).await?;
        }
        let sql = "UPDATE uploads SET object_key = $1 WHERE id = $2 AND state = 'open'";
        if tx.execute(sql, params![key, upload.id]).await? == 0 {
            tx.rollback().await?;
            self.remove_file(upload.id).await?;
            return Err(StorageError::NotFound("upload"));
        }
        tx.commit().await?;
        Ok(key)
    }

    async fn commit(
        &self,
        upload: &Upload,
        key: ObjectKey,
        checked: &Checked,
    ) -> Result<Asset, StorageError> {
        let storage = &self.0;
        let now = storage.ambient().now();
        let tx = storage.db().write_tx().await?;
        let new = NewAsset {
            id: storage.ambient().id(),
            user_id: upload.user_id,
            project_id: upload.project_id,
            role: upload.role.clone(),
            name: upload.name.clone(),
            object_key: key,
            size_bytes: upload.length_bytes,
            sha256: checked.sha256.clone(),
            facts: checked.facts.clone(),
            thumbnail_key: checked.thumbnail.as_ref().map(|thumbnail| thumbnail.key),
            group_id: upload.group_id,
            created_at: now,
        };
        let asset = Asset::insert(&tx, new).await?;
        let sql = "UPDATE uploads SET state = 'finished', asset_id = $1, expires_at = $2 \
                   WHERE id = $3 AND state = 'open'";
        let expires_at = now + storage.limits().upload_expires;
        if tx.execute(sql, params![asset.id, expires_at, upload.id]).await? == 0 {
            return Err(StorageError::NotFound("upload"));
        }
        tx.commit().await?;
        Ok(asset)
    }

    /// Removes an upload whose lock the caller holds.
    pub(super) async fn remove_held(&self, upload: &Upload) -> Result<(), StorageError> {
        let tx = self.0.db().write_tx().await?;
        tx.execute("DELETE FROM uploads WHERE id = $1", params![upload.id]).await?;
        if let Some(key) = upload.object_key {
            doom_pending(&tx, key).await?;
        }
        tx.commit().await?;
        self.remove_file(upload.id).await?;
        self.0.collect_garbage().await?;
        Ok(())
    }
}

/// The thumbnailer knows the file by our name for it only.
fn named(error: MediaError, name: &str) -> MediaError {
    match error {
        MediaError::Damaged { detail, .. } => MediaError::Damaged { file: name.to_owned(), detail },
        other => other,
    }
}

/// SHA-256 and length of a whole file, off the async threads.
async fn hash(path: &Path) -> Result<(String, i64), StorageError> {
    let path = path.to_owned();
    let work = move || {
        let mut hasher = Sha256::new();
        let bytes = std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
        Ok((hex::encode(hasher.finalize()), bytes as i64))
    };
    blocking(work).await.map_err(StorageError::io("read an upload"))
}
