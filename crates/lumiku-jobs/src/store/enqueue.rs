//! New jobs, in the caller's transaction.

use lumiku_core::{JobId, Query, Tx, params};
use uuid::Uuid;

use super::{Store, placeholders};
use crate::{JobsError, NewJob, State};

const COLUMNS: &str = "id, kind, queue, args, user_id, fair_key, group_id, state, priority, max_attempts, \
                       unique_key, scheduled_at, created_at";

/// Thirteen values a row; PostgreSQL takes 65,535 in one statement, SQLite 32,766.
const ROWS_PER_STATEMENT: usize = 200;

impl Store {
    /// Inserts the job, or finds the unfinished one with its unique key.
    pub async fn insert(&self, tx: &Tx, job: NewJob) -> Result<JobId, JobsError> {
        let Some(key) = job.unique_key.clone() else {
            return Ok(self.insert_all(tx, vec![job]).await?[0]);
        };
        // The other job can end between our insert and our look; then the key is free again.
        for _ in 0..5 {
            let (id, mut values) = (self.ambient.id(), vec![]);
            let row = self.row(&mut values, id, job.clone());
            let sql = format!(
                "INSERT INTO jobs ({COLUMNS}) VALUES ({row}) ON CONFLICT (unique_key) \
                 WHERE state IN ('available', 'scheduled', 'running', 'retryable') DO NOTHING"
            );
            if tx.execute(&sql, values).await? == 1 {
                return Ok(id);
            }
            let sql = "SELECT id FROM jobs WHERE unique_key = $1 \
                       AND state IN ('available', 'scheduled', 'running', 'retryable')";
            if let Some(existing) = tx.scalar(sql, params![key.clone()]).await? {
                return Ok(existing);
            }
        }
        Err(JobsError::Contended)
    }

    /// Inserts many jobs with few statements; ids are in the order of `jobs`.
    pub async fn insert_many(&self, tx: &Tx, jobs: Vec<NewJob>) -> Result<Vec<JobId>, JobsError> {
        if jobs.iter().all(|job| job.unique_key.is_none()) {
            return self.insert_all(tx, jobs).await;
        }
        let mut ids = Vec::with_capacity(jobs.len());
        for job in jobs {
            ids.push(self.insert(tx, job).await?);
        }
        Ok(ids)
    }

    async fn insert_all(&self, tx: &Tx, jobs: Vec<NewJob>) -> Result<Vec<JobId>, JobsError> {
        let ids: Vec<JobId> = jobs.iter().map(|_| self.ambient.id()).collect();
        let mut jobs = ids.iter().copied().zip(jobs).peekable();
        while jobs.peek().is_some() {
            let mut values = vec![];
            let rows: Vec<String> = jobs
                .by_ref()
                .take(ROWS_PER_STATEMENT)
                .map(|(id, job)| format!("({})", self.row(&mut values, id, job)))
                .collect();
            tx.execute(&format!("INSERT INTO jobs ({COLUMNS}) VALUES {}", rows.join(", ")), values).await?;
        }
        Ok(ids)
    }

    fn row(&self, values: &mut Vec<lumiku_core::db::Value>, id: JobId, job: NewJob) -> String {
        let now = self.ambient.now();
        let at = job.scheduled_at.unwrap_or(now);
        let state = if at > now { State::Scheduled } else { State::Available };
        let fair_key = job.user_id.map_or(Uuid::nil(), |user| user.0);
        placeholders(
            values,
            params![
                id,
                job.kind,
                job.queue,
                job.args,
                job.user_id,
                fair_key,
                job.group_id,
                state,
                job.priority,
                job.max_attempts,
                job.unique_key,
                at,
                now,
            ],
        )
    }
}
