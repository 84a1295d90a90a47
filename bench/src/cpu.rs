//! Processor seconds, the only cost that a busy machine does not falsify by half.

use std::time::Duration;

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// User and system time of this process and of the children it has waited for.
pub fn spent() -> Result<Duration> {
    let mut micros = 0;
    for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
        let usage = getrusage(who)?;
        micros += usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    }
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

/// What `work` cost in processor seconds, and what it gave.
pub async fn of<T>(work: impl Future<Output = Result<T>>) -> Result<(f64, T)> {
    let before = spent()?;
    let result = work.await?;
    Ok(((spent()? - before).as_secs_f64(), result))
}
