//! Who gets which job: nobody the same one, nobody too early, everybody in turn.

use std::collections::HashSet;

use chrono::TimeDelta;
use lumiku_core::{Ambient, UserId};
use lumiku_jobs::{End, Job, Jobs, NewJob, State, Transition};
use lumiku_testdb::TestDb;
use serde_json::json;

use crate::queue::{SCHEMA, by_hand, claim, claim_one, enqueue, enqueue_all, find, job, worker};

lumiku_testdb::on_both_engines! { SCHEMA;
    sixteen_claimers_of_two_thousand_jobs_get_none_twice,
    a_claim_makes_the_job_running_under_a_lease,
    a_scheduled_job_is_claimed_when_its_time_has_come,
    a_retryable_job_is_claimed_when_its_time_has_come,
    a_kind_without_a_handler_waits_for_a_process_that_has_one,
    a_users_jobs_go_by_priority_and_then_by_age,
    a_user_with_one_job_starts_within_two_slot_releases_of_a_thousand,
    five_users_with_unequal_backlogs_get_equal_turns,
    the_studios_own_jobs_take_their_turn_too,
}

fn user() -> UserId {
    Ambient::system().id()
}

fn of(user: UserId, count: usize) -> Vec<NewJob> {
    (0..count).map(|_| job().for_user(user)).collect()
}

async fn complete(jobs: &Jobs, job: &Job) {
    let done = jobs.finish(job, &Transition::End(End::Completed(json!(null)))).await.unwrap();
    assert_eq!(done.unwrap().state, State::Completed);
}

async fn sixteen_claimers_of_two_thousand_jobs_get_none_twice(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let users: Vec<UserId> = (0..5).map(|_| user()).collect();
    enqueue_all(&jobs, (0..2_000).map(|n| job().for_user(users[n % 5])).collect()).await;

    let claimers = (0..16).map(|_| {
        let jobs = jobs.clone();
        tokio::spawn(async move {
            let (worker, mut mine) = (worker(), Vec::new());
            loop {
                let claimed = claim(&jobs, worker, 7).await;
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|job| job.id));
            }
        })
    });
    let claimed: Vec<_> =
        futures::future::join_all(claimers).await.into_iter().flat_map(Result::unwrap).collect();

    assert_eq!(claimed.len(), 2_000);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 2_000);
}

async fn a_claim_makes_the_job_running_under_a_lease(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let id = enqueue(&jobs, job()).await;
    let me = worker();

    let claimed = claim(&jobs, me, 5).await;

    let found = find(&jobs, id).await;
    assert_eq!(claimed, std::slice::from_ref(&found));
    assert_eq!((found.state, found.fence, found.worker), (State::Running, 1, Some(me.0)));
    assert_eq!(found.lease_until, Some(found.created_at + TimeDelta::seconds(30)));
}

async fn a_scheduled_job_is_claimed_when_its_time_has_come(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let now = find(&jobs, enqueue(&jobs, job()).await).await.created_at;
    complete(&jobs, &claim_one(&jobs).await).await;
    let id = enqueue(&jobs, job().scheduled_at(now + TimeDelta::minutes(1))).await;

    clock.advance(TimeDelta::seconds(59));
    assert!(claim(&jobs, worker(), 1).await.is_empty());
    clock.advance(TimeDelta::seconds(1));

    assert_eq!(claim_one(&jobs).await.id, id);
}

async fn a_retryable_job_is_claimed_when_its_time_has_come(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    enqueue(&jobs, job()).await;
    let first = claim_one(&jobs).await;
    let at = first.created_at + TimeDelta::seconds(8);
    let after = jobs.finish(&first, &Transition::Retry { error: "busy".into(), at }).await.unwrap().unwrap();
    assert_eq!(
        (after.state, after.attempt, after.last_error.as_deref()),
        (State::Retryable, 1, Some("busy"))
    );

    assert!(claim(&jobs, worker(), 1).await.is_empty());
    clock.advance(TimeDelta::seconds(8));

    let second = claim_one(&jobs).await;
    assert_eq!((second.id, second.fence), (first.id, 2));
}

async fn a_kind_without_a_handler_waits_for_a_process_that_has_one(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let stranger = enqueue(&jobs, NewJob::new("newer", json!({})).priority(10)).await;
    let known = enqueue(&jobs, job()).await;

    assert_eq!(claim_one(&jobs).await.id, known);
    assert!(claim(&jobs, worker(), 1).await.is_empty());

    let newer = jobs.store().claim(worker(), &["newer".to_owned()], 1).await.unwrap();
    assert_eq!(newer[0].id, stranger);
}

async fn a_users_jobs_go_by_priority_and_then_by_age(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let me = user();
    let new = [1, 10, 5, 10].map(|priority| job().for_user(me).priority(priority));
    let ids = enqueue_all(&jobs, new.into()).await;

    let order: Vec<_> = claim(&jobs, worker(), 4).await.into_iter().map(|job| job.id).collect();

    assert_eq!(order, [ids[1], ids[3], ids[2], ids[0]]);
}

async fn a_user_with_one_job_starts_within_two_slot_releases_of_a_thousand(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    let worker = worker();
    for slots in 1..=2 {
        let (first, second) = (user(), user());
        enqueue_all(&jobs, of(first, 1_000)).await;
        let mut running = claim(&jobs, worker, slots).await;
        assert_eq!(running.len(), slots);
        let single = enqueue(&jobs, job().for_user(second)).await;

        let mut releases = 0;
        while running.iter().all(|job| job.id != single) {
            complete(&jobs, &running.remove(0)).await;
            releases += 1;
            running.extend(claim(&jobs, worker, 1).await);
        }

        assert!(releases <= 2, "{releases} releases with {slots} slots");
        db.execute("DELETE FROM jobs", vec![]).await.unwrap();
    }
}

async fn five_users_with_unequal_backlogs_get_equal_turns(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let (users, worker): (Vec<UserId>, _) = ((0..5).map(|_| user()).collect(), worker());
    for (user, backlog) in users.iter().zip([20, 30, 100, 300, 300]) {
        enqueue_all(&jobs, of(*user, backlog)).await;
    }

    let mut turns = vec![0_u32; 5];
    let mut running = claim(&jobs, worker, 3).await;
    for _ in 0..97 {
        clock.advance(TimeDelta::milliseconds(100));
        complete(&jobs, &running.remove(0)).await;
        running.extend(claim(&jobs, worker, 1).await);
        let newest = running.last().and_then(|job| job.user_id);
        turns[users.iter().position(|user| Some(*user) == newest).unwrap()] += 1;
    }

    let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
    assert!(most - least <= 2, "{turns:?}");
}

async fn the_studios_own_jobs_take_their_turn_too(db: TestDb) {
    let (jobs, _) = by_hand(&db);
    enqueue_all(&jobs, of(user(), 50)).await;
    let own = enqueue(&jobs, job()).await;

    let claimed = claim(&jobs, worker(), 2).await;

    assert!(claimed.iter().any(|job| job.id == own));
}
