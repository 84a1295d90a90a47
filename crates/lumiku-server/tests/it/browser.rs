//! What a browser is protected from: other websites, sniffed types, shared caches, guessed passwords.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use lumiku_testkit::{Actor, Answer, Setup, TestStudio, studio_tests_on_sqlite};
use serde_json::json;

use crate::stub;

studio_tests_on_sqlite! { stub();
    another_website_cannot_use_a_persons_cookie,
    every_answer_carries_the_security_headers,
    a_sane_request_id_is_kept_and_any_other_replaced,
    guessing_passwords_ends_with_429_and_the_wait,
}

async fn cookie_of(actor: &Actor) -> String {
    let form = json!({ "email": "sari@studio.test", "password": "correct horse battery staple" });
    let made = actor.post("/api/v1/auth/register", form).await.expect(201);
    assert!(made.json().get("token").is_none(), "a token only when asked for");
    made.header("set-cookie").split(';').next().expect("a pair").to_owned()
}

async fn patch_me(actor: &Actor, headers: &[(&str, &str)]) -> Answer {
    let headers = [headers, &[("content-type", "application/json")]].concat();
    actor.call(Method::PATCH, "/api/v1/me", &headers, Body::from(r#"{"name":"Changed"}"#)).await
}

async fn another_website_cannot_use_a_persons_cookie(studio: Arc<TestStudio>) {
    let actor = studio.stranger();
    studio.admin("owner").await;
    let cookie = cookie_of(&actor).await;
    let cookie = ("cookie", cookie.as_str());
    for foreign in [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("origin", "https://evil.test")],
        vec![("origin", "null")],
        vec![("origin", "https://evil.test"), ("authorization", "Basic eDp5")],
    ] {
        let refused = patch_me(&actor, &[&[cookie], foreign.as_slice()].concat()).await;
        refused.expect_problem(403, "auth.cross_origin");
    }
    for own in [
        vec![("sec-fetch-site", "same-origin")],
        vec![("origin", "http://studio.test")],
        vec![("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")],
        vec![],
    ] {
        patch_me(&actor, &[&[cookie], own.as_slice()].concat()).await.expect(200);
    }
    let foreign = [cookie, ("sec-fetch-site", "cross-site")];
    let read = actor.call(Method::GET, "/api/v1/me", &foreign, Body::empty()).await;
    assert!(read.expect(200).headers.get("access-control-allow-origin").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_website_is_answered_as_configured_and_never_with_cookies() {
    let setup = Setup::new(stub(), |config| config.server.cors_origins = "https://*.friend.test".into());
    lumiku_testkit::on_sqlite(setup, |studio| async move {
        let stranger = studio.stranger();
        let ask =
            [("access-control-request-method", "PATCH"), ("access-control-request-headers", "upload-offset")];
        for (origin, allowed) in
            [("https://a.friend.test", "https://a.friend.test"), ("https://evil.test", "")]
        {
            let headers = [&ask[..], &[("origin", origin)]].concat();
            let answer =
                stranger.call(Method::OPTIONS, "/api/v1/uploads", &headers, Body::empty()).await.expect(200);
            assert_eq!(answer.header("access-control-allow-origin"), allowed);
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            if !allowed.is_empty() {
                assert_eq!(answer.header("access-control-max-age"), "86400");
            }
        }
    })
    .await;
}

async fn every_answer_carries_the_security_headers(studio: Arc<TestStudio>) {
    let actor = studio.stranger();
    let answers = [
        actor.get("/api/v1/setup-state").await,
        actor.get("/api/v1/me").await,
        actor.get("/api/v1/no-such-route").await,
        actor.call(Method::DELETE, "/api/v1/setup-state", &[], Body::empty()).await,
        actor.post("/api/v1/auth/login", json!({})).await,
        actor.get("/health/liveness").await,
        actor.get("/").await,
        actor.get("/api/docs").await,
    ];
    for answer in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {}", answer.text());
        }
        assert!(!answer.header("x-request-id").is_empty());
        assert!(!answer.header("permissions-policy").is_empty());
    }
    assert_eq!(actor.get("/api/v1/me").await.header("cache-control"), "no-store");
}

async fn a_sane_request_id_is_kept_and_any_other_replaced(studio: Arc<TestStudio>) {
    let actor = studio.stranger();
    let with_id = async |id: &str| {
        let answer = actor.call(Method::GET, "/api/v1/me", &[("x-request-id", id)], Body::empty()).await;
        let sent = answer.header("x-request-id").to_owned();
        assert_eq!(answer.json()["request_id"], sent, "body and header name the same request");
        sent
    };
    assert_eq!(with_id("my-request-0001").await, "my-request-0001");
    for bad in ["short", "has spaces in it", "<script>alert(1)</script>"] {
        assert_ne!(with_id(bad).await, bad);
    }
    assert_ne!(with_id("x").await, with_id("x").await);
}

async fn guessing_passwords_ends_with_429_and_the_wait(studio: Arc<TestStudio>) {
    studio.admin("owner").await;
    let actor = studio.stranger();
    cookie_of(&actor).await;
    let guess = async |password: &str| {
        actor.post("/api/v1/auth/login", json!({ "email": "sari@studio.test", "password": password })).await
    };
    for left in (0..5).rev() {
        let refused = guess("a wrong password").await;
        assert_eq!(refused.header("ratelimit"), format!("\"login\";r={left}"));
        assert_eq!(refused.header("ratelimit-policy"), "\"login\";q=5;w=900");
        refused.expect_problem(401, "auth.wrong_credentials");
    }

    let refused = guess("correct horse battery staple").await;

    let wait: i64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=900).contains(&wait), "{wait}");
    refused.expect_problem(429, "request.too_many");
    studio.advance(chrono::TimeDelta::seconds(wait));
    guess("correct horse battery staple").await.expect(200);
}
