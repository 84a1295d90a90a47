//! What nobody asks for and everybody relies on: old rows and files go, prepared segments stay below
//! their size, and the books are checked. Once at the start of a process and then every hour.

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use chrono::TimeDelta;
use lumiku_sdk::{AppContext, idempotency, trash};

const EVERY: Duration = Duration::from_hours(1);
/// How long a stream's past is kept for resuming.
const EVENTS_KEEP: TimeDelta = TimeDelta::hours(24);
const JOBS_KEEP: TimeDelta = TimeDelta::days(7);
/// How long a request may be repeated with the same `Idempotency-Key`.
const IDEMPOTENCY_KEEPS: TimeDelta = TimeDelta::hours(48);
/// No job runs longer than its hour and the grace to stop, so a segment nobody touched for this long
/// is in nobody's hands.
const SEGMENTS_IN_USE: TimeDelta = TimeDelta::hours(2);

/// What a process looks after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Its own disk: what `work` does.
    Disk,
    /// The shared books as well: what `serve` does.
    DiskAndBooks,
}

/// Goes round until dropped.
pub async fn run(context: AppContext, duty: Duty) {
    let mut rounds = tokio::time::interval(EVERY);
    loop {
        rounds.tick().await;
        look_after_disk(&context).await;
        if duty == Duty::DiskAndBooks {
            look_after_rows(&context).await;
            check_books(&context).await;
        }
    }
}

async fn look_after_disk(context: &AppContext) {
    let keep_used_since = SystemTime::from(context.ambient.now() - SEGMENTS_IN_USE);
    let bytes_max = context.config.media.cache_bytes_max;
    match context.media.trim_cache(bytes_max, keep_used_since).await {
        Ok(0) => {}
        Ok(bytes) => {
            tracing::info!(bytes, "prepared segments were removed to keep within media.cache_bytes_max");
        }
        Err(error) => failed("prepared segments could not be trimmed", &error),
    }
    match context.storage.sweep().await {
        Ok(swept) => tracing::debug!(?swept, "stored files were swept"),
        Err(error) => failed("stored files could not be swept", &error),
    }
}

async fn look_after_rows(context: &AppContext) {
    let now = context.ambient.now();
    if let Err(error) = context.events.delete_before(now - EVENTS_KEEP).await {
        failed("old events could not be deleted", &error);
    }
    if let Err(error) = context.accounts.delete_expired_sessions().await {
        failed("ended sessions could not be deleted", &error);
    }
    if let Err(error) = context.jobs.delete_finished_before(now - JOBS_KEEP).await {
        failed("old jobs could not be deleted", &error);
    }
    if let Err(error) = idempotency::delete_before(&context.db, now - IDEMPOTENCY_KEEPS).await {
        failed("old idempotency keys could not be deleted", &error);
    }
    match trash::purge(context, None, now - TimeDelta::days(trash::KEPT_DAYS)).await {
        Ok(0) => {}
        Ok(purged) => tracing::info!(purged, "runs and projects whose time in the trash was over are gone"),
        Err(error) => failed("the trash could not be emptied", &error.0.detail),
    }
}

/// A credit that does not add up is the one thing an operator must hear of at once.
async fn check_books(context: &AppContext) {
    match context.ledger.verify(&context.db).await {
        Ok(violations) => {
            for violation in violations {
                tracing::error!(%violation, "the books do not balance; run `lumiku credits verify`");
            }
        }
        Err(error) => failed("the books could not be checked", &error),
    }
}

fn failed(what: &str, error: &dyn Display) {
    tracing::warn!(%error, "{what}");
}
