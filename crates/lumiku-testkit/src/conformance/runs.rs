//! Runs that end badly, and jobs that run more than once: no credit and no file goes astray.

use std::sync::Arc;

use chrono::TimeDelta;
use lumiku_core::{Query, params};
use lumiku_jobs::{CRASHES_MAX, End, Job, Transition, WorkerId};
use lumiku_sdk::App;
use lumiku_sdk::generation::job::kind;
use serde_json::{Value, json};

use super::Material;
use crate::{Actor, TestStudio};

/// Somebody, and the run they have just started.
struct Started {
    actor: Actor,
    run: String,
    held: i64,
    credits: (i64, i64, i64),
    used_bytes: Value,
}

async fn start<F: Future<Output = Material>>(
    studio: &TestStudio,
    app: &Arc<dyn App>,
    material: impl Fn(Actor) -> F,
) -> Started {
    let actor = studio.user("alice").await;
    studio.grant(&actor, 10_000).await;
    let material = material(actor.clone()).await;
    let (credits, used_bytes) = (actor.credits().await, used(&actor).await);
    let request = json!({ "settings": material.settings, "count": material.count });
    let path = format!("/api/v1/apps/{}/projects/{}", app.manifest().id, material.project_id);
    let quote = actor.post(&format!("{path}/quote"), request.clone()).await.expect(200).json();
    let run = actor.generate(app.manifest().id, &material.project_id, request).await;
    let held = run["credits"]["held"].as_i64().expect("a number");
    assert_eq!(Some(held), quote["credits"].as_i64(), "a run holds what its quote said");
    assert_eq!(actor.credits().await, (credits.0, held, credits.2 - held));
    Started { run: run["id"].as_str().expect("an id").to_owned(), actor, held, credits, used_bytes }
}

async fn used(actor: &Actor) -> Value {
    actor.get("/api/v1/storage").await.expect(200).json()["used_bytes"].clone()
}

impl Started {
    async fn assert_cost_nothing(&self, state: &str) {
        let run = self.actor.generation(&self.run).await;
        assert_eq!(run["state"], state, "{run}");
        assert_eq!(run["credits"], json!({ "held": 0, "captured": 0, "released": self.held }));
        assert_eq!(self.actor.credits().await, self.credits);
        assert_eq!(used(&self.actor).await, self.used_bytes, "nothing new takes up room");
        for output in run["outputs"].as_array().expect("outputs") {
            assert_eq!((&output["state"], &output["url"]), (&json!(state), &Value::Null));
        }
    }

    async fn assert_paid_in_full(&self) {
        let run = self.actor.generation(&self.run).await;
        assert_eq!(run["state"], "completed", "{run}");
        assert_eq!(run["credits"], json!({ "held": 0, "captured": self.held, "released": 0 }));
        let left = self.credits.0 - self.held;
        assert_eq!(self.actor.credits().await, (left, 0, left));
    }
}

/// Every render goes wrong. Each output says why, in a sentence with a code.
pub async fn broken_runs_cost_nothing<F: Future<Output = Material>>(
    studio: Arc<TestStudio>,
    app: Arc<dyn App>,
    material: impl Fn(Actor) -> F,
) {
    let started = start(&studio, &app, material).await;

    studio.run_jobs().await;

    started.assert_cost_nothing("failed").await;
    let run = started.actor.generation(&started.run).await;
    for output in run["outputs"].as_array().expect("outputs") {
        assert!(output["error"]["code"].as_str().is_some_and(|code| code.contains('.')), "{output}");
        assert!(output["error"]["message"].as_str().is_some_and(|text| text.len() > 10), "{output}");
    }
}

