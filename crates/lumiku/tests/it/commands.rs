//! The command line on both databases.

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;

#[tokio::test]
async fn migrations_go_up_one_back_and_up_again_on_sqlite() {
    migrate(&Home::sqlite());
}

#[tokio::test]
async fn migrations_go_up_one_back_and_up_again_on_postgres() {
    migrate(&Home::postgres().await);
}

fn migrate(home: &Home) {
    let counts = |told: String| {
        let count = |state| told.lines().filter(|line| line.split("  ").nth(1) == Some(state)).count();
        (count("applied"), count("pending"))
    };
    let (none, all) = counts(home.run(&["migrate", "status"]).succeeded());
    assert!(none == 0 && all > 5, "{none} applied and {all} pending");
    assert_eq!(counts(home.run(&["migrate", "up"]).succeeded()), (all, 0));
    assert_eq!(counts(home.run(&["migrate", "rollback"]).succeeded()), (all - 1, 1));
    assert_eq!(counts(home.run(&["migrate", "status"]).succeeded()), (all - 1, 1));
    assert_eq!(counts(home.run(&["migrate", "up"]).succeeded()), (all, 0));
    for _ in 0..all {
        home.run(&["migrate", "rollback"]).succeeded();
    }
    assert_eq!(counts(home.run(&["migrate", "status"]).succeeded()), (0, all));
    assert!(home.run(&["migrate", "rollback"]).failed().contains("nothing to take back"));
}

#[tokio::test]
async fn accounts_are_made_promoted_and_given_a_new_password_that_signs_them_out_on_sqlite() {
    manage_accounts(Home::sqlite()).await;
}

#[tokio::test]
async fn accounts_are_made_promoted_and_given_a_new_password_that_signs_them_out_on_postgres() {
    manage_accounts(Home::postgres().await).await;
}

async fn manage_accounts(home: Home) {
    let create = ["user", "create", "budi@example.com", "--password-stdin"];
    home.run_with_input(&create, "sebuah kata sandi\n").succeeded();
    let taken = home.run_with_input(&create, "sebuah kata sandi\n").failed();
    assert!(taken.contains("An account with this e-mail address exists"), "{taken}");
    let short =
        home.run_with_input(&["user", "create", "ani@example.com", "--password-stdin"], "short\n").failed();
    assert!(short.contains("password") && short.contains('8'), "{short}");
    let server = home.serve(&["--no-workers"]);
    let client = Client::of(&server);
    let login = |password: &str| json!({ "email": "budi@example.com", "password": password, "token": true });
    let signed_in = client.post("/auth/login", login("sebuah kata sandi")).await.json(200).await;
    assert_eq!(signed_in["user"]["role"], "user");
    let client = client.with_token(signed_in["token"].as_str().expect("a token"));

    home.run(&["user", "promote", "budi@example.com"]).succeeded();
    assert_eq!(client.get("/me").await.json(200).await["role"], "admin");

    let reset = ["user", "reset-password", "budi@example.com", "--password-stdin"];
    home.run_with_input(&reset, "yang lain sama sekali\n").succeeded();
    assert_eq!(client.get("/me").await.status(), 401, "every device was signed out");
    assert_eq!(client.post("/auth/login", login("sebuah kata sandi")).await.status(), 401);
    assert_eq!(client.post("/auth/login", login("yang lain sama sekali")).await.status(), 200);
    let nobody = home.run(&["user", "promote", "nobody@example.com"]).failed();
    assert!(nobody.contains("there is no account nobody@example.com"), "{nobody}");
}

#[tokio::test]
async fn credits_are_granted_and_verified_on_sqlite() {
    grant(&Home::sqlite());
}

#[tokio::test]
async fn credits_are_granted_and_verified_on_postgres() {
    grant(&Home::postgres().await);
}

fn grant(home: &Home) {
    home.run_with_input(&["user", "create", "budi@example.com", "--password-stdin"], "sebuah kata sandi")
        .succeeded();

    let told = home.run(&["credits", "grant", "budi@example.com", "50"]).succeeded();

    assert_eq!(told, "Granted 50 credits; the balance is 150 now.\n");
    assert_eq!(home.run(&["credits", "verify"]).succeeded(), "0 violations\n");
    assert!(!home.run(&["credits", "grant", "budi@example.com", "0"]).status.success());
}

#[tokio::test]
async fn books_that_were_tampered_with_do_not_verify() {
    let home = Home::sqlite();
    grant(&home);
    home.db().await.execute("UPDATE ledger_balances SET posted = posted + 1", vec![]).await.expect("a thief");

    let told = home.run(&["credits", "verify"]);

    assert_eq!(told.status.code(), Some(1));
    assert!(told.stdout.contains("the books say 151, the entries say 150"), "{}", told.stdout);
    let server = home.serve(&["--no-workers"]);
    server.log_with("the books do not balance");
}

#[tokio::test]
async fn the_openapi_document_is_printed_as_json() {
    let document: Value = serde_json::from_str(&Home::sqlite().run(&["openapi"]).succeeded()).expect("JSON");

    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with('3')));
    assert!(document["paths"].as_object().is_some_and(|paths| paths.contains_key("/api/v1/auth/login")));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();

    let told = Home::sqlite().run(&["serve", "--port", &port]).failed();

    assert!(
        told.contains(&format!("cannot listen on 127.0.0.1:{port}")) && told.contains("in use"),
        "{told}"
    );
}
