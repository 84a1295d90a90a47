//! What a newcomer meets: an address, a link that works once, and no password but their own.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::client::{Client, EMAIL, PASSWORD, setup_token};
use crate::home::Home;

#[tokio::test]
async fn the_first_run_prints_an_address_and_a_setup_link_that_works_once() {
    let home = Home::sqlite();
    let server = home.serve(&[]);
    let client = Client::of(&server);

    let state = client.get("/setup-state").await.json(200).await;
    assert_eq!((&state["needs_setup"], &state["environment"]), (&json!(true), &json!("development")));
    let account =
        |token: &str, email: &str| json!({ "setup_token": token, "email": email, "password": PASSWORD });
    let token = setup_token(&server);
    assert!(server.printed().contains(&format!("{}/setup?token={token}", server.address())));
    assert_eq!(
        client.post("/auth/setup", account("guessed", EMAIL)).await.problem(403).await,
        "setup.invalid_token"
    );

    let made = client.post("/auth/setup", account(&token, EMAIL)).await.json(201).await;

    assert_eq!((&made["user"]["email"], &made["user"]["role"]), (&json!(EMAIL), &json!("admin")));
    let again = client.post("/auth/setup", account(&token, "second@example.com")).await;
    assert_eq!(again.problem(409).await, "setup.already_done");
    assert_eq!(client.get("/setup-state").await.json(200).await["needs_setup"], false);
}

#[tokio::test]
async fn no_default_password_opens_a_new_studio() {
    let home = Home::sqlite();
    let server = home.serve(&[]);
    let client = Client::of(&server);

    for (email, password) in
        [("admin@example.com", "admin"), ("admin@localhost", "password"), ("root@localhost", "")]
    {
        let answer = client.post("/auth/login", json!({ "email": email, "password": password })).await;
        assert!((400..500).contains(&answer.status()), "{email}: {}", answer.status());
    }

    let users = home.db().await;
    let count = lumiku_core::Query::scalar::<i64>(&users, "SELECT COUNT(*) FROM users", vec![]).await;
    assert_eq!(count.expect("users can be counted"), Some(0));
}

#[tokio::test]
async fn a_restart_prints_a_new_link_while_no_account_exists_and_none_afterwards() {
    let home = Home::sqlite();
    let mut first = home.serve(&[]);
    let old = setup_token(&first);
    first.stop();

    let mut second = home.serve(&[]);
    let account = json!({ "setup_token": old, "email": EMAIL, "password": PASSWORD });
    let refused = Client::of(&second).post("/auth/setup", account).await;
    assert_eq!(refused.problem(403).await, "setup.invalid_token", "the new link ends the old one");
    let client = Client::set_up(&second).await;
    second.stop();

    let mut third = home.serve(&[]);
    assert_eq!(
        client.at(&third).get("/me").await.json(200).await["email"],
        EMAIL,
        "sessions outlive a restart"
    );
    third.stop();
    assert!(!third.printed().contains("setup"), "{}", third.printed());
}

#[tokio::test]
async fn nobody_else_on_the_machine_can_look_into_the_data_directory() {
    for first in [&["serve", "--port", "0"][..], &["doctor"], &["migrate", "up"]] {
        let home = Home::sqlite();
        let mut program = home.start(first);
        if first[0] == "serve" {
            program.address();
            program.stop();
        } else {
            program.wait();
        }

        let mode = std::fs::metadata(home.data_dir()).expect("it was made").permissions().mode();

        assert_eq!(mode & 0o777, 0o700, "made by {first:?}");
    }
}
