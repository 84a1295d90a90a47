//! Getting jobs into the queue, and out of it when they are history.

use chrono::TimeDelta;
use lumiku_core::{Ambient, Query};
use lumiku_jobs::{Counts, End, NewJob, State, Transition};
use lumiku_testdb::TestDb;
use serde_json::json;

use crate::queue::{SCHEMA, by_hand, claim, claim_one, enqueue, enqueue_all, find, job, worker};

lumiku_testdb::on_both_engines! { SCHEMA;
    a_job_of_a_transaction_that_is_rolled_back_never_exists,
    a_job_comes_back_as_it_was_enqueued,
    args_and_results_of_every_shape_come_back_equal,
    a_thousand_jobs_are_enqueued_at_once_in_order,
    a_unique_key_finds_the_unfinished_job_and_is_free_after_its_end,
    two_hundred_enqueues_of_one_key_at_once_make_one_job,
    jobs_are_counted_by_state,
    finished_jobs_are_deleted_when_they_are_old_and_others_never,
}

async fn a_job_of_a_transaction_that_is_rolled_back_never_exists(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let tx = db.write_tx().await.unwrap();
    let id = jobs.enqueue(&tx, job()).await.unwrap();
    tx.rollback().await.unwrap();

    assert_eq!(jobs.find(id).await.unwrap(), None);
    assert!(claim(&jobs, worker(), 1).await.is_empty());
}

async fn a_job_comes_back_as_it_was_enqueued(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let ambient = Ambient::system();
    let (user, group) = (ambient.id(), ambient.uuid());
    let new = NewJob::new("test", json!({"clip": "a"}))
        .for_user(user)
        .group(group)
        .queue("slow")
        .priority(5)
        .max_attempts(2)
        .unique_key("test:a");

    let id = enqueue(&jobs, new).await;

    let found = find(&jobs, id).await;
    assert_eq!((found.user_id, found.group_id, found.priority), (Some(user), Some(group), 5));
    assert_eq!((found.queue.as_str(), found.max_attempts, found.attempt), ("slow", 2, 0));
    assert_eq!((found.unique_key.as_deref(), found.args), (Some("test:a"), json!({"clip": "a"})));
    assert_eq!((found.state, found.fence, found.claimed_at), (State::Available, 0, None));
    assert_eq!(jobs.list_group(group).await.unwrap().len(), 1);
}

async fn args_and_results_of_every_shape_come_back_equal(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    for value in
        [json!({}), json!(null), json!(5), json!(0.25), json!("7"), json!([1, "\u{1f4fd}"]), json!(true)]
    {
        let id = enqueue(&jobs, NewJob::new("test", value.clone())).await;
        let claimed = claim_one(&jobs).await;
        assert_eq!((claimed.id, &claimed.args), (id, &value));

        jobs.finish(&claimed, &Transition::End(End::Completed(value.clone()))).await.unwrap();

        assert_eq!(find(&jobs, id).await.result, Some(value));
    }
}

async fn a_thousand_jobs_are_enqueued_at_once_in_order(db: TestDb) {
    let (jobs, _) = by_hand(&db);

    let ids = enqueue_all(&jobs, (0..1_000).map(|n| NewJob::new("test", json!(n))).collect()).await;

    let claimed = claim(&jobs, worker(), 1_000).await;
    assert_eq!(claimed.iter().map(|job| job.id).collect::<Vec<_>>(), ids);
    assert!(claimed.iter().enumerate().all(|(n, job)| job.args == json!(n)));
}

async fn a_unique_key_finds_the_unfinished_job_and_is_free_after_its_end(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let unique = || job().unique_key("test:only");
    let first = enqueue(&jobs, unique()).await;

    assert_eq!(enqueue(&jobs, unique()).await, first, "while it waits");
    let claimed = claim_one(&jobs).await;
    assert_eq!(enqueue(&jobs, unique()).await, first, "while it runs");
    jobs.finish(&claimed, &Transition::End(End::Cancelled)).await.unwrap();

    assert_ne!(enqueue(&jobs, unique()).await, first);
    let many = enqueue_all(&jobs, vec![job(), unique(), unique()]).await;
    assert_eq!(many[1], many[2]);
}

async fn two_hundred_enqueues_of_one_key_at_once_make_one_job(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let enqueues = (0..200).map(|_| {
        let jobs = jobs.clone();
        tokio::spawn(async move { enqueue(&jobs, job().unique_key("test:only")).await })
    });

    let ids = futures::future::join_all(enqueues).await;

    let first = ids[0].as_ref().unwrap();
    assert!(ids.iter().all(|id| id.as_ref().unwrap() == first));
    assert_eq!(db.scalar::<i64>("SELECT COUNT(*) FROM jobs", vec![]).await.unwrap(), Some(1));
}

async fn jobs_are_counted_by_state(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    enqueue_all(&jobs, vec![job(), job(), job(), job()]).await;
    let at = find(&jobs, enqueue(&jobs, job()).await).await.created_at + TimeDelta::hours(1);
    enqueue(&jobs, job().scheduled_at(at)).await;
    let claimed = claim(&jobs, worker(), 3).await;
    jobs.finish(&claimed[0], &Transition::End(End::Cancelled)).await.unwrap();
    jobs.finish(&claimed[1], &Transition::Retry { error: "no".into(), at }).await.unwrap();
    clock.advance(TimeDelta::seconds(1));

    let counts = jobs.counts().await.unwrap();

    let wanted =
        Counts { available: 2, scheduled: 1, running: 1, retryable: 1, cancelled: 1, ..Counts::default() };
    assert_eq!(counts, wanted);
}

async fn finished_jobs_are_deleted_when_they_are_old_and_others_never(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let old = enqueue_all(&jobs, (0..700).map(|_| job()).collect()).await;
    // Running seven hundred of them is not what this test is about.
    let sql = "UPDATE jobs SET state = 'discarded', finished_at = created_at";
    db.execute(sql, vec![]).await.unwrap();
    let waiting = enqueue(&jobs, job().max_attempts(2)).await;
    let running = claim_one(&jobs).await;
    assert_eq!(running.id, waiting);
    clock.advance(TimeDelta::days(30));
    let limit = running.created_at + TimeDelta::days(29);

    assert_eq!(jobs.delete_finished_before(limit).await.unwrap(), 700);

    assert_eq!(jobs.find(old[0]).await.unwrap(), None);
    assert_eq!(find(&jobs, waiting).await.state, State::Running);
}
