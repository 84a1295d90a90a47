//! The queue as the rest of the studio sees it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lumiku_core::bus::{Bus, Message};
use lumiku_core::config::JobsConfig;
use lumiku_core::{Ambient, Db, JobId, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::{CRASHED, Transition};
use crate::{End, Handler, Job, JobsError, NewJob, State, Store};

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    store: Store,
    bus: Arc<dyn Bus>,
    config: JobsConfig,
    handlers: RwLock<HashMap<String, Arc<dyn Handler>>>,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").field("config", &self.0.config).finish_non_exhaustive()
    }
}

/// How many jobs are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    pub available: i64,
    pub scheduled: i64,
    pub running: i64,
    pub retryable: i64,
    pub completed: i64,
    pub cancelled: i64,
    pub discarded: i64,
}

impl Jobs {
    pub fn new(db: Db, ambient: Ambient, bus: Arc<dyn Bus>, config: JobsConfig) -> Self {
        let lease = TimeDelta::seconds(i64::try_from(config.lease_s).unwrap_or(30));
        let store = Store::new(db, ambient, lease);
        Self(Arc::new(Inner { store, bus, config, handlers: RwLock::default() }))
    }

    /// Makes the handlers known to this process. [`crate::Workers::start`] does it too; a process
    /// that only enqueues and cancels needs it as well, because cancelling a job that waits runs
    /// its handler's `ended`.
    pub fn register(&self, handlers: &[Arc<dyn Handler>]) {
        let mut known = self.0.handlers.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(handlers.iter().map(|handler| (handler.kind().to_owned(), handler.clone())));
    }

