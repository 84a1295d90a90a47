//! The slots of one process: they claim, run and end jobs until told to stop.

mod heartbeat;
mod presence;
mod run;
mod running;
mod sweep;

use std::sync::Arc;
use std::time::Duration;

use lumiku_core::bus::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Handler, Job, Jobs, JobsError, WorkerId};
use heartbeat::Heartbeat;
use presence::Presence;
use running::{Cause, Running};

/// How long a cancelled run gets to stop by itself before it is dropped.
const STOP_GRACE: Duration = Duration::from_secs(10);

/// Running workers. Dropping them without [`Workers::shutdown`] stops claiming and abandons what
/// runs to its lease.
#[derive(Debug)]
pub struct Workers {
    crew: Arc<Crew>,
    stop: CancellationToken,
    claiming: JoinHandle<()>,
    loops: [JoinHandle<()>; 2],
    heartbeat: Heartbeat,
    runs: TaskTracker,
}

/// What the loops and runs of one process share.
#[derive(Debug)]
struct Crew {
    jobs: Jobs,
    id: WorkerId,
    kinds: Vec<String>,
    running: Running,
    _presence: Option<Presence>,
}

impl Workers {
    /// Starts `slots` slots for these handlers. Jobs that a dead process on the same SQLite file
    /// left behind are taken up at once, others when their lease has run out.
    #[expect(clippy::needless_pass_by_value, reason = "the list is written where it is passed")]
    pub fn start(jobs: Jobs, handlers: Vec<Arc<dyn Handler>>, slots: usize) -> Self {
        let crew = Arc::new(Crew::new(jobs, &handlers));
        let stop = CancellationToken::new();
        let runs = TaskTracker::new();
        let heartbeat = Heartbeat::start(&crew);
        let claiming = tokio::spawn(claim_loop(crew.clone(), stop.clone(), runs.clone(), slots));
        let loops =
            [tokio::spawn(cancel_loop(crew.clone())), tokio::spawn(sweep::run(crew.clone(), stop.clone()))];
        Self { crew, stop, claiming, loops, heartbeat, runs }
    }

    /// How many jobs run here now.
    pub fn running(&self) -> usize {
        self.crew.running.held().len()
    }

    /// Stops claiming and lets what runs go on for `grace`. What is left then is cancelled and
    /// handed back to the queue, as if it had not begun.
    pub async fn shutdown(mut self, grace: Duration) {
        self.stop.cancel();
        // A claim that is under way must arrive, or its jobs would wait for their lease.
        let _ = (&mut self.claiming).await;
        self.runs.close();
        if tokio::time::timeout(grace, self.runs.wait()).await.is_err() {
            self.crew.running.cancel_all(Cause::Shutdown);
            // Each run ends within its own grace; the rest is for writing down what became of it.
            let _ = tokio::time::timeout(STOP_GRACE + Duration::from_secs(5), self.runs.wait()).await;
        }
        for task in &self.loops {
            task.abort();
        }
        self.heartbeat.stop().await;
        self.crew.jobs.wake().await;
    }

    /// Runs everything that is runnable now, one job after the other, in the caller's task, and
    /// returns how many runs that took. For tests: no lease is renewed and nothing is waited for.
    pub async fn drain(jobs: &Jobs, handlers: Vec<Arc<dyn Handler>>) -> Result<usize, JobsError> {
        let crew = Crew::new(jobs.clone(), &handlers);
        let mut runs = 0;
        loop {
            jobs.sweep().await?;
            let Some(job) = crew.claim(1).await?.pop() else { return Ok(runs) };
            run::run(&crew, job, &[]).await?;
            runs += 1;
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.cancel();
        for task in &self.loops {
            task.abort();
        }
    }
}

impl Crew {
    fn new(jobs: Jobs, handlers: &[Arc<dyn Handler>]) -> Self {
        jobs.register(handlers);
        let id = WorkerId(jobs.store().ambient().uuid());
        let kinds = handlers.iter().map(|handler| handler.kind().to_owned()).collect();
        let presence = Presence::announce(jobs.store().db(), id);
        Self { jobs, id, kinds, running: Running::default(), _presence: presence }
    }

    /// Claims, and registers each claim before anything else can happen, so that the heartbeat
    /// knows it from the first moment.
    async fn claim(&self, slots: usize) -> Result<Vec<Job>, JobsError> {
        let jobs = self.jobs.store().claim(self.id, &self.kinds, slots).await?;
        for job in &jobs {
            self.running.insert(job.held());
        }
        Ok(jobs)
    }
}

/// Fills free slots; sleeps when there is no work or no slot.
async fn claim_loop(crew: Arc<Crew>, stop: CancellationToken, runs: TaskTracker, slots: usize) {
    let free = Arc::new(Semaphore::new(slots));
    let mut hints = crew.jobs.bus().subscribe();
    while !stop.is_cancelled() {
        let Some(permits) = stop.run_until_cancelled(free_slots(&free)).await else { return };
        let wanted = permits.len();
        let claimed = crew.claim(wanted).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "jobs could not be claimed; trying again");
            vec![]
        });
        let all_filled = claimed.len() == wanted;
        for (job, permit) in claimed.into_iter().zip(permits) {
            let crew = crew.clone();
            runs.spawn(async move {
                run::until_recorded(&crew, job).await;
                drop(permit);
            });
        }
        if !all_filled {
            let poll = poll_interval(&crew);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(poll) => {}
                () = work_is_announced(&mut hints) => {}
            }
        }
    }
}

/// Waits for one slot and takes every other that is free.
async fn free_slots(free: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let mut permits = Vec::new();
    if let Ok(permit) = free.clone().acquire_owned().await {
        permits.push(permit);
    }
    while let Ok(permit) = free.clone().try_acquire_owned() {
        permits.push(permit);
    }
    permits
}

/// One to one and a half seconds, so that nodes do not look in step.
fn poll_interval(crew: &Crew) -> Duration {
    Duration::from_millis(1000 + crew.jobs.store().ambient().random_u64() % 500)
}

async fn work_is_announced(hints: &mut broadcast::Receiver<Message>) {
    loop {
        match hints.recv().await {
            // Having missed messages, one of them may have been ours.
            Ok(Message::JobsAvailable) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Hands cancel messages to the runs they name. What is missed here the heartbeat finds.
async fn cancel_loop(crew: Arc<Crew>) {
    let mut hints = crew.jobs.bus().subscribe();
    loop {
        match hints.recv().await {
            Ok(Message::JobCancelled { job_id }) => crew.running.cancel_job(job_id, Cause::Requested),
            Err(broadcast::error::RecvError::Closed) => return,
            _ => {}
        }
    }
}
