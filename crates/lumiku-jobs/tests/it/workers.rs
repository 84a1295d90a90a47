//! Whole workers on the real clock: what handlers return, how they fail, how a process stops.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use chrono::TimeDelta;
use lumiku_core::config::JobsConfig;
use lumiku_core::params;
use lumiku_jobs::{Handler, Job, Outcome, State, Workers};
use lumiku_testdb::TestDb;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::queue::{
    CONFIG, SCHEMA, Scripted, by_hand, effects, enqueue, enqueue_all, find, job, live, reaches, until,
};

lumiku_testdb::on_both_engines! { SCHEMA;
    workers_run_what_is_enqueued_and_never_more_than_their_slots,
    a_panic_counts_as_an_error_and_the_worker_goes_on,
    errors_are_tried_again_until_the_attempts_are_used_up,
    an_error_that_will_not_pass_is_not_tried_again,
    a_snooze_waits_and_counts_as_nothing,
    a_run_that_takes_too_long_is_stopped_and_counts_as_an_error,
    progress_is_written_and_throttled,
    shutdown_lets_a_run_finish_within_its_grace,
    shutdown_hands_back_what_does_not_finish,
    a_run_that_lost_its_lease_is_stopped,
    a_blocked_runtime_keeps_its_leases,
}

async fn run_once(db: &TestDb, handler: Arc<dyn Handler>) -> Job {
    let (jobs, _) = by_hand(db);
    let id = enqueue(&jobs, job().max_attempts(2)).await;
    assert_eq!(Workers::drain(&jobs, vec![handler]).await.unwrap(), 1);
    find(&jobs, id).await
}

async fn workers_run_what_is_enqueued_and_never_more_than_their_slots(db: TestDb) {
    let jobs = live(&db, CONFIG);
    let most = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let seen = most.clone();
    let handler = Scripted::running(move |_| {
        let seen = seen.clone();
        async move {
            let now = seen.0.fetch_add(1, Ordering::SeqCst) + 1;
            seen.1.fetch_max(now, Ordering::SeqCst);
            tokio::task::yield_now().await;
            seen.0.fetch_sub(1, Ordering::SeqCst);
            Outcome::Completed(json!({"made": 1}))
        }
    });
    let workers = Workers::start(jobs.clone(), vec![handler], 3);

    let ids = enqueue_all(&jobs, (0..40).map(|_| job()).collect()).await;
    until(async || (jobs.counts().await.unwrap().completed == 40).then_some(())).await;

    let found = find(&jobs, ids[0]).await;
    assert_eq!((found.progress, found.result), (1.0, Some(json!({"made": 1}))));
    assert_eq!(effects(&db).await.len(), 40);
    assert!(most.1.load(Ordering::SeqCst) <= 3);
    workers.shutdown(Duration::from_secs(5)).await;
}

async fn a_panic_counts_as_an_error_and_the_worker_goes_on(db: TestDb) {
    let jobs = live(&db, CONFIG);
    let handler = Scripted::running(async |context| {
        assert!(context.job.args != json!("bad"), "this clip is cursed");
        Outcome::Completed(json!(null))
    });
    let workers = Workers::start(jobs.clone(), vec![handler], 1);

    let bad = enqueue(&jobs, lumiku_jobs::NewJob::new("test", json!("bad"))).await;
    let good = enqueue(&jobs, job()).await;

    reaches(&jobs, good, State::Completed).await;
    let found = until(async || Some(find(&jobs, bad).await).filter(|job| job.attempt > 0)).await;
    assert!(found.last_error.unwrap().contains("this clip is cursed"));
    workers.shutdown(Duration::ZERO).await;
}

