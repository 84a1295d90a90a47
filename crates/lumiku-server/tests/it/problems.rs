//! Whatever goes wrong, the answer is a problem with a code, a sentence and the request's id.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use lumiku_testkit::{StubApp, TestStudio, studio_tests_on_sqlite};
use serde_json::json;

use crate::stub;

studio_tests_on_sqlite! { stub();
    unknown_routes_and_wrong_methods_are_problems,
    a_body_that_is_no_json_is_told_apart_from_a_wrong_one,
    a_wrong_type_names_its_field_also_in_a_run,
    ids_and_queries_that_cannot_be_read_are_problems,
    a_body_beyond_the_limit_is_refused,
}

const JSON: (&str, &str) = ("content-type", "application/json");

async fn unknown_routes_and_wrong_methods_are_problems(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    alice.get("/api/v1/no-such-route").await.expect_problem(404, "request.no_route");
    alice.get("/api/v9/projects").await.expect_problem(404, "request.no_route");
    alice.get("/api/v1/apps/no-such-app/projects").await.expect_problem(404, "request.not_found");
    for (method, path) in [
        (Method::DELETE, "/api/v1/setup-state"),
        (Method::PUT, "/api/v1/me"),
        (Method::PATCH, "/api/v1/generations"),
        (Method::POST, "/health/liveness"),
    ] {
        let refused = alice.call(method, path, &[], Body::empty()).await;
        assert!(!refused.header("allow").is_empty(), "{path} says what is allowed");
        refused.expect_problem(405, "request.wrong_method");
    }
}

async fn a_body_that_is_no_json_is_told_apart_from_a_wrong_one(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let path = format!("/api/v1/apps/{}/projects", StubApp::ID);
    let broken = alice.call(Method::POST, &path, &[JSON], Body::from("{\"name\":")).await;
    broken.expect_problem(400, "request.bad_json");
    let untold = alice.call(Method::POST, &path, &[], Body::from("{\"name\":\"x\"}")).await;
    untold.expect_problem(415, "request.not_json");
    let missing = alice.post(&path, json!({})).await.expect_problem(422, "request.invalid");
    assert!(missing["detail"].as_str().is_some_and(|detail| detail.contains("name")), "{missing}");
}

async fn a_wrong_type_names_its_field_also_in_a_run(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = alice.project(StubApp::ID, "One").await;
    let path = format!("/api/v1/apps/{}/projects/{project}", StubApp::ID);
    for (path, body, field) in [
        (format!("{path}/quote"), json!({ "count": "eight" }), "count"),
        (format!("{path}/generations"), json!({ "count": "eight" }), "count"),
        (format!("{path}/generations"), json!({ "count": 1, "seed": -1 }), "seed"),
        (
            format!("{path}/quote"),
            json!({ "count": 1, "settings": { "size_bytes": "big" } }),
            "settings.size_bytes",
        ),
    ] {
        let refused = alice.post(&path, body).await.expect_problem(422, "request.invalid");
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    alice.patch(&path, json!({ "archived": "yes" })).await.expect_problem(422, "request.invalid");
    let run = format!("{path}/generations");
    let broken = alice.call(Method::POST, &run, &[JSON], Body::from("{")).await;
    broken.expect_problem(400, "request.bad_json");
    let untold = alice.call(Method::POST, &run, &[], Body::from("{\"count\":1}")).await;
    untold.expect_problem(415, "request.not_json");
}

async fn ids_and_queries_that_cannot_be_read_are_problems(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    alice.get("/api/v1/assets/not-an-id").await.expect_problem(404, "request.not_found");
    alice.get("/api/v1/generations?limit=many").await.expect_problem(400, "request.bad_query");
    alice.get("/api/v1/generations?state=asleep").await.expect_problem(400, "request.bad_query");
    alice.get("/api/v1/assets").await.expect_problem(400, "request.bad_query");
}

async fn a_body_beyond_the_limit_is_refused(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let path = format!("/api/v1/apps/{}/projects", StubApp::ID);
    let huge = json!({ "name": "x", "description": "x".repeat(2 * 1024 * 1024) });
    let refused = alice.post(&path, huge).await.expect(413);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let long = json!({ "name": "x", "description": "x".repeat(2_001) });
    let refused = alice.post(&path, long).await.expect_problem(422, "request.invalid");
    assert_eq!(refused["errors"][0]["code"], "project.description_too_long");
}
