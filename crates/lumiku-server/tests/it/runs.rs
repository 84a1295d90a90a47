//! Starting, repeating, cancelling and paying for runs, whatever app makes them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use futures::future::join_all;
use lumiku_testkit::{Actor, Answer, Behaviour, Steered, StubApp, TestStudio, studio_tests};
use serde_json::{Value, json};

use crate::stub;

studio_tests! { stub();
    twenty_equal_requests_at_once_start_one_run,
    equal_requests_for_the_last_credits_all_get_the_one_run,
    a_key_belongs_to_its_request,
    too_few_credits_start_nothing_and_say_how_many,
    runs_at_once_share_the_room_there_is,
    cancelling_while_outputs_finish_never_goes_wrong,
    a_run_under_way_is_not_deleted_and_a_finished_one_comes_back,
    a_review_is_kept_and_stars_are_bounded,
}

async fn with_key(actor: &Actor, project: &str, key: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/apps/{}/projects/{project}/generations", StubApp::ID);
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    actor.call(Method::POST, &path, &headers, Body::from(body.to_string())).await
}

async fn runs(actor: &Actor) -> usize {
    actor.get("/api/v1/generations").await.expect(200).json()["items"].as_array().expect("items").len()
}

async fn assert_one_run(studio: &TestStudio, alice: &Actor, count: i64) {
    let project = alice.project(StubApp::ID, "One").await;
    let body = json!({ "count": count });

    let answers = join_all((0..20).map(|_| with_key(alice, &project, "press-once", &body))).await;

    for answer in &answers {
        assert_eq!(answer.clone().expect(202).json(), answers[0].json());
    }
    assert_eq!(runs(alice).await, 1);
    assert_eq!(alice.credits().await.1, 2 * count);
    studio.run_jobs().await;
    assert_eq!(alice.credits().await, (100 - 2 * count, 0, 100 - 2 * count));
    let late = with_key(alice, &project, "press-once", &body).await.expect(202);
    assert_eq!(late.json(), answers[0].json(), "also much later");
}

async fn twenty_equal_requests_at_once_start_one_run(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    assert_one_run(&studio, &alice, 3).await;
}

async fn equal_requests_for_the_last_credits_all_get_the_one_run(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    assert_one_run(&studio, &alice, 50).await;
}

async fn a_key_belongs_to_its_request(studio: Arc<TestStudio>) {
    let (alice, bob) = (studio.user("alice").await, studio.user("bob").await);
    let project = alice.project(StubApp::ID, "One").await;
    with_key(&alice, &project, "k", &json!({ "count": 1 })).await.expect(202);

    let other = with_key(&alice, &project, "k", &json!({ "count": 2 })).await;

    other.expect_problem(422, "idempotency.key_reused");
    with_key(&alice, &project, "", &json!({ "count": 1 })).await.expect_problem(400, "idempotency.bad_key");
    let odd = with_key(&alice, &project, "schlüssel", &json!({ "count": 1 })).await;
    odd.expect_problem(400, "idempotency.bad_key");
    let his = bob.project(StubApp::ID, "His").await;
    with_key(&bob, &his, "k", &json!({ "count": 1 })).await.expect(202);
    assert_eq!(runs(&alice).await, 1);
    studio.run_jobs().await;
}

async fn too_few_credits_start_nothing_and_say_how_many(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = alice.project(StubApp::ID, "One").await;

    let refused = with_key(&alice, &project, "k", &json!({ "count": 51 })).await;

    let problem = refused.expect_problem(402, "credits.insufficient");
    assert_eq!((&problem["required"], &problem["available"]), (&json!(102), &json!(100)));
    assert_eq!((runs(&alice).await, alice.credits().await), (0, (100, 0, 100)));
    studio.grant(&alice, 2).await;
    with_key(&alice, &project, "k", &json!({ "count": 51 })).await.expect(202);
    studio.run_jobs().await;
}

async fn runs_at_once_share_the_room_there_is(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    studio.context().storage.update_quota(alice.id(), Some(10_000)).await.expect("a quota");
    let project = alice.project(StubApp::ID, "Big").await;
    let path = format!("/api/v1/apps/{}/projects/{project}/generations", StubApp::ID);
    let body = json!({ "count": 2, "settings": { "size_bytes": 3000 } });

    let answers = join_all((0..5).map(|_| alice.post(&path, body.clone()))).await;

    let started = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(started, 1, "6,000 bytes fit once into 10,000");
    for refused in answers.into_iter().filter(|answer| answer.status != 202) {
        refused.expect_problem(507, "storage.quota_exceeded");
    }
    studio.run_jobs().await;
}

