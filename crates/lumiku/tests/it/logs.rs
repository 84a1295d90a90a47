//! What is written down about a session: enough to find a request, nothing that opens a door.

use serde_json::{Value, json};

use crate::client::{Client, EMAIL, PASSWORD, setup_token};
use crate::home::Home;
use crate::mixing;

#[tokio::test]
async fn production_logs_are_json_with_the_request_id_and_no_secret() {
    let home = Home::sqlite().with("LUMIKU_ENVIRONMENT", "production").with("LUMIKU_LOG__LEVEL", "debug");
    let mut server = home.serve(&[]);
    let setup = setup_token(&server);
    let client = Client::set_up(&server).await;
    client
        .post("/auth/login", json!({ "email": EMAIL, "password": "planted-wrong-password" }))
        .await
        .json(401)
        .await;
    let login = json!({ "email": EMAIL, "password": PASSWORD, "token": true });
    let second = client.post("/auth/login", login).await.json(200).await;
    let second = second["token"].as_str().expect("a token").to_owned();
    client
        .post("/auth/register", json!({ "email": "not-an-address-planted", "password": PASSWORD }))
        .await
        .json(422)
        .await;
    client.clone().with_token("planted-bearer-token").get("/me").await.json(401).await;
    client.get(&format!("/nowhere/{second}?token={second}")).await.bytes(404).await;
    let looked =
        Client::send(client.request(reqwest::Method::GET, "/me").header("x-request-id", "planted-id-0001"))
            .await;
    looked.json(200).await;
    let project = mixing::sample(&client).await;
    let run = mixing::id_of(&mixing::start(&client, &project, json!({ "resolution": "480p" }), 1).await);
    mixing::finished(&client, &run).await;
    server.stop();

    let logged = server.logged();
    let lines: Vec<Value> = logged.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of_request = lines.iter().find(|line| line["span"]["request.id"] == "planted-id-0001");
    let of_request = of_request.expect("the request is in the log");
    assert_eq!((&of_request["http.route"], &of_request["http.status"]), (&json!("/api/v1/me"), &json!(200)));
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()));
    let secrets = [
        PASSWORD,
        EMAIL,
        "sari@",
        "planted-wrong-password",
        "not-an-address-planted",
        "planted-bearer-token",
        &second,
        client.token(),
        &setup,
    ];
    for secret in secrets {
        assert!(!logged.contains(secret), "{secret} is in the log");
        assert!(secret == setup || !server.printed().contains(secret), "{secret} was printed");
    }
}

#[tokio::test]
async fn development_logs_are_for_reading() {
    let home = Home::sqlite();
    let (mut server, client) = home.serve_and_set_up(&["--no-workers"]).await;
    client.get("/me").await.json(200).await;
    server.stop();

    let line = server.log_with("/api/v1/me");

    assert!(serde_json::from_str::<Value>(&line).is_err() && line.contains("request"), "{line}");
}
