//! `Idempotency-Key`: the key and the effect commit together, so a repeated request gets the first
//! answer and causes nothing, also when the two arrive at once.

use lumiku_core::db::FromQueryResult;
use lumiku_core::{Ambient, DateTime, Db, DbError, Query, Tx, UserId, Utc, params};
use serde_json::Value;

use crate::error::ApiError;

/// A key as sent by the client, bound to what was asked with it.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    pub key: String,
    /// SHA-256 of method, path and body: the same key with another request is an error.
    pub request_sha256: String,
}

/// The stored answer to the first request with a key.
#[derive(Clone, Debug, FromQueryResult)]
pub struct StoredAnswer {
    request_sha256: String,
    pub status: i64,
    pub body: Value,
}

/// Forgets keys older than `before`; the same key is a new request from then on.
pub async fn delete_before(db: &Db, before: DateTime<Utc>) -> Result<u64, DbError> {
    db.execute("DELETE FROM idempotency_keys WHERE created_at < $1", params![before]).await
}

impl IdempotencyKey {
    pub const LENGTH_MAX: usize = 255;

    pub fn check(&self) -> Result<(), ApiError> {
        if self.key.is_empty() || self.key.len() > Self::LENGTH_MAX {
            return Err(ApiError::new(
                400,
                "idempotency.bad_key",
                "An Idempotency-Key has 1 to 255 characters.",
            ));
        }
        Ok(())
    }

    /// The answer to an earlier request with this key.
    pub async fn find(&self, q: &impl Query, user: UserId) -> Result<Option<StoredAnswer>, ApiError> {
        let found: Option<StoredAnswer> = q
            .one(
                "SELECT request_sha256, status, body FROM idempotency_keys WHERE user_id = $1 AND key = $2",
                params![user, self.key.clone()],
            )
            .await?;
        match found {
            Some(answer) if answer.request_sha256 != self.request_sha256 => Err(ApiError::new(
                422,
                "idempotency.key_reused",
                "This Idempotency-Key was used for a different request. Use a new key for a new request.",
            )),
            found => Ok(found),
        }
    }

    /// Stores the answer with the effect. A unique violation means that a twin request was first.
    pub async fn insert(
        &self,
        tx: &Tx,
        ambient: &Ambient,
        user: UserId,
        status: i64,
        body: Value,
    ) -> Result<(), DbError> {
        tx.execute(
            "INSERT INTO idempotency_keys (user_id, key, request_sha256, status, body, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            params![user, self.key.clone(), self.request_sha256.clone(), status, body, ambient.now()],
        )
        .await?;
        Ok(())
    }
}
