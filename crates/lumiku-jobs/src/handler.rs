//! What a kind of job is written as: a handler, its context, and its outcome as a value.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lumiku_core::Tx;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{Job, JobsError, Store};

/// How a run went. Returned, never thrown, and settled by the queue.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Completed(Value),
    /// An error that may pass: tried again `after` this time, or after [`Handler::backoff`].
    Retry {
        error: String,
        after: Option<Duration>,
    },
    /// Not now; counts as nothing.
    Snooze(Duration),
    /// Stopped because `context.cancel` said so.
    Cancelled,
    /// An error that will not pass. `code` is stable, `error` a sentence for the user.
    Discard {
        error: String,
        code: String,
    },
}

/// How a job ended for good.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Completed(Value),
    Discarded { error: String, code: String },
    Cancelled,
}

/// One kind of job.
#[async_trait]
pub trait Handler: Send + Sync {
    fn kind(&self) -> &str;

    /// The longest one run may take. At its end the run is cancelled and counts as an error.
    fn timeout(&self) -> Duration;

    /// Does the work with no transaction open. It may run more than once for one job: publish in
    /// [`Self::ended`], and key outside effects by the job's id.
    async fn run(&self, context: JobContext) -> Outcome;

    /// In the same transaction as the job's last state: publish rows, settle money. It takes
    /// effect exactly once per job. An error rolls both back, and they are tried again.
    async fn ended(&self, tx: &Tx, job: &Job, end: &End) -> Result<(), JobsError> {
        let _ = (tx, job, end);
        Ok(())
    }

    /// After that transaction: wake-ups. May be missed in a crash and may come twice.
    async fn after_ended(&self, job: &Job, end: &End) {
        let _ = (job, end);
    }

    /// The longest wait before the next try after `attempt` errors (1 for the first). The queue
    /// draws the wait evenly between nothing and this, so that failures do not return in step.
    fn backoff(&self, attempt: i64) -> Duration {
        let doublings = u32::try_from(attempt.clamp(1, 10)).unwrap_or(10);
        Duration::from_secs(1 << doublings).min(Duration::from_mins(10))
    }
}

/// What a run knows and may do.
#[derive(Debug)]
pub struct JobContext {
    pub job: Job,
    /// Cancelled when somebody asked the job to stop, its time is up, its lease was lost or the
    /// process shuts down. Stop soon and return [`Outcome::Cancelled`]; the queue knows the reason.
    pub cancel: CancellationToken,
    store: Store,
    last_report: Mutex<Option<Instant>>,
}

/// Reports closer together than this are dropped; people see four a second as motion.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(250);

impl JobContext {
    pub(crate) fn new(job: Job, cancel: CancellationToken, store: Store) -> Self {
        Self { job, cancel, store, last_report: Mutex::default() }
    }

    /// Writes how far the run is, 0 to 1, at most four times a second. True when it was written,
    /// which is the moment to tell listeners. Finding the lease lost cancels the run at once.
    pub async fn report_progress(&self, fraction: f64) -> bool {
        if !self.report_is_due() {
            return false;
        }
        match self.store.update_progress(self.job.held(), fraction.clamp(0.0, 1.0)).await {
            Ok(true) => true,
            Ok(false) => {
                self.cancel.cancel();
                false
            }
            Err(error) => {
                tracing::warn!(job.id = %self.job.id, %error, "progress was not recorded");
                false
            }
        }
    }

    fn report_is_due(&self) -> bool {
        let mut last = self.last_report.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due = last.is_none_or(|at| at.elapsed() >= PROGRESS_INTERVAL);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}
