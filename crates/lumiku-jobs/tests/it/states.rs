//! One table in three places: the page people read, the function, and the SQL.

use std::collections::HashMap;
use std::path::Path;

use chrono::TimeDelta;
use lumiku_core::ManualClock;
use lumiku_jobs::{CRASHES_MAX, End, Event, Job, JobId, Jobs, State, Transition, next};
use lumiku_testdb::TestDb;
use serde_json::json;

use crate::queue::{SCHEMA, by_hand, claim, claim_one, effects, enqueue, find, job, worker};

lumiku_testdb::on_both_engines! { SCHEMA;
    every_event_in_every_state_does_what_the_table_says,
    every_job_that_ended_was_settled_once,
}

#[test]
fn the_page_says_what_the_code_does() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/jobs.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut written = HashMap::new();
    for line in page.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let event: Event = serde_json::from_value(json!(cells[0])).unwrap();
        for from in cells[1].split(", ") {
            written.insert((from.parse::<State>().unwrap(), event), cells[2].parse::<State>().unwrap());
        }
    }

    for state in State::ALL {
        for event in Event::ALL {
            assert_eq!(written.get(&(state, event)).copied(), next(state, event), "{state} {event:?}");
        }
    }
}

#[test]
fn nothing_leads_out_of_a_final_state() {
    for state in State::ALL.into_iter().filter(|state| state.is_final()) {
        assert!(Event::ALL.into_iter().all(|event| next(state, event).is_none()), "{state}");
    }
}

/// A job brought into `state`, as the worker that last had it remembers it.
async fn brought_to(jobs: &Jobs, state: State, clock: &ManualClock) -> Job {
    let id = enqueue(jobs, job().max_attempts(2)).await;
    if state == State::Available {
        return find(jobs, id).await;
    }
    let mine = claim_one(jobs).await;
    assert_eq!(mine.id, id);
    let at = find(jobs, id).await.claimed_at.unwrap() + TimeDelta::hours(1);
    let transition = match state {
        State::Available | State::Running => return mine,
        State::Scheduled => Transition::Snooze { until: at },
        State::Retryable => Transition::Retry { error: "no".into(), at },
        State::Completed => Transition::End(End::Completed(json!(null))),
        State::Cancelled => Transition::End(End::Cancelled),
        State::Discarded => Transition::End(End::Discarded { error: "no".into(), code: "test.no".into() }),
    };
    jobs.finish(&mine, &transition).await.unwrap().unwrap();
    clock.advance(TimeDelta::seconds(1));
    mine
}

/// Lets `event` happen to the job as it happens in life.
async fn happens(db: &TestDb, jobs: &Jobs, clock: &ManualClock, mine: &Job, event: Event) {
    let at = mine.created_at + TimeDelta::days(1);
    let discarded = |code: &str| End::Discarded { error: "no".into(), code: code.into() };
    let transition = match event {
        Event::Due => {
            clock.advance(TimeDelta::hours(2));
            // Looking for another kind makes due jobs available and claims nothing.
            jobs.store().claim(worker(), &["another".to_owned()], 1).await.unwrap();
            return;
        }
        Event::Claim => {
            claim(jobs, worker(), 1).await;
            return;
        }
        Event::Cancel => {
            let tx = db.write_tx().await.unwrap();
            jobs.cancel(&tx, mine.id).await.unwrap();
            tx.commit().await.unwrap();
            return;
        }
        Event::Orphan | Event::OrphanForGood => {
            if event == Event::OrphanForGood {
                let sql = format!("UPDATE jobs SET crashes = {}", CRASHES_MAX - 1);
                db.execute(&sql, vec![]).await.unwrap();
            }
            clock.advance(TimeDelta::seconds(31));
            jobs.sweep().await.unwrap();
            return;
        }
        Event::Complete => Transition::End(End::Completed(json!(null))),
        Event::Fail => Transition::Retry { error: "no".into(), at },
        Event::FailForGood => Transition::End(discarded("jobs.attempts_exhausted")),
        Event::Discard => Transition::End(discarded("test.no")),
        Event::Snooze => Transition::Snooze { until: at },
        Event::Stop => Transition::End(End::Cancelled),
        Event::HandBack => Transition::HandBack,
    };
    jobs.finish(mine, &transition).await.unwrap();
}

async fn every_event_in_every_state_does_what_the_table_says(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    for state in State::ALL {
        for event in Event::ALL {
            let mine = brought_to(&jobs, state, &clock).await;
            assert_eq!(find(&jobs, mine.id).await.state, state, "the way there");

            happens(&db, &jobs, &clock, &mine, event).await;

            let after = find(&jobs, mine.id).await;
            assert_eq!(after.state, next(state, event).unwrap_or(state), "{state} and {event:?}");
            db.execute("DELETE FROM jobs", vec![]).await.unwrap();
        }
    }
}

async fn every_job_that_ended_was_settled_once(db: TestDb) {
    let (jobs, clock) = by_hand(&db);
    let mut ended: Vec<JobId> = Vec::new();
    for state in [State::Available, State::Running, State::Scheduled, State::Retryable] {
        for event in Event::ALL {
            let mine = brought_to(&jobs, state, &clock).await;
            happens(&db, &jobs, &clock, &mine, event).await;
            ended.extend(next(state, event).filter(|after| after.is_final()).map(|_| mine.id));
            db.execute("DELETE FROM jobs", vec![]).await.unwrap();
        }
    }

    let settled: Vec<JobId> = effects(&db).await.into_iter().map(|(id, _)| id).collect();

    ended.sort();
    assert_eq!(settled, ended);
}