async fn cancelling_while_outputs_finish_never_goes_wrong(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = alice.project(StubApp::ID, "One").await;
    let workers = studio.start_workers(4);
    for round in 0..6 {
        let run = alice.generate(StubApp::ID, &project, json!({ "count": 8 })).await;
        let id = run["id"].as_str().expect("an id").to_owned();
        let enough = || async {
            let done = alice.generation(&id).await["progress"]["done"].as_i64().expect("a number");
            (done >= round).then_some(())
        };
        studio.until("some outputs", enough).await;

        let cancelled = alice.post(&format!("/api/v1/generations/{id}/cancel"), json!({})).await;

        // It may have finished first; anything else is a mistake.
        assert!(cancelled.status == 200 || cancelled.status == 409, "{}", cancelled.text());
        let after = alice.generation(&id).await;
        let done = after["progress"]["done"].as_i64().expect("a number");
        assert_eq!(
            after["credits"],
            json!({ "held": 0, "captured": 2 * done, "released": 16 - 2 * done }),
            "{after}"
        );
    }
    workers.shutdown(Duration::from_secs(30)).await;
    assert_eq!(alice.credits().await.1, 0);
}

async fn a_run_under_way_is_not_deleted_and_a_finished_one_comes_back(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = alice.project(StubApp::ID, "One").await;
    let run = alice.generate(StubApp::ID, &project, json!({ "count": 1 })).await;
    let path = format!("/api/v1/generations/{}", run["id"].as_str().expect("an id"));
    alice.delete(&path).await.expect_problem(409, "generation.still_running");
    alice
        .post(&format!("{path}/retry-failed"), json!({}))
        .await
        .expect_problem(409, "generation.nothing_to_retry");
    studio.run_jobs().await;
    alice.post(&format!("{path}/cancel"), json!({})).await.expect_problem(409, "generation.already_finished");

    alice.delete(&path).await.expect(204);
    assert_eq!(runs(&alice).await, 0);
    for action in ["retry-failed", "cancel"] {
        let refused = alice.post(&format!("{path}/{action}"), json!({})).await;
        refused.expect_problem(404, "request.not_found");
    }
    alice.post(&format!("{path}/restore"), json!({})).await.expect(200);

    assert_eq!(runs(&alice).await, 1);
}

async fn a_review_is_kept_and_stars_are_bounded(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = alice.project(StubApp::ID, "One").await;
    let run = alice.generate(StubApp::ID, &project, json!({ "count": 1 })).await;
    studio.run_jobs().await;
    let path = format!("/api/v1/outputs/{}", run["outputs"][0]["id"].as_str().expect("an id"));

    alice.patch(&path, json!({ "stars": 4 })).await.expect(200);
    let both = alice.patch(&path, json!({ "review": "rejected" })).await.expect(200).json();

    assert_eq!((&both["stars"], &both["review"]), (&json!(4), &json!("rejected")));
    for stars in [-1, 6] {
        let refused =
            alice.patch(&path, json!({ "stars": stars })).await.expect_problem(422, "request.invalid");
        assert_eq!(refused["errors"][0]["field"], "stars");
    }
}

/// The first render works, the second fails for good, the rest work.
fn second_fails() -> Vec<Arc<dyn lumiku_sdk::App>> {
    let steer = |call| if call == 1 { Behaviour::Fail } else { Behaviour::Work };
    vec![Steered::over(Arc::new(StubApp), steer)]
}

async fn only_what_was_made_is_paid_and_a_retry_is_paid_by_itself(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = alice.project(StubApp::ID, "One").await;
    let run = alice.generate(StubApp::ID, &project, json!({ "count": 4 })).await;
    let id = run["id"].as_str().expect("an id");
    studio.run_jobs().await;
    let partial = alice.generation(id).await;
    assert_eq!(partial["state"], "partially_completed");
    assert_eq!(partial["credits"], json!({ "held": 0, "captured": 6, "released": 2 }));

    let retried =
        alice.post(&format!("/api/v1/generations/{id}/retry-failed"), json!({})).await.expect(200).json();

    assert_eq!(retried["credits"], json!({ "held": 2, "captured": 6, "released": 2 }));
    assert_eq!(alice.credits().await, (94, 2, 92));
    studio.run_jobs().await;
    let whole = alice.generation(id).await;
    assert_eq!((&whole["state"], &whole["progress"]["done"]), (&json!("completed"), &json!(4)));
    assert_eq!(whole["credits"], json!({ "held": 0, "captured": 8, "released": 2 }));
    assert_eq!(alice.credits().await, (92, 0, 92));
}

mod partly {
    use super::{only_what_was_made_is_paid_and_a_retry_is_paid_by_itself as paid_by_itself, second_fails};
    use lumiku_testkit::{on_postgres, on_sqlite};

    #[tokio::test(flavor = "multi_thread")]
    async fn only_what_was_made_is_paid_and_a_retry_is_paid_by_itself_on_sqlite() {
        on_sqlite(second_fails(), paid_by_itself).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_what_was_made_is_paid_and_a_retry_is_paid_by_itself_on_postgres() {
        on_postgres(second_fails(), paid_by_itself).await;
    }
}