async fn errors_are_tried_again_until_the_attempts_are_used_up(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let id = enqueue(&jobs, job().max_attempts(3)).await;
    let failing = || {
        vec![Scripted::running(async |context| Outcome::Retry {
            error: format!("after {} errors", context.job.attempt),
            after: None,
        })]
    };

    for attempt in 1..=2_i64 {
        assert_eq!(Workers::drain(&jobs, failing()).await.unwrap(), 1);
        let found = find(&jobs, id).await;
        assert_eq!((found.state, found.attempt), (State::Retryable, attempt));
        let wait = found.scheduled_at - found.claimed_at.unwrap();
        assert!(wait <= TimeDelta::seconds(1 << attempt), "full jitter stays under its ceiling: {wait}");
        clock.advance(TimeDelta::seconds(1 << attempt));
    }
    Workers::drain(&jobs, failing()).await.unwrap();

    let found = find(&jobs, id).await;
    assert_eq!((found.state, found.attempt), (State::Discarded, 3));
    assert_eq!(found.last_error.as_deref(), Some("after 2 errors"));
    assert_eq!(found.last_error_code.as_deref(), Some("jobs.attempts_exhausted"));
    assert_eq!(effects(&db).await, [(id, "discarded: jobs.attempts_exhausted".into())]);
}

async fn an_error_that_will_not_pass_is_not_tried_again(db: TestDb) {
    let found = run_once(
        &db,
        Scripted::running(async |_| Outcome::Discard {
            error: "The clip has no picture.".into(),
            code: "media.no_video".into(),
        }),
    )
    .await;

    assert_eq!((found.state, found.last_error_code.as_deref()), (State::Discarded, Some("media.no_video")));
    assert_eq!(found.last_error.as_deref(), Some("The clip has no picture."));
}

async fn a_snooze_waits_and_counts_as_nothing(db: TestDb) {
    let found = run_once(&db, Scripted::running(async |_| Outcome::Snooze(Duration::from_secs(90)))).await;

    assert_eq!((found.state, found.attempt), (State::Scheduled, 0));
    assert_eq!(found.scheduled_at, found.claimed_at.unwrap() + TimeDelta::seconds(90));
    assert!(effects(&db).await.is_empty());
}

async fn a_run_that_takes_too_long_is_stopped_and_counts_as_an_error(db: TestDb) {
    let endless = Scripted::with_timeout(Duration::from_millis(20), async |context| {
        context.cancel.cancelled().await;
        Outcome::Cancelled
    });
    let found = run_once(&db, endless).await;

    assert_eq!((found.state, found.attempt), (State::Retryable, 1));
    assert!(found.last_error.unwrap().contains("longer than"));
}

async fn progress_is_written_and_throttled(db: TestDb) {
    let found = run_once(
        &db,
        Scripted::running(async |context| {
            assert!(context.report_progress(0.25).await, "the first is written");
            assert!(!context.report_progress(0.5).await, "the next comes too soon");
            Outcome::Snooze(Duration::from_secs(1))
        }),
    )
    .await;

    assert!((found.progress - 0.25).abs() < f64::EPSILON, "{}", found.progress);
}

/// A handler that waits for the gate and pays no heed to being cancelled.
fn behind(gate: Arc<Semaphore>) -> Arc<dyn Handler> {
    Scripted::running(move |_| {
        let gate = gate.clone();
        async move {
            let _permit = gate.acquire().await;
            Outcome::Completed(json!(null))
        }
    })
}

async fn shutdown_lets_a_run_finish_within_its_grace(db: TestDb) {
    let (jobs, gate) = (live(&db, CONFIG), Arc::new(Semaphore::new(0)));
    let workers = Workers::start(jobs.clone(), vec![behind(gate.clone())], 1);
    let ids = enqueue_all(&jobs, vec![job(), job()]).await;
    reaches(&jobs, ids[0], State::Running).await;

    let stopping = tokio::spawn(workers.shutdown(Duration::from_secs(20)));
    gate.add_permits(10);
    stopping.await.unwrap();

    assert_eq!(find(&jobs, ids[0]).await.state, State::Completed);
    let counts = jobs.counts().await.unwrap();
    assert_eq!(counts.running, 0);
    assert_eq!(counts.completed + counts.available, 2);
}