/// Cancelled while the first output is being made: everything comes back at once, and the work stops.
pub async fn cancelled_runs_cost_nothing<F: Future<Output = Material>>(
    studio: Arc<TestStudio>,
    app: Arc<dyn App>,
    material: impl Fn(Actor) -> F,
) {
    let started = start(&studio, &app, material).await;
    let workers = studio.start_workers(1);
    let running = || async {
        let run = started.actor.generation(&started.run).await;
        let outputs = run["outputs"].as_array().expect("outputs");
        outputs.iter().any(|output| output["state"] == "running").then_some(())
    };
    studio.until("an output under way", running).await;

    let path = format!("/api/v1/generations/{}/cancel", started.run);
    started.actor.post(&path, json!({})).await.expect(200);

    started.assert_cost_nothing("cancelled").await;
    workers.shutdown(std::time::Duration::from_secs(30)).await;
    started.assert_cost_nothing("cancelled").await;
}

/// Takes every job of this app as a worker that will die.
async fn claim_all(studio: &TestStudio, app: &Arc<dyn App>) -> Vec<Job> {
    let store = studio.context().jobs.store();
    let worker = WorkerId(studio.context().ambient.uuid());
    let jobs = store.claim(worker, &[kind(app.manifest().id)], 1000).await.expect("jobs can be claimed");
    assert!(!jobs.is_empty(), "there is something to claim");
    jobs
}

/// The workers are silent until everybody else believes them dead.
async fn let_them_die(studio: &TestStudio) {
    let lease_s = studio.context().config.jobs.lease_s;
    studio.advance(TimeDelta::seconds(lease_s as i64 + 1));
    studio.context().jobs.sweep().await.expect("the queue can be swept");
}

/// Work that kills its worker each time is given up, and paid back.
pub async fn killed_runs_cost_nothing<F: Future<Output = Material>>(
    studio: Arc<TestStudio>,
    app: Arc<dyn App>,
    material: impl Fn(Actor) -> F,
) {
    let started = start(&studio, &app, material).await;

    for _ in 0..CRASHES_MAX {
        claim_all(&studio, &app).await;
        let_them_die(&studio).await;
    }

    started.assert_cost_nothing("failed").await;
}

/// A worker dies once, the work is done by another, and the first one, not dead after all, can no
/// longer say anything.
pub async fn killed_runs_recover<F: Future<Output = Material>>(
    studio: Arc<TestStudio>,
    app: Arc<dyn App>,
    material: impl Fn(Actor) -> F,
) {
    let started = start(&studio, &app, material).await;
    let stale = claim_all(&studio, &app).await;
    let_them_die(&studio).await;

    studio.run_jobs().await;

    started.assert_paid_in_full().await;
    let before = started.actor.generation(&started.run).await;
    for job in stale {
        let gave_up = Transition::End(End::Discarded { error: "too late".into(), code: "test.late".into() });
        let after = studio.context().jobs.finish(&job, &gave_up).await.expect("the queue answers");
        assert_eq!(after, None, "a worker that lost its lease changes nothing");
    }
    assert_eq!(started.actor.generation(&started.run).await, before);
}

/// A finished job runs again, as after a crash between the work and its record.
pub async fn running_twice_changes_nothing<F: Future<Output = Material>>(
    studio: Arc<TestStudio>,
    app: Arc<dyn App>,
    material: impl Fn(Actor) -> F,
) {
    let started = start(&studio, &app, material).await;
    studio.run_jobs().await;
    let before = started.actor.generation(&started.run).await;
    let used_before = used(&started.actor).await;

    let sql = "UPDATE jobs SET state = 'available', finished_at = NULL";
    studio.db.execute(sql, params![]).await.expect("the queue can be changed");
    studio.run_jobs().await;

    assert_eq!(started.actor.generation(&started.run).await, before);
    assert_eq!(used(&started.actor).await, used_before);
    started.assert_paid_in_full().await;
    let open: Option<i64> = studio
        .db
        .scalar("SELECT COUNT(*) FROM stored_objects WHERE state <> 'stored'", params![])
        .await
        .expect("a count");
    assert_eq!(open, Some(0), "no second file was made");
}
