//! Realtime: events arrive, what was missed is replayed, and nobody hears of another.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use lumiku_server::STREAMS_PER_USER_MAX;
use lumiku_testkit::{Actor, StubApp, TestStudio, studio_tests};
use serde_json::json;

use crate::stub;

studio_tests! { stub();
    a_run_is_told_from_its_beginning_to_its_end,
    what_was_missed_is_replayed_once_and_in_order,
    nobody_hears_of_another_persons_run,
    a_stream_ends_when_its_session_is_revoked,
    a_stream_ends_when_the_server_goes_down,
    one_person_has_so_many_streams_and_a_closed_one_makes_room,
}

async fn run(studio: &TestStudio, actor: &Actor) -> String {
    let project = actor.project(StubApp::ID, "One").await;
    let run = actor.generate(StubApp::ID, &project, json!({ "count": 2 })).await;
    studio.run_jobs().await;
    run["id"].as_str().expect("an id").to_owned()
}

async fn a_run_is_told_from_its_beginning_to_its_end(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let mut stream = alice.events(None).await;
    let id = run(&studio, &alice).await;

    let begun = stream.next_where(|event| event.name == "generation.state").await;
    assert_eq!((&begun.data["generation_id"], &begun.data["state"]), (&json!(id), &json!("queued")));
    let held = stream.next_where(|event| event.name == "credits.changed").await;
    assert_eq!(held.data, json!({ "balance": 100, "held": 4, "available": 96 }));
    let made = stream
        .next_where(|event| event.name == "generation.output" && event.data["output"]["state"] == "completed")
        .await;
    assert!(made.data["output"]["url"].is_string(), "{made:?}");
    let done = stream
        .next_where(|event| event.name == "generation.state" && event.data["state"] == "completed")
        .await;
    assert_eq!(done.data["credits"], json!({ "held": 0, "captured": 4, "released": 0 }));
    let paid = stream.next_where(|event| event.name == "credits.changed").await;
    assert_eq!(paid.data, json!({ "balance": 96, "held": 0, "available": 96 }));
}

async fn what_was_missed_is_replayed_once_and_in_order(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let mut stream = alice.events(None).await;
    run(&studio, &alice).await;
    let is_end =
        |event: &lumiku_testkit::SentEvent| event.name == "credits.changed" && event.data["balance"] == 96;
    let mut first = vec![];
    while first.last().is_none_or(|event| !is_end(event)) {
        let event = stream.next().await.expect("the stream is open");
        first.extend(event.id.is_some().then_some(event));
    }
    drop(stream);

    let seen = first[1].id.clone().expect("stored events have ids");
    let mut again = alice.events(Some(&seen)).await;

    for expected in &first[2..] {
        assert_eq!(&again.next_where(|event| event.id.is_some()).await, expected);
    }
}

async fn nobody_hears_of_another_persons_run(studio: Arc<TestStudio>) {
    let (alice, bob) = (studio.user("alice").await, studio.user("bob").await);
    let mut his = bob.events(None).await;
    let foreign = run(&studio, &alice).await;
    let own = run(&studio, &bob).await;

    let mut heard = vec![];
    let is_end = |event: &lumiku_testkit::SentEvent| event.data["state"] == "completed";
    while heard.last().is_none_or(|event| !is_end(event)) {
        heard.push(his.next().await.expect("the stream is open"));
    }

    assert!(heard.iter().any(|event| event.data["generation_id"] == own.as_str()));
    assert!(heard.iter().all(|event| event.data["generation_id"] != foreign.as_str()), "{heard:?}");
}

async fn a_stream_ends_when_its_session_is_revoked(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let mut stream = alice.events(None).await;
    let sessions = alice.get("/api/v1/me/sessions").await.expect(200).json();
    let id = sessions["items"][0]["id"].as_str().expect("an id").to_owned();

    alice.delete(&format!("/api/v1/me/sessions/{id}")).await.expect(204);

    assert_eq!(stream.next().await, None);
}

async fn a_stream_ends_when_the_server_goes_down(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let mut stream = alice.events(None).await;

    studio.studio.drain.close_streams();

    assert_eq!(stream.next().await, None);
}

async fn one_person_has_so_many_streams_and_a_closed_one_makes_room(studio: Arc<TestStudio>) {
    let (alice, bob) = (studio.user("alice").await, studio.user("bob").await);
    let mut streams = Vec::new();
    for _ in 0..STREAMS_PER_USER_MAX {
        streams.push(alice.events(None).await);
    }

    let refused = alice.get("/api/v1/events").await;

    refused.expect_problem(429, "events.too_many_streams");
    bob.events(None).await;
    streams.pop();
    // The server notices on its own; nothing tells of it but the next request.
    let another = async {
        while alice.answer(Method::GET, "/api/v1/events", &[], Body::empty()).await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), another).await.expect("a free place");
}
