//! The ways out of `running`, each behind the fence.

use chrono::{DateTime, Utc};
use lumiku_core::db::Value;
use lumiku_core::{JobId, Query, Tx, params};

use super::{Held, Store};
use crate::{End, Job, JobsError, State};

/// What becomes of a running job.
#[derive(Clone, Debug, PartialEq)]
pub enum Transition {
    End(End),
    /// An error that counts, with another try at this time.
    Retry {
        error: String,
        at: DateTime<Utc>,
    },
    Snooze {
        until: DateTime<Utc>,
    },
    /// The worker shuts down; as if it had never begun.
    HandBack,
    /// The worker died with it.
    Orphan,
    /// The worker died with it once too often.
    Poisoned {
        error: String,
    },
}

/// The code of jobs that are discarded for killing their process.
pub(crate) const CRASHED: &str = "jobs.crashed";

/// The columns a transition writes besides those that every one of them clears.
struct Change {
    state: State,
    scheduled_at: Option<DateTime<Utc>>,
    attempts: i64,
    crashes: i64,
    result: Option<serde_json::Value>,
    error: Option<(String, Option<String>)>,
}

impl Change {
    fn to(state: State) -> Self {
        Self { state, scheduled_at: None, attempts: 0, crashes: 0, result: None, error: None }
    }
}

impl From<&Transition> for Change {
    fn from(transition: &Transition) -> Self {
        match transition.clone() {
            Transition::End(End::Completed(result)) => {
                Self { result: Some(result), ..Self::to(State::Completed) }
            }
            Transition::End(End::Cancelled) => Self::to(State::Cancelled),
            Transition::End(End::Discarded { error, code }) => {
                Self { attempts: 1, error: Some((error, Some(code))), ..Self::to(State::Discarded) }
            }
            Transition::Retry { error, at } => Self {
                scheduled_at: Some(at),
                attempts: 1,
                error: Some((error, None)),
                ..Self::to(State::Retryable)
            },
            Transition::Snooze { until } => Self { scheduled_at: Some(until), ..Self::to(State::Scheduled) },
            Transition::HandBack => Self::to(State::Available),
            Transition::Orphan => Self { crashes: 1, ..Self::to(State::Available) },
            Transition::Poisoned { error } => {
                Self { crashes: 1, error: Some((error, Some(CRASHED.into()))), ..Self::to(State::Discarded) }
            }
        }
    }
}

impl Store {
    /// Applies `transition` if `held` still holds; `None`, and nothing written, if it does not.
    /// A job that was asked to stop does not go back to wait: it is cancelled instead, which the
    /// returned row tells.
    pub async fn apply(
        &self,
        tx: &Tx,
        held: Held,
        transition: &Transition,
    ) -> Result<Option<Job>, JobsError> {
        let now = self.ambient.now();
        let change = Change::from(transition);
        let finished = |state: State| state.is_final().then_some(now);
        let (error, code) = change.error.map_or((None, None), |(error, code)| (Some(error), code));
        let waits = !change.state.is_final();
        let sql = "UPDATE jobs SET \
             state = CASE WHEN $1 AND cancel_requested THEN 'cancelled' ELSE $2 END, \
             finished_at = CASE WHEN $1 AND cancel_requested THEN $3 ELSE $4 END, \
             scheduled_at = COALESCE($5, scheduled_at), attempt = attempt + $6, crashes = crashes + $7, \
             result = COALESCE($8, result), last_error = COALESCE($9, last_error), \
             last_error_code = COALESCE($10, last_error_code), \
             progress = CASE WHEN $2 = 'completed' THEN 1 ELSE progress END, lease_until = NULL, worker = NULL \
             WHERE id = $11 AND fence = $12 AND state = 'running' RETURNING *";
        let values: Vec<Value> = params![
            waits,
            change.state,
            now,
            finished(change.state),
            change.scheduled_at,
            change.attempts,
            change.crashes,
            change.result,
            error,
            code,
            held.id,
            held.fence,
        ];
        Ok(tx.one(sql, values).await?)
    }

    /// Cancels a job that waits, or asks a running one to stop. The row as it is then, and
    /// whether this call is what ended it; a job that has ended stays as it is.
    pub async fn request_cancel(&self, tx: &Tx, id: JobId) -> Result<(Job, bool), JobsError> {
        let for_update = self.for_update();
        let sql = format!("SELECT * FROM jobs WHERE id = $1{for_update}");
        let job: Job = tx.one(&sql, params![id]).await?.ok_or(JobsError::NotFound(id))?;
        if job.state.is_final() {
            return Ok((job, false));
        }
        let (sql, values) = match job.state {
            State::Running => (ASK_TO_STOP, params![id]),
            _ => (CANCEL_WAITING, self.with_now(id.0)),
        };
        let after = tx.one(&format!("{sql} AND id = $1 RETURNING *"), values).await?;
        Ok((after.ok_or(JobsError::NotFound(id))?, job.state != State::Running))
    }

    /// As [`Self::request_cancel`] for every unfinished job of a group: those that are cancelled
    /// now, and those that were asked to stop.
    pub async fn request_cancel_group(
        &self,
        tx: &Tx,
        group: uuid::Uuid,
    ) -> Result<(Vec<Job>, Vec<Job>), JobsError> {
        self.lock_group(tx, group).await?;
        let waiting = format!("{CANCEL_WAITING} AND group_id = $1 RETURNING *");
        let cancelled = tx.all(&waiting, self.with_now(group)).await?;
        let asked = tx.all(&format!("{ASK_TO_STOP} AND group_id = $1 RETURNING *"), params![group]).await?;
        Ok((cancelled, asked))
    }

    /// Locks the jobs of a group, so that none of them ends before this transaction does.
    pub async fn lock_group(&self, tx: &Tx, group: uuid::Uuid) -> Result<(), JobsError> {
        if self.db.engine() == lumiku_core::Engine::Postgres {
            let sql = "SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE group_id = $1 ORDER BY id FOR UPDATE) AS locked";
            tx.scalar::<i64>(sql, params![group]).await?;
        }
        Ok(())
    }

    fn with_now(&self, id: uuid::Uuid) -> Vec<Value> {
        params![id, self.ambient.now()]
    }
}

const CANCEL_WAITING: &str = "UPDATE jobs SET state = 'cancelled', finished_at = $2, cancel_requested = TRUE \
                              WHERE state IN ('available', 'scheduled', 'retryable')";
const ASK_TO_STOP: &str = "UPDATE jobs SET cancel_requested = TRUE WHERE state = 'running'";
