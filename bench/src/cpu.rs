//! Processor seconds, the only cost that a busy machine does not falsify by half.

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Processor seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu {
    /// Of this process, which prepares and checks.
    pub own: f64,
    /// Of the programs it has started and waited for.
    pub programs: f64,
}

impl Cpu {
    pub fn total(self) -> f64 {
        self.own + self.programs
    }
}

/// What `work` cost, and what it gave.
pub async fn of<T>(work: impl Future<Output = Result<T>>) -> Result<(Cpu, T)> {
    let before = [user_and_system(UsageWho::RUSAGE_SELF)?, user_and_system(UsageWho::RUSAGE_CHILDREN)?];
    let result = work.await?;
    let own = user_and_system(UsageWho::RUSAGE_SELF)? - before[0];
    let programs = user_and_system(UsageWho::RUSAGE_CHILDREN)? - before[1];
    Ok((Cpu { own, programs }, result))
}

fn user_and_system(who: UsageWho) -> Result<f64> {
    let usage = getrusage(who)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e6)
}
