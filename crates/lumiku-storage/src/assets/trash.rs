//! Deleting with a way back: an asset lies in the trash, still on its owner's quota, until it is restored,
//! the trash is emptied or its time is up.

use chrono::{DateTime, Utc};
use lumiku_core::db::{FromQueryResult, Value};
use lumiku_core::{AssetId, ProjectId, Query, UserId, params};

use super::Asset;
use crate::stored::{Holder, release_all};
use crate::{Storage, StorageError};

/// Assets purged in one transaction, so that none is open for long.
const PURGE_AT_ONCE: usize = 100;

#[derive(FromQueryResult)]
struct IdRow {
    id: AssetId,
}

impl Storage {
    /// Puts the user's asset in the trash. Deleting it twice is no error.
    pub async fn delete_asset(&self, id: AssetId, user: UserId) -> Result<(), StorageError> {
        let sql = "UPDATE assets SET deleted_at = COALESCE(deleted_at, $1) WHERE id = $2 AND user_id = $3";
        match self.db().execute(sql, params![self.ambient().now(), id, user]).await? {
            0 => Err(StorageError::NotFound("asset")),
            _ => Ok(()),
        }
    }

    /// Takes the user's asset out of the trash. Restoring what is not in there is no error.
    pub async fn restore_asset(&self, id: AssetId, user: UserId) -> Result<Asset, StorageError> {
        let tx = self.db().write_tx().await?;
        let sql = "UPDATE assets SET deleted_at = NULL WHERE id = $1 AND user_id = $2";
        tx.execute(sql, params![id, user]).await?;
        let asset = Asset::find_owned(&tx, id, user).await?.ok_or(StorageError::NotFound("asset"))?;
        tx.commit().await?;
        Ok(asset)
    }

    /// Removes for good what was deleted before `before`; returns how many assets.
    pub async fn purge_deleted(&self, before: DateTime<Utc>) -> Result<u64, StorageError> {
        self.purge("deleted_at < $1", params![before]).await
    }

    /// Removes for good everything in the user's trash.
    pub async fn empty_trash(&self, user: UserId) -> Result<u64, StorageError> {
        self.purge("user_id = $1 AND deleted_at IS NOT NULL", params![user]).await
    }

    /// Removes for good every asset and upload of a project that is itself gone for good.
    pub async fn purge_project(&self, user: UserId, project: ProjectId) -> Result<u64, StorageError> {
        self.uploads().terminate_project(user, project).await?;
        self.purge("user_id = $1 AND project_id = $2", params![user, project]).await
    }

    async fn purge(&self, which: &str, values: Vec<Value>) -> Result<u64, StorageError> {
        let mut purged = 0;
        let select = format!("SELECT id FROM assets WHERE {which} ORDER BY id LIMIT {PURGE_AT_ONCE}");
        loop {
            let rows = self.db().all::<IdRow>(&select, values.clone()).await?;
            let tx = self.db().write_tx().await?;
            let mut changed = 0;
            for IdRow { id } in &rows {
                // The condition again: it may have been restored since it was listed.
                let next = values.len() + 1;
                let sql = format!("DELETE FROM assets WHERE {which} AND id = ${next}");
                let mut values = values.clone();
                values.push((*id).into());
                if tx.execute(&sql, values).await? == 1 {
                    release_all(&tx, Holder::asset(*id)).await?;
                    changed += 1;
                }
            }
            tx.commit().await?;
            purged += changed;
            if rows.len() < PURGE_AT_ONCE || changed == 0 {
                break;
            }
        }
        self.collect_garbage().await?;
        Ok(purged)
    }
}
