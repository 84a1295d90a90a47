//! How much a user stores and may store. What counts is what lies on the disk: contents of assets and
//! outputs, also in the trash, and the announced length of uploads under way. Sums, never a running total,
//! so the figure cannot drift; a lock per user makes checking and reserving one step.

use lumiku_core::{Query, Tx, UserId, params};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Storage, StorageError};

/// The storage meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StorageUsage)]
pub struct Usage {
    pub used_bytes: i64,
    pub quota_bytes: i64,
    /// The part of `used_bytes` that emptying the trash would free.
    pub trash_bytes: i64,
}

const USED: &str = "SELECT CAST( \
        (SELECT COALESCE(SUM(size_bytes), 0) FROM stored_objects \
          WHERE user_id = $1 AND counted AND state = 'stored') \
      + (SELECT COALESCE(SUM(length_bytes), 0) FROM uploads WHERE user_id = $1 AND state = 'open') \
    AS BIGINT)";

const TRASH: &str = "SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM stored_objects o \
    WHERE o.user_id = $1 AND o.counted AND o.state = 'stored' AND NOT EXISTS ( \
        SELECT 1 FROM object_references r LEFT JOIN assets a ON a.id = r.holder_id \
        WHERE r.object_key = o.key AND a.deleted_at IS NULL)";

const FILES: &str = "SELECT CAST( \
        (SELECT COUNT(*) FROM stored_objects WHERE user_id = $1 AND counted AND state = 'stored') \
      + (SELECT COUNT(*) FROM uploads WHERE user_id = $1 AND state = 'open') \
    AS BIGINT)";

impl Storage {
    /// What the user stores and may store.
    pub async fn usage(&self, q: &impl Query, user: UserId) -> Result<Usage, StorageError> {
        let sql = "SELECT quota_bytes FROM storage_accounts WHERE user_id = $1";
        let own = q.scalar::<Option<i64>>(sql, params![user]).await?.flatten();
        Ok(Usage {
            used_bytes: q.scalar(USED, params![user]).await?.unwrap_or_default(),
            quota_bytes: own.unwrap_or(self.limits().quota_bytes),
            trash_bytes: q.scalar(TRASH, params![user]).await?.unwrap_or_default(),
        })
    }

    /// Refuses when `needed_bytes` more do not fit. Until `tx` ends nobody else can reserve room for this
    /// user, so what the caller inserts in `tx` cannot overshoot.
    pub async fn ensure_room(&self, tx: &Tx, user: UserId, needed_bytes: i64) -> Result<(), StorageError> {
        let sql = "INSERT INTO storage_accounts (user_id, reservations) VALUES ($1, 1) \
                   ON CONFLICT (user_id) DO UPDATE SET reservations = storage_accounts.reservations + 1";
        tx.execute(sql, params![user]).await?;
        let Usage { used_bytes, quota_bytes, trash_bytes } = self.usage(tx, user).await?;
        // Written so that no sum of two large numbers can overflow.
        if needed_bytes > quota_bytes.saturating_sub(used_bytes) {
            return Err(StorageError::QuotaExceeded { used_bytes, quota_bytes, needed_bytes, trash_bytes });
        }
        let files_max = self.limits().files_max;
        let files: i64 = tx.scalar(FILES, params![user]).await?.unwrap_or_default();
        if files >= files_max {
            return Err(StorageError::TooManyFiles { files_max });
        }
        Ok(())
    }

    /// Gives one user more or less room than the configuration does; `None` takes that back.
    pub async fn update_quota(&self, user: UserId, quota_bytes: Option<i64>) -> Result<(), StorageError> {
        let sql = "INSERT INTO storage_accounts (user_id, quota_bytes, reservations) VALUES ($1, $2, 0) \
                   ON CONFLICT (user_id) DO UPDATE SET quota_bytes = $2";
        self.db().execute(sql, params![user, quota_bytes]).await?;
        Ok(())
    }
}
