//! The runs of this process, each with the token that stops it and the reason it was stopped for.
//! Shared between the runtime's tasks and the heartbeat's thread.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lumiku_core::JobId;
use tokio_util::sync::CancellationToken;

use crate::Held;

/// Why a run was told to stop. The first reason stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody cancelled the job.
    Requested,
    /// The run took longer than its handler allows.
    Timeout,
    /// The process shuts down; the job is to run elsewhere.
    Shutdown,
    /// The job is no longer this run's.
    LeaseLost,
}

#[derive(Debug)]
struct Run {
    cancel: CancellationToken,
    cause: Option<Cause>,
}

#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<HashMap<Held, Run>>);

impl Running {
    fn runs(&self) -> MutexGuard<'_, HashMap<Held, Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn insert(&self, held: Held) {
        self.runs().insert(held, Run { cancel: CancellationToken::new(), cause: None });
    }

    pub fn remove(&self, held: Held) {
        self.runs().remove(&held);
    }

    pub fn token(&self, held: Held) -> CancellationToken {
        self.runs().get(&held).map(|run| run.cancel.clone()).unwrap_or_default()
    }

    pub fn cause(&self, held: Held) -> Option<Cause> {
        self.runs().get(&held).and_then(|run| run.cause)
    }

    /// Every claim of this process, in the order of the jobs' ids.
    pub fn held(&self) -> Vec<Held> {
        let mut held: Vec<_> = self.runs().keys().copied().collect();
        held.sort();
        held
    }

    pub fn cancel(&self, held: Held, cause: Cause) {
        self.cancel_where(cause, |run| run == held);
    }

    pub fn cancel_job(&self, id: JobId, cause: Cause) {
        self.cancel_where(cause, |run| run.id == id);
    }

    pub fn cancel_all(&self, cause: Cause) {
        self.cancel_where(cause, |_| true);
    }

    fn cancel_where(&self, cause: Cause, matches: impl Fn(Held) -> bool) {
        for (held, run) in self.runs().iter_mut().filter(|(held, _)| matches(**held)) {
            if run.cause.is_none() {
                tracing::debug!(job.id = %held.id, ?cause, "stopping a run");
                run.cause = Some(cause);
            }
            run.cancel.cancel();
        }
    }
}
