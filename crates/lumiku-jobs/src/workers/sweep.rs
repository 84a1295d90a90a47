//! Finds jobs whose worker is gone and makes them runnable again.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Crew, presence};
use crate::{CRASHES_MAX, Job, Jobs, JobsError, Store, Transition};

/// Sweeps at the start and then at every interval.
pub(super) async fn run(crew: Arc<Crew>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(crew.jobs.sweep_interval());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match crew.jobs.sweep().await {
            Ok(0) => {}
            Ok(rescued) => {
                tracing::warn!(rescued, "jobs of a dead worker were taken up");
                crew.jobs.wake().await;
            }
            Err(error) => tracing::warn!(%error, "the sweep failed; trying again"),
        }
    }
}

/// On SQLite: the leases of processes that are certainly dead end now.
async fn expire_the_dead(store: &Store) -> Result<(), JobsError> {
    for worker in presence::list_dead(store.db()) {
        store.expire_leases_of(worker).await?;
        presence::forget(store.db(), worker);
    }
    Ok(())
}

impl Jobs {
    /// One sweep over the kinds this process has handlers for; how many orphans it found.
    pub async fn sweep(&self) -> Result<usize, JobsError> {
        expire_the_dead(self.store()).await?;
        let mut rescued = 0;
        for orphan in self.store().list_expired(&self.kinds()).await? {
            match self.rescue(&orphan).await {
                Ok(Some(_)) => rescued += 1,
                Ok(None) => {}
                // One job whose end cannot be recorded must not keep the others.
                Err(error) => tracing::error!(job.id = %orphan.id, %error, "an orphan could not be rescued"),
            }
        }
        Ok(rescued)
    }

    /// Takes a job from a worker whose lease ran out; `None` when it had not after all.
    async fn rescue(&self, orphan: &Job) -> Result<Option<Job>, JobsError> {
        let poisoned = orphan.crashes + 1 >= CRASHES_MAX;
        let transition = if poisoned && !orphan.cancel_requested {
            let error = format!(
                "The server stopped {CRASHES_MAX} times while it worked on this, so it is not tried again."
            );
            Transition::Poisoned { error }
        } else {
            Transition::Orphan
        };
        self.finish_orphan(orphan, &transition).await
    }
}
