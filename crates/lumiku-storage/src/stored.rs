//! The account of stored objects: one row per object for as long as its file exists, and who refers to it.
//!
//! An object is `pending` from before its file is written until the transaction that first refers to it,
//! `stored` while anybody refers to it, and `doomed` from the transaction that takes the last reference
//! away until its file is gone. Rows go last, so that at no moment a file lies there without a row; a
//! doomed object never comes back. Whoever changes references first locks the object's row.

use std::path::Path;

use chrono::{DateTime, Utc};
use lumiku_core::db::FromQueryResult;
use lumiku_core::{Ambient, AssetId, GenerationId, OutputId, Query, Tx, UserId, params};
use uuid::Uuid;

use crate::objects::ObjectKey;
use crate::{Storage, StorageError};

/// Objects removed by one round of [`Storage::collect_garbage`].
const COLLECT_AT_ONCE: i64 = 200;

/// What is known of a file that is about to be stored.
#[derive(Clone, Debug)]
pub struct NewObject {
    /// Whose quota it fills.
    pub user_id: UserId,
    pub size_bytes: i64,
    pub content_type: String,
    /// In lower-case hexadecimal.
    pub sha256: String,
    /// False for what can be made again, such as thumbnails; it does not fill the quota.
    pub counted: bool,
}

/// A row that needs an object.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    kind: &'static str,
    id: Uuid,
}

impl Holder {
    pub fn asset(id: AssetId) -> Self {
        Self { kind: "asset", id: id.0 }
    }

    /// An output holds its content and its thumbnail.
    pub fn output(id: OutputId) -> Self {
        Self { kind: "output", id: id.0 }
    }

    /// A run holds its inputs, so that emptying the trash cannot pull them from under it.
    pub fn generation(id: GenerationId) -> Self {
        Self { kind: "generation", id: id.0 }
    }
}

/// Announces an object before its file is put in place.
pub(crate) async fn insert_pending(
    tx: &Tx,
    key: ObjectKey,
    object: &NewObject,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let sql = "INSERT INTO stored_objects \
               (key, user_id, size_bytes, content_type, sha256, counted, state, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7)";
    let values = params![
        key,
        object.user_id,
        object.size_bytes,
        object.content_type.clone(),
        object.sha256.clone(),
        object.counted,
        now
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Lets `holder` refer to the object, in the transaction that writes the holder's own row. Repeating it
/// changes nothing. Fails when the object is doomed, which means that the caller took too long.
pub async fn reference(tx: &Tx, key: ObjectKey, holder: Holder) -> Result<(), StorageError> {
    let sql = "UPDATE stored_objects SET state = 'stored' WHERE key = $1 AND state <> 'doomed'";
    if tx.execute(sql, params![key]).await? == 0 {
        return Err(StorageError::NotFound("stored file"));
    }
    let sql = "INSERT INTO object_references (object_key, holder_id, holder_kind) VALUES ($1, $2, $3) \
               ON CONFLICT (object_key, holder_id) DO NOTHING";
    tx.execute(sql, params![key, holder.id, holder.kind]).await?;
    Ok(())
}

/// Takes back all references of `holder`, in the transaction that deletes its row. Call
/// [`Storage::collect_garbage`] after the commit to free the disk at once; the sweep does it otherwise.
pub async fn release_all(tx: &Tx, holder: Holder) -> Result<(), StorageError> {
    // A fixed order, so that two transactions that release the same objects cannot wait for each other.
    let sql = "SELECT object_key AS key FROM object_references WHERE holder_id = $1 ORDER BY object_key";
    for KeyRow { key } in tx.all::<KeyRow>(sql, params![holder.id]).await? {
        // The lock comes first: whether somebody else refers to it must be asked after their commit.
        tx.execute("UPDATE stored_objects SET state = state WHERE key = $1", params![key]).await?;
        let sql = "DELETE FROM object_references WHERE object_key = $1 AND holder_id = $2";
        tx.execute(sql, params![key, holder.id]).await?;
        let sql = "UPDATE stored_objects SET state = 'doomed' WHERE key = $1 \
                   AND NOT EXISTS (SELECT 1 FROM object_references WHERE object_key = $1)";
        tx.execute(sql, params![key]).await?;
    }
    Ok(())
}

/// Gives up an object nobody ever referred to.
pub(crate) async fn doom_pending(tx: &Tx, key: ObjectKey) -> Result<(), StorageError> {
    let sql = "UPDATE stored_objects SET state = 'doomed' WHERE key = $1 AND state = 'pending'";
    tx.execute(sql, params![key]).await?;
    Ok(())
}

/// Gives up objects that have been waiting for their first reference since before `before`, except those
/// of uploads that will still be finished.
pub(crate) async fn doom_abandoned(tx: &Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let sql = "UPDATE stored_objects SET state = 'doomed' WHERE state = 'pending' AND created_at < $1 \
               AND NOT EXISTS (SELECT 1 FROM uploads \
                               WHERE uploads.object_key = stored_objects.key AND uploads.state = 'open')";
    Ok(tx.execute(sql, params![before]).await?)
}

#[derive(FromQueryResult)]
struct KeyRow {
    key: ObjectKey,
}

impl Storage {
    /// Moves a finished file into the store, for example a run's result. It stays only if a transaction
    /// calls [`reference`] within the hour; on failure call [`Storage::discard_object`] or leave it to the
    /// sweep.
    pub async fn put_object(&self, file: &Path, object: &NewObject) -> Result<ObjectKey, StorageError> {
        let key = self.announce_object(object).await?;
        match self.objects().put_file(key, file).await {
            Ok(()) => Ok(key),
            Err(error) => {
                self.discard_object(key).await?;
                Err(error)
            }
        }
    }

    async fn announce_object(&self, object: &NewObject) -> Result<ObjectKey, StorageError> {
        let ambient: &Ambient = self.ambient();
        let key = ambient.id();
        let tx = self.db().write_tx().await?;
        insert_pending(&tx, key, object, ambient.now()).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// Removes an object that was put and will not be referred to.
    pub async fn discard_object(&self, key: ObjectKey) -> Result<(), StorageError> {
        let tx = self.db().write_tx().await?;
        doom_pending(&tx, key).await?;
        tx.commit().await?;
        self.collect_garbage().await?;
        Ok(())
    }

    /// Deletes the files of doomed objects and then their rows; returns how many. Safe to run at any time
    /// and by several processes at once.
    pub async fn collect_garbage(&self) -> Result<u64, StorageError> {
        let mut collected = 0;
        loop {
            let sql = "SELECT key FROM stored_objects WHERE state = 'doomed' ORDER BY key LIMIT $1";
            let doomed = self.db().all::<KeyRow>(sql, params![COLLECT_AT_ONCE]).await?;
            for KeyRow { key } in &doomed {
                self.objects().delete(*key).await?;
                let sql = "DELETE FROM stored_objects WHERE key = $1 AND state = 'doomed'";
                collected += self.db().execute(sql, params![*key]).await?;
            }
            if doomed.len() < COLLECT_AT_ONCE as usize {
                return Ok(collected);
            }
        }
    }
}
