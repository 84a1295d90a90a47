//! A server without workers and a worker without a server, on one database.

use serde_json::json;

use crate::client::Client;
use crate::events::Events;
use crate::home::Home;
use crate::mixing;

#[tokio::test]
async fn a_worker_beside_a_server_completes_a_run_and_the_server_tells_of_it_on_sqlite() {
    work_side_by_side(Home::sqlite()).await;
}

#[tokio::test]
async fn a_worker_beside_a_server_completes_a_run_and_the_server_tells_of_it_on_postgres() {
    work_side_by_side(Home::postgres().await).await;
}

async fn work_side_by_side(home: Home) {
    // At once: both want to migrate the new database.
    let mut worker = home.start(&["work"]);
    let mut server = home.serve(&["--no-workers"]);
    worker.line_with("workers are ready");
    let client = Client::set_up(&server).await;
    let project = mixing::sample(&client).await;
    let mut events = Events::open(&client).await;

    let run = mixing::id_of(&mixing::start(&client, &project, json!({ "resolution": "480p" }), 8).await);

    let (mut made, mut fractions) = (Vec::new(), Vec::new());
    loop {
        let event = events.next().await.expect("the stream stays open");
        let data = &event.data;
        match event.name.as_str() {
            "generation.output" if data["output"]["state"] == "completed" => {
                assert!(event.id.is_some(), "what is stored can be resumed after");
                made.push(mixing::id_of(&data["output"]));
            }
            "generation.progress" => {
                fractions.push(data["progress"]["fraction"].as_f64().expect("a fraction"));
            }
            "generation.state" if data["state"] == "completed" => break,
            _ => {}
        }
    }
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), 8, "each output was told of");
    assert!(fractions.iter().any(|fraction| (0.01..0.99).contains(fraction)), "{fractions:?}");
    assert!(fractions.is_sorted(), "progress never goes back: {fractions:?}");
    mixing::assert_complete(&mixing::finished(&client, &run).await, 8, 1);
    assert!(home.run(&["credits", "verify"]).succeeded().contains("0 violations"));
    server.stop();
    worker.stop();
}

#[tokio::test]
async fn a_server_without_workers_cancels_a_waiting_run_and_returns_the_credits() {
    let home = Home::sqlite();
    let (_server, client) = home.serve_and_set_up(&["--no-workers"]).await;
    let project = mixing::sample(&client).await;
    let run = mixing::id_of(&mixing::start(&client, &project, json!({}), 8).await);

    let cancelled = client.post(&format!("/generations/{run}/cancel"), json!({})).await.json(200).await;

    assert_eq!(cancelled["state"], "cancelled");
    let credits = client.get("/credits").await.json(200).await;
    assert_eq!((&credits["available"], &credits["held"]), (&json!(100), &json!(0)));
    assert!(home.run(&["credits", "verify"]).succeeded().contains("0 violations"));
}
