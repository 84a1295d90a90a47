//! Going down in the middle of work: in order, in time, and with nothing lost or paid for twice.

use std::time::Duration;

use lumiku_core::Query;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::client::Client;
use crate::events::Events;
use crate::home::Home;
use crate::mixing;
use crate::program::Program;
use crate::waiting::eventually;

/// Long enough to be caught in the middle.
fn slow() -> Value {
    json!({ "resolution": "1080p", "fps": 60 })
}

/// Of the default price, what 1080p and 60 frames add.
const SLOW_CREDITS: i64 = 9;

async fn server_in_the_middle_of_a_run(home: &Home, settings: Value) -> (Program, Client, String) {
    let (server, client) = home.serve_and_set_up(&["--workers", "1"]).await;
    let project = mixing::sample(&client).await;
    let run = mixing::id_of(&mixing::start(&client, &project, settings, 2).await);
    mixing::is_rendering(&client, &run).await;
    (server, client, run)
}

#[tokio::test]
async fn a_stopped_server_ends_streams_hands_work_back_and_completes_it_after_a_restart() {
    let home =
        Home::sqlite().with("LUMIKU_SERVER__SHUTDOWN_GRACE_S", "1").with("LUMIKU_SERVER__DRAIN_S", "2");
    let (mut server, client, run) = server_in_the_middle_of_a_run(&home, slow()).await;
    assert_eq!(client.get("/health/readiness").await.status(), 200);
    let mut events = Events::open(&client).await;

    server.signal(Signal::SIGTERM);

    eventually("readiness to say no", async || {
        (client.get("/health/readiness").await.status() == 503).then_some(())
    })
    .await;
    assert_eq!(client.get("/health/liveness").await.status(), 200);
    assert_eq!(client.get("/me").await.status(), 200, "while a load balancer notices, requests are served");
    let mut last = None;
    while let Some(event) = events.next().await {
        last = Some(event);
    }
    assert!(last.expect("a last word").retry_ms.is_some(), "the stream ends with the hint to come back");
    let (status, took) = server.wait();
    assert_eq!(status.code(), Some(0), "{}", server.logged());
    println!("after the streams had ended the server was gone in {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(server.logged().trim_end().ends_with("goodbye"), "{}", server.logged());
    let untouched = "SELECT COUNT(*) FROM jobs WHERE state = 'available' AND attempt = 0 AND crashes = 0";
    let untouched = home.db().await.scalar::<i64>(untouched, vec![]).await.expect("jobs can be read");
    assert_eq!(untouched, Some(2), "as if they had not begun");

    let server = home.serve(&[]);
    let client = client.at(&server);
    let done = mixing::finished(&client, &run).await;
    mixing::assert_complete(&done, 2, SLOW_CREDITS);
    assert!(home.run(&["credits", "verify"]).succeeded().contains("0 violations"));
}

#[tokio::test]
async fn what_runs_may_finish_within_the_grace() {
    let home = Home::sqlite().with("LUMIKU_SERVER__SHUTDOWN_GRACE_S", "100");
    let (mut server, client, run) =
        server_in_the_middle_of_a_run(&home, json!({ "resolution": "480p" })).await;

    server.stop();

    let server = home.serve(&["--no-workers"]);
    let found = client.at(&server).get(&format!("/generations/{run}")).await.json(200).await;
    let (done, waiting) =
        (mixing::outputs_in(&found, "completed").len(), mixing::outputs_in(&found, "queued").len());
    assert!(done >= 1 && done + waiting == 2, "{done} finished and {waiting} never begun");
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    let home = Home::sqlite();
    let (mut server, client, run) = server_in_the_middle_of_a_run(&home, slow()).await;

    server.signal(Signal::SIGTERM);
    server.log_with("shutting down");
    server.signal(Signal::SIGTERM);

    let (status, took) = server.wait();
    assert!(status.code().is_some_and(|code| code != 0), "it was cut short and says so");
    assert!(took < Duration::from_secs(2), "{took:?}");
    let server = home.serve(&["--no-workers"]);
    let found = client.at(&server).get(&format!("/generations/{run}")).await.json(200).await;
    assert!(mixing::outputs_in(&found, "failed").is_empty(), "{found:#}");
}
