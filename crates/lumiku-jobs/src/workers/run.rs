//! One run of one job: the handler, its time limit, its panics, and what becomes of the job.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::TimeDelta;
use futures::FutureExt;

use super::running::Cause;
use super::{Crew, STOP_GRACE};
use crate::{End, Handler, Job, JobContext, JobsError, Outcome, State, Transition};

/// Runs `job` and records the outcome, trying again while the database is away. If it cannot be
/// recorded the lease runs out, and the job runs again.
pub(super) async fn until_recorded(crew: &Crew, job: Job) {
    let held = job.held();
    if let Err(error) = run(crew, job, &RECORD_AGAIN_AFTER_MS).await {
        tracing::error!(job.id = %held.id, %error, "the outcome of a job could not be recorded");
    }
}

/// Runs `job` once. `again_after_ms` are the waits between tries to record the outcome.
pub(super) async fn run(crew: &Crew, job: Job, again_after_ms: &[u64]) -> Result<(), JobsError> {
    let held = job.held();
    let _registered = Registered { crew, held };
    let handler = crew.jobs.handler(&job.kind)?;
    let outcome = outcome_of(crew, handler.as_ref(), &job).await;
    let cause = crew.running.cause(held);
    if cause == Some(Cause::LeaseLost) {
        tracing::warn!(job.id = %job.id, "a run was given up because its lease was lost");
        return Ok(());
    }
    let transition = decide(crew, handler.as_ref(), &job, outcome, cause);
    let Some(after) = record(crew, &job, &transition, again_after_ms).await? else {
        tracing::warn!(job.id = %job.id, job.kind = job.kind, "a run ended after its job was given to another");
        return Ok(());
    };
    if after.state == State::Discarded {
        tracing::warn!(job.id = %job.id, job.kind = job.kind, attempt = after.attempt,
            error = after.last_error.as_deref().unwrap_or_default(), "a job was discarded");
    } else {
        tracing::info!(job.id = %job.id, job.kind = job.kind, state = %after.state, "a run ended");
    }
    Ok(())
}

/// Takes the run off the heartbeat's list, whatever way it ends.
struct Registered<'a> {
    crew: &'a Crew,
    held: crate::Held,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.crew.running.remove(self.held);
    }
}

/// What the handler says, or what is said for it when it panics or does not stop.
async fn outcome_of(crew: &Crew, handler: &dyn Handler, job: &Job) -> Outcome {
    let held = job.held();
    let cancel = crew.running.token(held);
    if job.cancel_requested {
        return Outcome::Cancelled;
    }
    let context = JobContext::new(job.clone(), cancel.clone(), crew.jobs.store().clone());
    let mut run = std::pin::pin!(AssertUnwindSafe(async { handler.run(context).await }).catch_unwind());
    let ended = tokio::select! {
        ended = &mut run => Some(ended),
        () = cancel.cancelled() => None,
        () = tokio::time::sleep(handler.timeout()) => {
            crew.running.cancel(held, Cause::Timeout);
            None
        }
    };
    let ended = match ended {
        Some(ended) => Some(ended),
        None => tokio::time::timeout(STOP_GRACE, run).await.ok(),
    };
    match ended {
        Some(Ok(outcome)) => outcome,
        Some(Err(panic)) => Outcome::Retry { error: told(panic.as_ref()), after: None },
        // It did not stop when asked; dropping it here is the end of it.
        None => Outcome::Cancelled,
    }
}

fn told(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the handler panicked: {}", text.unwrap_or_default())
}

/// From what the handler said and why it was stopped to what becomes of the job.
fn decide(
    crew: &Crew,
    handler: &dyn Handler,
    job: &Job,
    outcome: Outcome,
    cause: Option<Cause>,
) -> Transition {
    let now = crew.jobs.store().ambient().now();
    match (outcome, cause) {
        // Finished is finished, also when the cancellation came a moment earlier.
        (Outcome::Completed(result), _) => Transition::End(End::Completed(result)),
        (Outcome::Discard { error, code }, None) => Transition::End(End::Discarded { error, code }),
        (Outcome::Snooze(wait), None) => Transition::Snooze { until: now + delta(wait) },
        (Outcome::Cancelled, None) | (_, Some(Cause::Requested)) => Transition::End(End::Cancelled),
        (_, Some(Cause::Shutdown | Cause::LeaseLost)) => Transition::HandBack,
        (_, Some(Cause::Timeout)) => {
            let seconds = handler.timeout().as_secs();
            failed(crew, handler, job, format!("it took longer than {seconds} s"), "jobs.timeout", None)
        }
        (Outcome::Retry { error, after }, None) => {
            failed(crew, handler, job, error, "jobs.attempts_exhausted", after)
        }
    }
}

/// An error: another try while attempts are left.
fn failed(
    crew: &Crew,
    handler: &dyn Handler,
    job: &Job,
    error: String,
    code: &str,
    after: Option<Duration>,
) -> Transition {
    let errors = job.attempt + 1;
    if errors >= job.max_attempts {
        return Transition::End(End::Discarded { error, code: code.into() });
    }
    let ambient = crew.jobs.store().ambient();
    let wait = after.map_or_else(|| full_jitter(handler.backoff(errors), ambient.random_u64()), delta);
    Transition::Retry { error, at: ambient.now() + wait }
}

/// Evenly between nothing and `longest`.
fn full_jitter(longest: Duration, random: u64) -> TimeDelta {
    let longest_ms = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX - 1);
    delta(Duration::from_millis(random % longest_ms.saturating_add(1)))
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::days(365))
}

/// Waits between tries to record an outcome; with the heartbeat going on, the job stays ours.
const RECORD_AGAIN_AFTER_MS: [u64; 5] = [100, 400, 1_600, 6_400, 12_800];

async fn record(
    crew: &Crew,
    job: &Job,
    transition: &Transition,
    again_after_ms: &[u64],
) -> Result<Option<Job>, JobsError> {
    for &wait_ms in again_after_ms {
        match crew.jobs.finish(job, transition).await {
            Ok(after) => return Ok(after),
            Err(error) => {
                tracing::warn!(job.id = %job.id, %error, "an outcome was not recorded; trying again");
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
        }
    }
    crew.jobs.finish(job, transition).await
}