async fn shutdown_hands_back_what_does_not_finish(db: TestDb) {
    let jobs = live(&db, CONFIG);
    let handler = Scripted::running(async |context| {
        context.cancel.cancelled().await;
        Outcome::Cancelled
    });
    let workers = Workers::start(jobs.clone(), vec![handler], 1);
    let id = enqueue(&jobs, job()).await;
    reaches(&jobs, id, State::Running).await;

    workers.shutdown(Duration::ZERO).await;

    let found = find(&jobs, id).await;
    assert_eq!((found.state, found.attempt, found.crashes), (State::Available, 0, 0));
    assert!(effects(&db).await.is_empty());
    if let Some(file) = db.file() {
        let left = std::fs::read_dir(file.parent().unwrap()).unwrap().flatten();
        assert!(left.into_iter().all(|f| !f.file_name().to_string_lossy().contains("worker-")));
    }
}

async fn a_run_that_lost_its_lease_is_stopped(db: TestDb) {
    let jobs = live(&db, JobsConfig { heartbeat_s: 1, ..CONFIG });
    let (stopped, mut was_stopped) = tokio::sync::mpsc::unbounded_channel();
    let handler = Scripted::running(move |context| {
        let stopped = stopped.clone();
        async move {
            context.cancel.cancelled().await;
            stopped.send(()).unwrap();
            Outcome::Completed(json!("too late"))
        }
    });
    let workers = Workers::start(jobs.clone(), vec![handler], 1);
    let id = enqueue(&jobs, job()).await;
    reaches(&jobs, id, State::Running).await;

    // As if another node had rescued and claimed it.
    db.execute("UPDATE jobs SET fence = fence + 1 WHERE id = $1", params![id]).await.unwrap();

    tokio::time::timeout(crate::queue::DEADLINE, was_stopped.recv()).await.unwrap().unwrap();
    until(async || (workers.running() == 0).then_some(())).await;
    let found = find(&jobs, id).await;
    assert_eq!((found.state, found.fence, found.result), (State::Running, 2, None));
    assert!(effects(&db).await.is_empty());
    workers.shutdown(Duration::ZERO).await;
}

async fn a_blocked_runtime_keeps_its_leases(db: TestDb) {
    let config = JobsConfig { lease_s: 3, heartbeat_s: 1, sweep_s: 1, ..CONFIG };
    let (release, gate) = mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let blocking = Scripted::running(move |_| {
        let gate = gate.clone();
        // Not a way to write a handler; a way to prove that one written so keeps its lease.
        async move {
            gate.lock().unwrap().recv().unwrap();
            Outcome::Completed(json!(null))
        }
    });
    let (url_db, watcher) = (db.another_node().await, live(&db, config.clone()));
    watcher.register(&[Scripted::completing()]);
    let id = enqueue(&watcher, job()).await;
    let blocked = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let jobs = live(&url_db.separate().await.unwrap(), config);
            let workers = Workers::start(jobs.clone(), vec![blocking], 1);
            reaches(&jobs, id, State::Completed).await;
            workers.shutdown(Duration::ZERO).await;
        });
    });
    let first = reaches(&watcher, id, State::Running).await;

    // Twice its first length, and nobody else's sweep can take it in the meantime.
    let limit = first.lease_until.unwrap() + TimeDelta::seconds(3);
    until(async || {
        assert_eq!(watcher.sweep().await.unwrap(), 0);
        (find(&watcher, id).await.lease_until.unwrap() > limit).then_some(())
    })
    .await;
    release.send(()).unwrap();

    let found = reaches(&watcher, id, State::Completed).await;
    assert_eq!((found.fence, found.crashes), (1, 0));
    tokio::task::spawn_blocking(move || blocked.join().unwrap()).await.unwrap();
}
