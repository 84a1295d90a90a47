//! Renews the leases of this process from an operating system thread of its own, with its own
//! runtime and its own connection. A runtime whose threads are all busy in some handler would
//! otherwise lose leases on jobs that are doing well, and they would run twice.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Crew;
use super::running::Cause;
use crate::Store;
use crate::store::Pulse;

#[derive(Debug)]
pub(super) struct Heartbeat {
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Heartbeat {
    pub fn start(crew: &Arc<Crew>) -> Self {
        let stop = CancellationToken::new();
        let (weak, stopped) = (Arc::downgrade(crew), stop.clone());
        let (interval, lease) = (crew.jobs.heartbeat_interval(), crew.jobs.lease());
        let store = crew.jobs.store().clone();
        let thread = std::thread::Builder::new().name("job-heartbeat".into()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(beat(weak, store, stopped, interval, lease)),
                Err(error) => tracing::error!(%error, "the heartbeat cannot start; leases will run out"),
            }
        });
        Self { stop, thread: thread.ok() }
    }

    pub async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn beat(crew: Weak<Crew>, store: Store, stop: CancellationToken, interval: Duration, lease: Duration) {
    let mut own: Option<Store> = None;
    let mut last_renewed = Instant::now();
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(crew) = crew.upgrade() else { return };
        if own.is_none() {
            own = store.db().separate().await.ok().map(|db| store.over(db));
        }
        let renewed = match &own {
            Some(own) => once(&crew, own).await,
            None => Err(crate::JobsError::Handler("no connection".into())),
        };
        match renewed {
            Ok(()) => last_renewed = Instant::now(),
            Err(error) => {
                tracing::warn!(%error, "leases were not renewed; trying again");
                own = None;
                // Nobody waits for the next full interval with the lease running out.
                ticks.reset_after(Duration::from_secs(1).min(interval));
                if last_renewed.elapsed() > lease {
                    // By now another node may have taken them; our work is worthless.
                    crew.running.cancel_all(Cause::LeaseLost);
                }
            }
        }
    }
    if let Some(own) = own {
        own.db().close().await;
    }
}

/// One round: renew, and stop the runs that were cancelled or lost.
pub(super) async fn once(crew: &Crew, store: &Store) -> Result<(), crate::JobsError> {
    for (held, pulse) in store.heartbeat(crew.id, &crew.running.held()).await? {
        match pulse {
            Pulse::Kept => {}
            Pulse::CancelRequested => crew.running.cancel(held, Cause::Requested),
            Pulse::Lost => crew.running.cancel(held, Cause::LeaseLost),
        }
    }
    Ok(())
}
