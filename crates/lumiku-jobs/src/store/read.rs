//! Looking at the queue, and forgetting what ended long ago.

use chrono::{DateTime, Utc};
use lumiku_core::db::FromQueryResult;
use lumiku_core::{JobId, Query, params};

use super::Store;
use crate::{Job, JobsError, State};

#[derive(FromQueryResult)]
struct CountRow {
    state: State,
    count: i64,
}

impl Store {
    pub async fn find(&self, id: JobId) -> Result<Option<Job>, JobsError> {
        Ok(self.db.one("SELECT * FROM jobs WHERE id = $1", params![id]).await?)
    }

    /// Every job of a group, oldest first.
    pub async fn list_group(&self, group: uuid::Uuid) -> Result<Vec<Job>, JobsError> {
        Ok(self.db.all("SELECT * FROM jobs WHERE group_id = $1 ORDER BY id", params![group]).await?)
    }

    pub(crate) async fn count_by_state(&self) -> Result<Vec<(State, i64)>, JobsError> {
        // Two halves, because each is answered from its own index.
        let sql = "SELECT state, COUNT(*) AS count FROM jobs \
                   WHERE state IN ('available', 'scheduled', 'running', 'retryable') GROUP BY state \
                   UNION ALL SELECT state, COUNT(*) AS count FROM jobs \
                   WHERE state IN ('completed', 'cancelled', 'discarded') GROUP BY state";
        let rows: Vec<CountRow> = self.db.all(sql, vec![]).await?;
        Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
    }

    /// Deletes jobs that ended before this time, dead letters included; how many.
    pub async fn delete_finished_before(&self, before: DateTime<Utc>) -> Result<u64, JobsError> {
        let sql = "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs \
                   WHERE state IN ('completed', 'cancelled', 'discarded') AND finished_at < $1 LIMIT 500)";
        let mut deleted = 0;
        loop {
            // In portions, so that a large clean-up keeps no writer waiting.
            let portion = self.db.execute(sql, params![before]).await?;
            deleted += portion;
            if portion == 0 {
                return Ok(deleted);
            }
        }
    }
}
