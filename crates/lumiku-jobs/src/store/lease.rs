//! Keeping a claim, losing it, and finding those whose worker is gone.

use std::collections::HashMap;

use lumiku_core::db::{FromQueryResult, Value};
use lumiku_core::{JobId, Query, Tx, params};
use uuid::Uuid;

use super::{Held, Store, WorkerId, placeholders};
use crate::{Job, JobsError};

/// A job whose process died this many times is discarded: it may well be what kills it.
pub const CRASHES_MAX: i64 = 3;

/// What a heartbeat found out about one claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    Kept,
    CancelRequested,
    /// Somebody else has the job, or it has ended.
    Lost,
}

#[derive(FromQueryResult)]
struct Renewed {
    id: JobId,
    fence: i64,
    cancel_requested: bool,
}

impl Store {
    /// Renews the leases of `worker` on `held` and tells what became of each.
    pub async fn heartbeat(
        &self,
        worker: WorkerId,
        held: &[Held],
    ) -> Result<HashMap<Held, Pulse>, JobsError> {
        if held.is_empty() {
            return Ok(HashMap::new());
        }
        let mut values = params![self.ambient.now() + self.lease, worker.0];
        let ids = placeholders(&mut values, held.iter().map(|held| held.id.into()));
        // Rows are locked in the order of their ids, as everywhere, so that nobody waits in a circle.
        let for_update = self.for_update();
        let sql = format!(
            "UPDATE jobs SET lease_until = $1 WHERE id IN \
             (SELECT id FROM jobs WHERE id IN ({ids}) AND worker = $2 AND state = 'running' ORDER BY id{for_update}) \
             RETURNING id, fence, cancel_requested"
        );
        let tx = self.db.write_tx().await?;
        let renewed: Vec<Renewed> = tx.all(&sql, values).await?;
        tx.commit().await?;
        let pulse =
            |held: &Held| match renewed.iter().find(|row| row.id == held.id && row.fence == held.fence) {
                Some(row) if row.cancel_requested => Pulse::CancelRequested,
                Some(_) => Pulse::Kept,
                None => Pulse::Lost,
            };
        Ok(held.iter().map(|held| (*held, pulse(held))).collect())
    }

    /// Running jobs of these kinds whose lease ran out, oldest first.
    pub(crate) async fn list_expired(&self, kinds: &[String]) -> Result<Vec<Job>, JobsError> {
        let mut values = params![self.ambient.now()];
        let kinds = placeholders(&mut values, kinds.iter().map(|kind| Value::from(kind.as_str())));
        let sql = format!(
            "SELECT * FROM jobs WHERE state = 'running' AND lease_until < $1 AND kind IN ({kinds}) \
             ORDER BY lease_until LIMIT 100"
        );
        Ok(self.db.all(&sql, values).await?)
    }

    /// Ends the leases of a worker that is known to be dead, so that nobody waits for them.
    pub(crate) async fn expire_leases_of(&self, worker: Uuid) -> Result<u64, JobsError> {
        let before = self.ambient.now() - chrono::TimeDelta::microseconds(1);
        let sql =
            "UPDATE jobs SET lease_until = $1 WHERE worker = $2 AND state = 'running' AND lease_until > $1";
        Ok(self.db.execute(sql, params![before, worker]).await?)
    }

    /// Locks `orphan` if it still is one: the worker may have renewed, ended or handed it back.
    pub(crate) async fn lock_orphan(&self, tx: &Tx, orphan: Held) -> Result<Option<Job>, JobsError> {
        let for_update = self.for_update();
        let sql = format!(
            "SELECT * FROM jobs WHERE id = $1 AND fence = $2 AND state = 'running' AND lease_until < $3{for_update}"
        );
        Ok(tx.one(&sql, params![orphan.id, orphan.fence, self.ambient.now()]).await?)
    }

    /// Writes how far a run is; false when the job is no longer this run's.
    pub async fn update_progress(&self, held: Held, fraction: f64) -> Result<bool, JobsError> {
        let sql = "UPDATE jobs SET progress = $1 WHERE id = $2 AND fence = $3 AND state = 'running'";
        Ok(self.db.execute(sql, params![fraction, held.id, held.fence]).await? == 1)
    }
}
