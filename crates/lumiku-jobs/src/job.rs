//! A job as asked for and as stored.

use lumiku_core::db::FromQueryResult;
use lumiku_core::{DateTime, JobId, UserId, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{Held, State};

/// A job to enqueue. The defaults: queue `default`, priority 0, five attempts, at once.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub kind: String,
    pub args: Value,
    /// Whose turn it takes; `None` for the studio's own work.
    pub user_id: Option<UserId>,
    pub queue: &'static str,
    /// Higher goes first among the jobs of one user.
    pub priority: i64,
    /// Runs that may end in an error before the job is discarded, at least one.
    pub max_attempts: i64,
    /// At most one unfinished job has this key; begin it with the kind.
    pub unique_key: Option<String>,
    pub scheduled_at: Option<DateTime<Utc>>,
    /// What it is a part of, to cancel together: the generation.
    pub group_id: Option<Uuid>,
}

impl NewJob {
    pub fn new(kind: impl Into<String>, args: Value) -> Self {
        Self {
            kind: kind.into(),
            args,
            user_id: None,
            queue: "default",
            priority: 0,
            max_attempts: 5,
            unique_key: None,
            scheduled_at: None,
            group_id: None,
        }
    }

    #[must_use]
    pub fn for_user(self, user_id: UserId) -> Self {
        Self { user_id: Some(user_id), ..self }
    }

    #[must_use]
    pub fn queue(self, queue: &'static str) -> Self {
        Self { queue, ..self }
    }

    #[must_use]
    pub fn priority(self, priority: i64) -> Self {
        Self { priority, ..self }
    }

    #[must_use]
    pub fn max_attempts(self, max_attempts: i64) -> Self {
        Self { max_attempts: max_attempts.max(1), ..self }
    }

    #[must_use]
    pub fn unique_key(self, key: impl Into<String>) -> Self {
        Self { unique_key: Some(key.into()), ..self }
    }

    #[must_use]
    pub fn scheduled_at(self, at: DateTime<Utc>) -> Self {
        Self { scheduled_at: Some(at), ..self }
    }

    #[must_use]
    pub fn group(self, group_id: impl Into<Uuid>) -> Self {
        Self { group_id: Some(group_id.into()), ..self }
    }
}

/// A row of the queue.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    pub queue: String,
    pub args: Value,
    pub user_id: Option<UserId>,
    pub group_id: Option<Uuid>,
    pub state: State,
    pub priority: i64,
    /// Runs that ended in an error so far; a crash or a shutdown does not count.
    pub attempt: i64,
    pub max_attempts: i64,
    /// Runs whose process died.
    pub crashes: i64,
    /// Grows with every claim; a write with an old one changes nothing.
    pub fence: i64,
    pub worker: Option<Uuid>,
    pub lease_until: Option<DateTime<Utc>>,
    pub scheduled_at: DateTime<Utc>,
    pub unique_key: Option<String>,
    pub cancel_requested: bool,
    /// 0 to 1.
    pub progress: f64,
    pub result: Option<Value>,
    pub last_error: Option<String>,
    pub last_error_code: Option<String>,
    pub created_at: DateTime<Utc>,
    /// When a worker last took it.
    pub claimed_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Job {
    /// What a worker shows to prove that the job is still its own.
    pub fn held(&self) -> Held {
        Held { id: self.id, fence: self.fence }
    }
}
