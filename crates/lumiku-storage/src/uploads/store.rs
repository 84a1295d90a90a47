//! SQL of uploads, and what needs no file work: creating, asking, giving up.

use chrono::{DateTime, Utc};
use lumiku_core::db::FromQueryResult;
use lumiku_core::{AssetId, GroupId, ProjectId, Query, Tx, UploadId, UserId, params};
use lumiku_media::MediaError;

use super::lock::Hold;
use super::{NewUpload, Upload, Uploads};
use crate::disk::{blocking, remove_if_there};
use crate::stored::doom_pending;
use crate::{ObjectKey, StorageError, clean_name};

const COLUMNS: &str = "id, user_id, project_id, role, group_id, name, length_bytes, offset_bytes, \
    object_key, asset_id, created_at, expires_at";
const ROLE_CHARS_MAX: usize = 32;

#[derive(FromQueryResult)]
struct UploadRow {
    id: UploadId,
    user_id: UserId,
    project_id: ProjectId,
    role: String,
    group_id: Option<GroupId>,
    name: String,
    length_bytes: i64,
    offset_bytes: i64,
    object_key: Option<ObjectKey>,
    asset_id: Option<AssetId>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<UploadRow> for Upload {
    fn from(row: UploadRow) -> Self {
        let UploadRow { id, user_id, project_id, role, group_id, name, .. } = row;
        let UploadRow { length_bytes, offset_bytes, object_key, asset_id, created_at, expires_at, .. } = row;
        Self {
            id,
            user_id,
            project_id,
            role,
            group_id,
            name,
            length_bytes,
            offset_bytes,
            asset_id,
            created_at,
            expires_at,
            object_key,
        }
    }
}

impl Uploads {
    /// Starts an upload and reserves its length on the user's quota.
    pub async fn create(&self, new: NewUpload, length_bytes: i64) -> Result<Upload, StorageError> {
        self.insert(self.0.ambient().id(), new, length_bytes, 0).await
    }

    pub(super) async fn insert(
        &self,
        id: UploadId,
        new: NewUpload,
        length_bytes: i64,
        offset_bytes: i64,
    ) -> Result<Upload, StorageError> {
        let storage = &self.0;
        let now = storage.ambient().now();
        let upload = Upload {
            id,
            user_id: new.user_id,
            project_id: new.project_id,
            role: checked_role(new.role)?,
            group_id: new.group_id,
            name: clean_name(&new.name),
            length_bytes,
            offset_bytes,
            asset_id: None,
            created_at: now,
            expires_at: now + storage.limits().upload_expires,
            object_key: None,
        };
        self.check_length(&upload.name, upload.length_bytes)?;
        let tx = storage.db().write_tx().await?;
        storage.ensure_room(&tx, upload.user_id, upload.length_bytes).await?;
        upload.write(&tx).await?;
        tx.commit().await?;
        Ok(upload)
    }

    pub(super) fn check_length(&self, name: &str, length_bytes: i64) -> Result<(), StorageError> {
        let bytes_max = self.0.limits().upload_bytes_max;
        match length_bytes {
            0 => Err(MediaError::Empty { file: name.to_owned() }.into()),
            ..0 => Err(StorageError::MetadataInvalid("the length is negative".into())),
            length if length > bytes_max => Err(StorageError::TooLarge { name: name.to_owned(), bytes_max }),
            _ => Ok(()),
        }
    }

    pub(super) async fn find(
        &self,
        q: &impl Query,
        id: UploadId,
        user: UserId,
    ) -> Result<Option<Upload>, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM uploads WHERE id = $1 AND user_id = $2");
        Ok(q.one::<UploadRow>(&sql, params![id, user]).await?.map(Into::into))
    }

    /// Removes an upload and its bytes; a finished one is merely forgotten, its asset stays.
    pub async fn terminate(&self, user: UserId, id: UploadId) -> Result<(), StorageError> {
        let upload = self.find(self.0.db(), id, user).await?.ok_or(StorageError::NotFound("upload"))?;
        self.remove(&upload).await
    }

