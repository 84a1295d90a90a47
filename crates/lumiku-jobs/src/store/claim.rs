//! Taking jobs to run.

use chrono::{DateTime, Utc};
use lumiku_core::db::Value;
use lumiku_core::{Query, Tx, params};

use super::{Store, WorkerId, placeholders};
use crate::fair::{Share, next_turn};
use crate::{Job, JobsError};

/// Every user with an available job, found by stepping from one to the next in the index: the
/// cost grows with the number of users who wait, not with the number of jobs.
const SHARES: &str = "
WITH RECURSIVE waiting (fair_key) AS (
  SELECT * FROM (SELECT fair_key FROM jobs WHERE state = 'available' ORDER BY fair_key LIMIT 1) AS lowest
  UNION ALL
  SELECT (SELECT j.fair_key FROM jobs j WHERE j.state = 'available' AND j.fair_key > w.fair_key
          ORDER BY j.fair_key LIMIT 1)
  FROM waiting w WHERE w.fair_key IS NOT NULL
), shares AS (
  SELECT w.fair_key,
    (SELECT COUNT(*) FROM jobs r WHERE r.state = 'running' AND r.fair_key = w.fair_key) AS running,
    (SELECT s.claimed_at FROM jobs s WHERE s.fair_key = w.fair_key AND s.claimed_at IS NOT NULL
     ORDER BY s.claimed_at DESC LIMIT 1) AS served_at,
    (SELECT f.id FROM jobs f WHERE f.state = 'available' AND f.fair_key = w.fair_key
     ORDER BY f.priority DESC, f.crashes, f.id LIMIT 1) AS first
  FROM waiting w WHERE w.fair_key IS NOT NULL
)
SELECT shares.fair_key, shares.running, shares.served_at, shares.first, jobs.priority
FROM shares JOIN jobs ON jobs.id = shares.first";

impl Store {
    /// Takes up to `slots` jobs of these kinds for `worker`, in turn between users. A job is
    /// claimed by one caller only, whatever the number of nodes.
    pub async fn claim(
        &self,
        worker: WorkerId,
        kinds: &[String],
        slots: usize,
    ) -> Result<Vec<Job>, JobsError> {
        let now = self.ambient.now();
        let tx = self.db.write_tx().await?;
        self.make_due_available(&tx, now).await?;
        let mut shares: Vec<Share> = if kinds.is_empty() { vec![] } else { tx.all(SHARES, vec![]).await? };
        let mut claimed = Vec::new();
        while claimed.len() < slots {
            let Some(index) = next_turn(&shares) else { break };
            match self.claim_next_of(&tx, &shares[index], worker, kinds, now).await? {
                Some(job) => {
                    claimed.push(job);
                    shares[index].running += 1;
                    shares[index].served_at = Some(now);
                }
                None => {
                    shares.swap_remove(index);
                }
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    async fn claim_next_of(
        &self,
        tx: &Tx,
        share: &Share,
        worker: WorkerId,
        kinds: &[String],
        now: DateTime<Utc>,
    ) -> Result<Option<Job>, JobsError> {
        let mut values = params![now, worker.0, now + self.lease, share.fair_key];
        let kinds = placeholders(&mut values, kinds.iter().map(|kind| Value::from(kind.as_str())));
        let skip_locked = self.skip_locked();
        let sql = format!(
            "UPDATE jobs SET state = 'running', fence = fence + 1, claimed_at = $1, worker = $2, \
             lease_until = $3, progress = 0 \
             WHERE id = (SELECT id FROM jobs WHERE state = 'available' AND fair_key = $4 AND kind IN ({kinds}) \
                         ORDER BY priority DESC, crashes, id LIMIT 1{skip_locked}) \
             RETURNING *"
        );
        Ok(tx.one(&sql, values).await?)
    }

    /// Scheduled and retryable jobs whose time has come.
    async fn make_due_available(&self, tx: &Tx, now: DateTime<Utc>) -> Result<(), JobsError> {
        let skip_locked = self.skip_locked();
        let sql = format!(
            "UPDATE jobs SET state = 'available' WHERE id IN \
             (SELECT id FROM jobs WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= $1 \
              ORDER BY scheduled_at LIMIT 200{skip_locked})"
        );
        tx.execute(&sql, params![now]).await?;
        Ok(())
    }
}
