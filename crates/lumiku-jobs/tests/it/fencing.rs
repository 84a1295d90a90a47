//! Dead workers, and those that were only thought dead.

use chrono::TimeDelta;
use lumiku_core::{Query, Tx};
use lumiku_jobs::{
    End, Handler, Held, Job, JobContext, JobsError, Outcome, Pulse, State, Transition, Workers,
};
use lumiku_testdb::TestDb;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

use crate::queue::{SCHEMA, Scripted, by_hand, claim, claim_one, effects, enqueue, find, job, worker};

lumiku_testdb::on_both_engines! { SCHEMA;
    an_orphan_is_runnable_again_when_its_lease_has_run_out,
    a_heartbeat_keeps_the_lease,
    a_zombie_changes_nothing,
    ten_thousand_pauses_let_no_zombie_write,
    a_job_that_kills_its_process_three_times_is_discarded,
    a_job_whose_process_died_lets_the_others_of_its_owner_go_first,
    an_orphan_that_was_to_be_cancelled_is_cancelled,
    an_end_that_cannot_be_recorded_leaves_the_job_running,
    a_worker_on_the_same_file_that_is_certainly_dead_loses_its_lease_at_once,
    the_lock_file_of_a_worker_that_died_idle_is_removed,
}

fn completed() -> Transition {
    Transition::End(End::Completed(json!(null)))
}

async fn an_orphan_is_runnable_again_when_its_lease_has_run_out(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let id = enqueue(&jobs, job()).await;
    claim_one(&jobs).await;

    clock.advance(TimeDelta::seconds(30));
    assert_eq!(jobs.sweep().await.unwrap(), 0);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(jobs.sweep().await.unwrap(), 1);

    let found = find(&jobs, id).await;
    assert_eq!((found.state, found.crashes, found.attempt), (State::Available, 1, 0));
}

async fn a_heartbeat_keeps_the_lease(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let me = worker();
    enqueue(&jobs, job()).await;
    let held = claim(&jobs, me, 1).await[0].held();

    for _ in 0..10 {
        clock.advance(TimeDelta::seconds(10));
        assert_eq!(jobs.store().heartbeat(me, &[held]).await.unwrap()[&held], Pulse::Kept);
        assert_eq!(jobs.sweep().await.unwrap(), 0);
    }
}

async fn a_zombie_changes_nothing(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let id = enqueue(&jobs, job()).await;
    let (slow, quick) = (worker(), worker());
    let zombie = claim(&jobs, slow, 1).await.remove(0);
    clock.advance(TimeDelta::seconds(45));
    jobs.sweep().await.unwrap();
    let owner = claim(&jobs, quick, 1).await.remove(0);
    assert_eq!(owner.id, zombie.id);

    let held = zombie.held();
    assert_eq!(jobs.store().heartbeat(slow, &[held]).await.unwrap()[&held], Pulse::Lost);
    assert!(!jobs.store().update_progress(held, 0.9).await.unwrap());
    for transition in [completed(), Transition::HandBack, Transition::Orphan, Transition::End(End::Cancelled)]
    {
        assert_eq!(jobs.finish(&zombie, &transition).await.unwrap(), None);
    }

    let found = find(&jobs, id).await;
    assert_eq!((found.state, found.fence, found.progress), (State::Running, owner.fence, 0.0));
    assert!(effects(&db).await.is_empty());
    jobs.finish(&owner, &completed()).await.unwrap();
    assert_eq!(jobs.finish(&zombie, &completed()).await.unwrap(), None);
    assert_eq!(effects(&db).await, [(id, "completed".into())]);
}

async fn ten_thousand_pauses_let_no_zombie_write(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    enqueue(&jobs, job()).await;
    let owner = claim_one(&jobs).await;

    // A statement each, in one transaction: the fence must hold on its own.
    let tx = db.write_tx().await.unwrap();
    let mut writes = 0;
    for pause in 1..=2_500 {
        for fence in [owner.fence - pause, owner.fence + pause] {
            let stale = Held { id: owner.id, fence };
            writes += usize::from(jobs.store().apply(&tx, stale, &completed()).await.unwrap().is_some());
            writes +=
                usize::from(jobs.store().apply(&tx, stale, &Transition::HandBack).await.unwrap().is_some());
        }
    }
    tx.commit().await.unwrap();

    assert_eq!(writes, 0);
}