    /// Lets go of the handlers, at the end of a process. Handlers usually hold this queue among
    /// everything else they need, and nothing of that would ever be dropped.
    pub fn forget_handlers(&self) {
        self.0.handlers.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Enqueues in the caller's transaction: the job exists if and only if that commits. With a
    /// unique key of an unfinished job, the id of that job. Call [`Self::wake`] after the commit.
    pub async fn enqueue(&self, tx: &Tx, job: NewJob) -> Result<JobId, JobsError> {
        self.0.store.insert(tx, job).await
    }

    /// As [`Self::enqueue`] for many at once; ids in the order of `jobs`.
    pub async fn enqueue_many(&self, tx: &Tx, jobs: Vec<NewJob>) -> Result<Vec<JobId>, JobsError> {
        self.0.store.insert_many(tx, jobs).await
    }

    /// Tells idle workers on every node that there is work. A hint: without it they look within
    /// about a second.
    pub async fn wake(&self) {
        self.0.bus.publish(Message::JobsAvailable).await;
    }

    /// Cancels a job that waits, its `ended` included, or asks a running one to stop. The job as
    /// it is then. Call [`Self::announce_cancelled`] after the commit.
    pub async fn cancel(&self, tx: &Tx, id: JobId) -> Result<Job, JobsError> {
        let (job, ended_now) = self.0.store.request_cancel(tx, id).await?;
        if ended_now {
            self.handler(&job.kind)?.ended(tx, &job, &End::Cancelled).await?;
        }
        Ok(job)
    }

    /// Locks the jobs of a group until the transaction ends. Whoever changes their owner's row and
    /// then cancels them calls it first: a job that ends locks itself before that row.
    pub async fn lock_group(&self, tx: &Tx, group: Uuid) -> Result<(), JobsError> {
        self.0.store.lock_group(tx, group).await
    }

    /// As [`Self::cancel`] for every unfinished job of a group; the ids of those it reached.
    pub async fn cancel_group(&self, tx: &Tx, group: Uuid) -> Result<Vec<JobId>, JobsError> {
        let (cancelled, asked) = self.0.store.request_cancel_group(tx, group).await?;
        for job in &cancelled {
            self.handler(&job.kind)?.ended(tx, job, &End::Cancelled).await?;
        }
        Ok(cancelled.iter().chain(&asked).map(|job| job.id).collect())
    }

    /// After the commit of a cancellation: stops the running ones at once, on whatever node, and
    /// runs `after_ended` of the others. Without it a running job stops at its next heartbeat.
    pub async fn announce_cancelled(&self, ids: &[JobId]) {
        for &job_id in ids {
            match self.find(job_id).await {
                Ok(Some(job)) if job.state == State::Cancelled => {
                    if let Ok(handler) = self.handler(&job.kind) {
                        handler.after_ended(&job, &End::Cancelled).await;
                    }
                }
                Ok(None) => {}
                _ => self.0.bus.publish(Message::JobCancelled { job_id }).await,
            }
        }
    }

    pub async fn find(&self, id: JobId) -> Result<Option<Job>, JobsError> {
        self.0.store.find(id).await
    }

    /// Every job of a group, oldest first.
    pub async fn list_group(&self, group: Uuid) -> Result<Vec<Job>, JobsError> {
        self.0.store.list_group(group).await
    }

    /// For health and metrics.
    pub async fn counts(&self) -> Result<Counts, JobsError> {
        let mut counts = Counts::default();
        for (state, count) in self.0.store.count_by_state().await? {
            *counts.of(state) = count;
        }
        Ok(counts)
    }

    /// Deletes jobs that ended before this time; how many.
    pub async fn delete_finished_before(&self, before: DateTime<Utc>) -> Result<u64, JobsError> {
        self.0.store.delete_finished_before(before).await
    }

    /// The steps underneath, for tests that drive the queue by hand.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Makes `transition` the fate of a run, with the handler's `ended` in the same transaction
    /// where it ends the job. `None`, and nothing done, when the run no longer owns the job.
    pub async fn finish(&self, job: &Job, transition: &Transition) -> Result<Option<Job>, JobsError> {
        let tx = self.0.store.db().write_tx().await?;
        self.finish_in(tx, job, transition).await
    }

    /// As [`Self::finish`], for whoever takes a job from a worker: only if its lease ran out.
    pub(crate) async fn finish_orphan(
        &self,
        orphan: &Job,
        transition: &Transition,
    ) -> Result<Option<Job>, JobsError> {
        let tx = self.0.store.db().write_tx().await?;
        match self.0.store.lock_orphan(&tx, orphan.held()).await? {
            Some(_) => self.finish_in(tx, orphan, transition).await,
            None => Ok(None),
        }
    }

    async fn finish_in(&self, tx: Tx, job: &Job, transition: &Transition) -> Result<Option<Job>, JobsError> {
        let Some(after) = self.0.store.apply(&tx, job.held(), transition).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        let Some(end) = end_of(&after, transition) else {
            tx.commit().await?;
            return Ok(Some(after));
        };
        let handler = self.handler(&after.kind)?;
        handler.ended(&tx, &after, &end).await?;
        tx.commit().await?;
        handler.after_ended(&after, &end).await;
        Ok(Some(after))
    }

    pub(crate) fn bus(&self) -> &Arc<dyn Bus> {
        &self.0.bus
    }

    pub(crate) fn heartbeat_interval(&self) -> Duration {
        Duration::from_secs(self.0.config.heartbeat_s.max(1))
    }

    pub(crate) fn sweep_interval(&self) -> Duration {
        Duration::from_secs(self.0.config.sweep_s.max(1))
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(self.0.config.lease_s)
    }

    /// The kinds this process has handlers for.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let known = self.0.handlers.read().unwrap_or_else(PoisonError::into_inner);
        known.keys().cloned().collect()
    }

    pub(crate) fn handler(&self, kind: &str) -> Result<Arc<dyn Handler>, JobsError> {
        let known = self.0.handlers.read().unwrap_or_else(PoisonError::into_inner);
        known.get(kind).cloned().ok_or_else(|| JobsError::NoHandler(kind.into()))
    }
}

/// How the job ended, which is not always what the run wanted: one that was to be tried again is
/// cancelled if somebody had asked for that.
fn end_of(after: &Job, transition: &Transition) -> Option<End> {
    match (after.state, transition) {
        (State::Cancelled, _) => Some(End::Cancelled),
        (_, Transition::End(end)) => Some(end.clone()),
        (_, Transition::Poisoned { error }) => {
            Some(End::Discarded { error: error.clone(), code: CRASHED.into() })
        }
        _ => None,
    }
}

impl Counts {
    fn of(&mut self, state: State) -> &mut i64 {
        match state {
            State::Available => &mut self.available,
            State::Scheduled => &mut self.scheduled,
            State::Running => &mut self.running,
            State::Retryable => &mut self.retryable,
            State::Completed => &mut self.completed,
            State::Cancelled => &mut self.cancelled,
            State::Discarded => &mut self.discarded,
        }
    }
}
