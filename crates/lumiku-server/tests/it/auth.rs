//! The first account, signing in and out, and the devices that are signed in.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use lumiku_core::config::Registration;
use lumiku_testkit::{Actor, Answer, Setup, TestStudio, studio_tests};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::stub;

const PASSWORD: &str = "correct horse battery staple";

studio_tests! { stub();
    of_two_people_with_the_setup_link_one_gets_the_first_account,
    registering_gives_an_account_a_session_and_the_welcome_credits,
    a_wrong_password_and_an_unknown_address_look_the_same,
    logging_out_ends_the_session_and_the_cookie,
    a_device_can_be_signed_out_from_another,
    what_is_wrong_with_a_form_is_said_by_field,
}

async fn register(actor: &Actor, email: &str) -> Answer {
    let form = json!({ "email": email, "password": PASSWORD, "name": "Sari", "token": true });
    actor.post("/api/v1/auth/register", form).await
}

async fn login(actor: &Actor, email: &str, password: &str) -> Answer {
    actor.post("/api/v1/auth/login", json!({ "email": email, "password": password, "token": true })).await
}

async fn with_token(actor: &Actor, path: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    actor.call(Method::GET, path, &[("authorization", &bearer)], Body::empty()).await
}

fn token(answer: &Answer) -> String {
    answer.json()["token"].as_str().expect("a token").to_owned()
}

async fn of_two_people_with_the_setup_link_one_gets_the_first_account(studio: Arc<TestStudio>) {
    let stranger = studio.stranger();
    let state = stranger.get("/api/v1/setup-state").await.expect(200).json();
    assert_eq!((&state["needs_setup"], &state["registration"]), (&json!(true), &json!("open")));
    let link = studio.context().accounts.issue_setup_token().await.expect("a token").expect("no user yet");
    let form = |email: &str| json!({ "setup_token": link.expose_secret(), "email": email, "password": PASSWORD, "token": true });
    let wrong = json!({ "setup_token": "guessed", "email": "e@studio.test", "password": PASSWORD });
    stranger.post("/api/v1/auth/setup", wrong).await.expect_problem(403, "setup.invalid_token");

    let (one, two) = tokio::join!(
        stranger.post("/api/v1/auth/setup", form("one@studio.test")),
        stranger.post("/api/v1/auth/setup", form("two@studio.test")),
    );

    let (won, lost) = if one.status == 201 { (one, two) } else { (two, one) };
    assert_eq!(won.clone().expect(201).json()["user"]["role"], "admin");
    lost.expect_problem(409, "setup.already_done");
    let credits = with_token(&stranger, "/api/v1/credits", &token(&won)).await.expect(200).json();
    assert_eq!(credits["available"], 100);
    assert_eq!(stranger.get("/api/v1/setup-state").await.json()["needs_setup"], false);
}