async fn a_job_that_kills_its_process_three_times_is_discarded(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let id = enqueue(&jobs, job()).await;

    for crash in 1..=3 {
        assert_eq!(find(&jobs, id).await.crashes, crash - 1);
        claim_one(&jobs).await;
        clock.advance(TimeDelta::seconds(31));
        assert_eq!(jobs.sweep().await.unwrap(), 1);
    }

    let found = find(&jobs, id).await;
    assert_eq!((found.state, found.crashes, found.attempt), (State::Discarded, 3, 0));
    assert_eq!(found.last_error_code.as_deref(), Some("jobs.crashed"));
    assert_eq!(effects(&db).await, [(id, "discarded: jobs.crashed".into())]);
}

async fn a_job_whose_process_died_lets_the_others_of_its_owner_go_first(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let first = enqueue(&jobs, job()).await;
    let second = enqueue(&jobs, job()).await;
    assert_eq!(claim_one(&jobs).await.id, first);

    clock.advance(TimeDelta::seconds(31));
    jobs.sweep().await.unwrap();

    assert_eq!(claim_one(&jobs).await.id, second);
    assert_eq!(claim_one(&jobs).await.id, first);
}

async fn an_orphan_that_was_to_be_cancelled_is_cancelled(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let id = enqueue(&jobs, job()).await;
    claim_one(&jobs).await;
    let tx = db.write_tx().await.unwrap();
    jobs.cancel(&tx, id).await.unwrap();
    tx.commit().await.unwrap();

    clock.advance(TimeDelta::seconds(31));
    jobs.sweep().await.unwrap();

    assert_eq!(find(&jobs, id).await.state, State::Cancelled);
    assert_eq!(effects(&db).await, [(id, "cancelled".into())]);
}

/// Ends its jobs with an error until told otherwise.
struct Stubborn;

#[async_trait::async_trait]
impl Handler for Stubborn {
    fn kind(&self) -> &'static str {
        "test"
    }
    fn timeout(&self) -> Duration {
        Duration::from_mins(1)
    }
    async fn run(&self, _: JobContext) -> Outcome {
        Outcome::Completed(json!(null))
    }
    async fn ended(&self, tx: &Tx, job: &Job, _: &End) -> Result<(), JobsError> {
        let sql = "INSERT INTO effects (job_id, ending) VALUES ($1, 'half')";
        tx.execute(sql, lumiku_core::params![job.id]).await?;
        Err(JobsError::handler("the ledger says no"))
    }
}

async fn an_end_that_cannot_be_recorded_leaves_the_job_running(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    jobs.register(&[Arc::new(Stubborn)]);
    let id = enqueue(&jobs, job()).await;
    let claimed = claim_one(&jobs).await;

    let error = jobs.finish(&claimed, &completed()).await.unwrap_err();

    assert!(error.to_string().contains("the ledger says no"), "{error}");
    assert!(effects(&db).await.is_empty(), "neither half was kept");
    assert_eq!(find(&jobs, id).await.state, State::Running);
    // The next run, with the ledger in order again, ends it.
    clock.advance(TimeDelta::seconds(31));
    Workers::drain(&jobs, vec![Scripted::completing()]).await.unwrap();
    assert_eq!(effects(&db).await, [(id, "completed".into())]);
}

async fn a_worker_on_the_same_file_that_is_certainly_dead_loses_its_lease_at_once(db: TestDb) {
    let Some(file) = db.file() else { return };
    let (jobs, _) = by_hand(&db);
    let id = enqueue(&jobs, job()).await;
    let dead = worker();
    claim(&jobs, dead, 1).await;
    assert_eq!(jobs.sweep().await.unwrap(), 0, "without a lock file nothing is certain");

    let lock = std::fs::File::create(file.with_extension(format!("worker-{}.lock", dead.0))).unwrap();
    lock.lock().unwrap();
    assert_eq!(jobs.sweep().await.unwrap(), 0, "it holds its lock: it lives");
    drop(lock);
    assert_eq!(jobs.sweep().await.unwrap(), 1, "nobody holds it: it is dead");

    assert_eq!(find(&jobs, id).await.state, State::Available);
    let left = db.scalar::<i64>("SELECT COUNT(*) FROM jobs WHERE state = 'running'", vec![]).await.unwrap();
    assert_eq!(left, Some(0));
}

async fn the_lock_file_of_a_worker_that_died_idle_is_removed(db: TestDb) {
    let Some(file) = db.file() else { return };
    let (jobs, _) = by_hand(&db);
    let path = |worker: lumiku_jobs::WorkerId| file.with_extension(format!("worker-{}.lock", worker.0));
    let (dead, alive) = (path(worker()), path(worker()));
    std::fs::File::create(&dead).unwrap();
    let held = std::fs::File::create(&alive).unwrap();
    held.lock().unwrap();

    assert_eq!(jobs.sweep().await.unwrap(), 0);

    assert!(!dead.exists() && alive.exists());
}
