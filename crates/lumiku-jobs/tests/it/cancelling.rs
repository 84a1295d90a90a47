//! Cancelling jobs that wait, jobs that run, and whole groups.

use lumiku_core::Ambient;
use lumiku_core::config::JobsConfig;
use lumiku_jobs::{Jobs, JobsError, NewJob, Outcome, State, Workers};
use lumiku_testdb::TestDb;
use serde_json::json;
use std::time::{Duration, Instant};

use crate::queue::{
    CONFIG, SCHEMA, Scripted, by_hand, claim, effects, enqueue, enqueue_all, find, job, live, reaches, worker,
};

lumiku_testdb::on_both_engines! { SCHEMA;
    a_waiting_job_is_cancelled_and_settled_in_the_callers_transaction,
    a_cancellation_that_is_rolled_back_did_not_happen,
    a_group_is_cancelled_at_once_where_it_waits_and_asked_where_it_runs,
    a_job_nobody_here_can_settle_is_not_cancelled,
    cancelling_what_is_not_there_says_so,
    a_running_job_hears_of_its_cancellation_by_the_bus,
    a_running_job_hears_of_its_cancellation_by_the_heartbeat_when_the_message_is_lost,
}

async fn cancel(db: &TestDb, jobs: &Jobs, id: lumiku_jobs::JobId) -> Result<(), JobsError> {
    let tx = db.write_tx().await?;
    jobs.cancel(&tx, id).await?;
    Ok(tx.commit().await?)
}

async fn a_waiting_job_is_cancelled_and_settled_in_the_callers_transaction(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let id = enqueue(&jobs, job()).await;

    cancel(&db, &jobs, id).await.unwrap();
    cancel(&db, &jobs, id).await.expect("a second time is harmless");

    assert_eq!(find(&jobs, id).await.state, State::Cancelled);
    assert_eq!(effects(&db).await, [(id, "cancelled".into())]);
    assert!(claim(&jobs, worker(), 1).await.is_empty());
}

async fn a_cancellation_that_is_rolled_back_did_not_happen(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let id = enqueue(&jobs, job()).await;

    let tx = db.write_tx().await.unwrap();
    jobs.cancel(&tx, id).await.unwrap();
    tx.rollback().await.unwrap();

    assert_eq!(find(&jobs, id).await.state, State::Available);
    assert!(effects(&db).await.is_empty());
}

async fn a_group_is_cancelled_at_once_where_it_waits_and_asked_where_it_runs(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let (group, other) = (Ambient::system().uuid(), Ambient::system().uuid());
    let mut ids = enqueue_all(&jobs, (0..4).map(|_| job().group(group)).collect()).await;
    let stranger = enqueue(&jobs, job().group(other)).await;
    let running = claim(&jobs, worker(), 1).await.remove(0);

    let tx = db.write_tx().await.unwrap();
    let mut reached = jobs.cancel_group(&tx, group).await.unwrap();
    tx.commit().await.unwrap();
    jobs.announce_cancelled(&reached).await;

    reached.sort();
    ids.sort();
    assert_eq!(reached, ids);
    let asked = find(&jobs, running.id).await;
    assert_eq!((asked.state, asked.cancel_requested), (State::Running, true));
    assert_eq!(effects(&db).await.len(), 3);
    assert_eq!(find(&jobs, stranger).await.state, State::Available);
}

async fn a_job_nobody_here_can_settle_is_not_cancelled(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let id = enqueue(&jobs, NewJob::new("unheard", json!({}))).await;

    let error = cancel(&db, &jobs, id).await.unwrap_err();

    assert!(matches!(error, JobsError::NoHandler(_)), "{error}");
    assert_eq!(find(&jobs, id).await.state, State::Available);
}

async fn cancelling_what_is_not_there_says_so(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let error = cancel(&db, &jobs, Ambient::system().id()).await.unwrap_err();
    assert!(matches!(error, JobsError::NotFound(_)), "{error}");
}

/// Works until it is told to stop.
fn until_cancelled(jobs: Jobs) -> Workers {
    let handler = Scripted::running(async |context| {
        context.cancel.cancelled().await;
        Outcome::Cancelled
    });
    Workers::start(jobs, vec![handler], 1)
}

async fn a_running_job_hears_of_its_cancellation_by_the_bus(db: TestDb) {
    // The heartbeat is an hour away: only the message can be what stops it.
    let jobs = live(&db, JobsConfig { heartbeat_s: 3_600, ..CONFIG });
    let workers = until_cancelled(jobs.clone());
    let id = enqueue(&jobs, job()).await;
    reaches(&jobs, id, State::Running).await;

    let asked = Instant::now();
    cancel(&db, &jobs, id).await.unwrap();
    jobs.announce_cancelled(&[id]).await;
    reaches(&jobs, id, State::Cancelled).await;

    println!("cancelled and settled after {:?}", asked.elapsed());
    assert_eq!(effects(&db).await, [(id, "cancelled".into())]);
    workers.shutdown(Duration::ZERO).await;
}

async fn a_running_job_hears_of_its_cancellation_by_the_heartbeat_when_the_message_is_lost(db: TestDb) {
    let jobs = live(&db, JobsConfig { heartbeat_s: 1, ..CONFIG });
    let workers = until_cancelled(jobs.clone());
    let id = enqueue(&jobs, job()).await;
    reaches(&jobs, id, State::Running).await;

    cancel(&db, &jobs, id).await.unwrap();

    reaches(&jobs, id, State::Cancelled).await;
    assert_eq!(effects(&db).await, [(id, "cancelled".into())]);
    workers.shutdown(Duration::ZERO).await;
}