async fn registering_gives_an_account_a_session_and_the_welcome_credits(studio: Arc<TestStudio>) {
    studio.admin("owner").await;
    let stranger = studio.stranger();

    let made = register(&stranger, "Sari@Studio.test ").await.expect(201);

    let user = &made.json()["user"];
    assert_eq!((&user["email"], &user["role"]), (&json!("sari@studio.test"), &json!("user")));
    assert!(user.get("password_hash").is_none());
    let cookie = made.header("set-cookie");
    for part in ["lumiku_session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let me = with_token(&stranger, "/api/v1/me", &token(&made)).await.expect(200);
    assert_eq!(me.json()["id"], user["id"]);
    let entries = with_token(&stranger, "/api/v1/credits/entries", &token(&made)).await.expect(200).json();
    assert_eq!(
        (&entries["items"][0]["kind"], &entries["items"][0]["amount"]),
        (&json!("grant"), &json!(100))
    );
    register(&stranger, "sari@studio.test").await.expect_problem(409, "auth.email_taken");
}

async fn a_wrong_password_and_an_unknown_address_look_the_same(studio: Arc<TestStudio>) {
    studio.admin("owner").await;
    let stranger = studio.stranger();
    register(&stranger, "sari@studio.test").await.expect(201);

    let wrong = login(&stranger, "sari@studio.test", "not the password").await;
    let unknown = login(&stranger, "nobody@studio.test", "not the password").await;
    let right = login(&stranger, "SARI@studio.test", PASSWORD).await;

    let mut shapes = [&wrong, &unknown].map(|answer| {
        let mut problem = answer.clone().expect_problem(401, "auth.wrong_credentials");
        problem["request_id"] = Value::Null;
        let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        (problem, headers)
    });
    let (left, right_shape) = shapes.split_at_mut(1);
    assert_eq!(left[0], right_shape[0]);
    with_token(&stranger, "/api/v1/me", &token(&right.expect(200))).await.expect(200);
}

async fn logging_out_ends_the_session_and_the_cookie(studio: Arc<TestStudio>) {
    studio.admin("owner").await;
    let stranger = studio.stranger();
    let made = register(&stranger, "sari@studio.test").await.expect(201);
    let session = made.header("set-cookie").split(';').next().expect("a pair").to_owned();
    let cookie = [("cookie", session.as_str()), ("sec-fetch-site", "same-origin")];
    stranger.call(Method::GET, "/api/v1/me", &cookie, Body::empty()).await.expect(200);

    let out = stranger.call(Method::POST, "/api/v1/auth/logout", &cookie, Body::empty()).await.expect(204);

    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    let after = stranger.call(Method::GET, "/api/v1/me", &cookie, Body::empty()).await;
    after.expect_problem(401, "auth.sign_in_first");
}

async fn a_device_can_be_signed_out_from_another(studio: Arc<TestStudio>) {
    studio.admin("owner").await;
    let stranger = studio.stranger();
    let first = token(&register(&stranger, "sari@studio.test").await.expect(201));
    let second = token(&login(&stranger, "sari@studio.test", PASSWORD).await.expect(200));
    let sessions = with_token(&stranger, "/api/v1/me/sessions", &second).await.expect(200).json();
    let items = sessions["items"].as_array().expect("sessions");
    assert_eq!(items.len(), 2);
    let other = items.iter().find(|session| session["current"] == false).expect("the first device");
    assert_eq!(other["kind"], "token");

    let path = format!("/api/v1/me/sessions/{}", other["id"].as_str().expect("an id"));
    let bearer = format!("Bearer {second}");
    stranger.call(Method::DELETE, &path, &[("authorization", &bearer)], Body::empty()).await.expect(204);

    with_token(&stranger, "/api/v1/me", &first).await.expect_problem(401, "auth.sign_in_first");
    with_token(&stranger, "/api/v1/me", &second).await.expect(200);
}

async fn what_is_wrong_with_a_form_is_said_by_field(studio: Arc<TestStudio>) {
    studio.admin("owner").await;
    let stranger = studio.stranger();
    for (field, form) in [
        ("email", json!({ "email": "no address", "password": PASSWORD })),
        ("password", json!({ "email": "a@studio.test", "password": "short" })),
    ] {
        let refused =
            stranger.post("/api/v1/auth/register", form).await.expect_problem(422, "request.invalid");
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
        assert!(!refused.to_string().contains(PASSWORD), "a password is never repeated");
    }
}

async fn nobody_registers_where_registration_is_closed(studio: Arc<TestStudio>) {
    studio.admin("owner").await;
    let refused = register(&studio.stranger(), "sari@studio.test").await;

    refused.expect_problem(403, "auth.registration_closed");
    assert_eq!(studio.stranger().get("/api/v1/setup-state").await.json()["registration"], "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_registration_is_closed() {
    let setup = Setup::new(stub(), |config| config.server.registration = Registration::Closed);
    lumiku_testkit::on_sqlite(setup, nobody_registers_where_registration_is_closed).await;
}