    pub(crate) async fn terminate_project(
        &self,
        user: UserId,
        project: ProjectId,
    ) -> Result<(), StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM uploads WHERE user_id = $1 AND project_id = $2");
        for row in self.0.db().all::<UploadRow>(&sql, params![user, project]).await? {
            self.remove(&row.into()).await?;
        }
        Ok(())
    }

    /// Removes what nobody continued and forgets what is long finished; returns how many.
    pub async fn expire(&self, before: DateTime<Utc>) -> Result<u64, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM uploads WHERE expires_at < $1 ORDER BY id");
        let mut removed = 0;
        for row in self.0.db().all::<UploadRow>(&sql, params![before]).await? {
            match self.remove(&row.into()).await {
                Ok(()) => removed += 1,
                // It is being finished after all.
                Err(StorageError::Locked) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    /// Uploads whose last byte arrived and that became nothing yet: their process died in between.
    pub(crate) async fn list_unfinished(&self) -> Result<Vec<Upload>, StorageError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM uploads WHERE state = 'open' AND offset_bytes = length_bytes ORDER BY id"
        );
        Ok(self.0.db().all::<UploadRow>(&sql, vec![]).await?.into_iter().map(Into::into).collect())
    }

    pub(crate) async fn exists(&self, id: UploadId) -> Result<bool, StorageError> {
        let sql = "SELECT id FROM uploads WHERE id = $1 AND state = 'open'";
        Ok(self.0.db().scalar::<uuid::Uuid>(sql, params![id]).await?.is_some())
    }

    /// Takes the upload away. While somebody writes to it, its row goes first and the writer removes the
    /// file when it finds that out; once its content is moving into the store, the mover has to be let.
    pub(super) async fn remove(&self, upload: &Upload) -> Result<(), StorageError> {
        let hold = self.try_lock(upload, false).await?;
        let nobody_else = match hold {
            Hold::Held(_) => true,
            Hold::Busy => false,
            Hold::Missing => upload.object_key.is_some(),
        };
        let tx = self.0.db().write_tx().await?;
        let condition = if nobody_else { "" } else { "AND (object_key IS NULL OR state = 'finished')" };
        let sql = format!("DELETE FROM uploads WHERE id = $1 {condition}");
        let gone = tx.execute(&sql, params![upload.id]).await? == 1;
        if let Some(key) = upload.object_key {
            doom_pending(&tx, key).await?;
        }
        tx.commit().await?;
        if !gone && !nobody_else && self.exists(upload.id).await? {
            return Err(StorageError::Locked);
        }
        if nobody_else {
            self.remove_file(upload.id).await?;
        }
        drop(hold);
        if upload.object_key.is_some() {
            self.0.collect_garbage().await?;
        }
        Ok(())
    }

    pub(super) async fn remove_file(&self, id: UploadId) -> Result<(), StorageError> {
        let path = self.path(id);
        blocking(move || remove_if_there(&path)).await.map_err(StorageError::io("delete an upload"))
    }
}

impl Upload {
    async fn write(&self, tx: &Tx) -> Result<(), StorageError> {
        let sql = format!(
            "INSERT INTO uploads ({COLUMNS}, state) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open')"
        );
        let values = params![
            self.id,
            self.user_id,
            self.project_id,
            self.role.clone(),
            self.group_id,
            self.name.clone(),
            self.length_bytes,
            self.offset_bytes,
            self.object_key,
            self.asset_id,
            self.created_at,
            self.expires_at
        ];
        tx.execute(&sql, values).await?;
        Ok(())
    }
}

fn checked_role(role: String) -> Result<String, StorageError> {
    let plain = role.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if role.is_empty() || role.len() > ROLE_CHARS_MAX || !plain {
        return Err(StorageError::MetadataInvalid(
            "role must be a short word of small letters, digits and dashes".into(),
        ));
    }
    Ok(role)
}
