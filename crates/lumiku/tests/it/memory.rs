//! Large uploads pass through; they are never held.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;

use crate::client::Client;
use crate::home::Home;
use crate::mixing;
use crate::program::Program;

const PART_BYTES: usize = 10 * 1024 * 1024;
const PARTS: usize = 50;
const GROWTH_KIB_MAX: u64 = 20 * 1000;

/// From the kernel's own account of the process, in KiB.
fn memory(server: &Program, key: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("the kernel tells");
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().expect("a number")
}

#[tokio::test]
async fn an_upload_of_500_mb_grows_the_server_by_less_than_20_mb() {
    let home = Home::sqlite();
    let (server, client) = home.serve_and_set_up(&["--no-workers"]).await;
    // The sample first: what the first upload of any size needs is not this one's.
    let project = mixing::sample(&client).await;
    let begun = client.request(Method::POST, "/uploads").header("tus-resumable", "1.0.0");
    let begun = begun.header("upload-length", PART_BYTES * PARTS);
    let metadata =
        format!("filename {},project_id {}", STANDARD.encode("besar.mp4"), STANDARD.encode(&project));
    let begun = Client::send(begun.header("upload-metadata", metadata)).await;
    assert_eq!(begun.status(), 201);
    let path = begun.header("location").trim_start_matches("/api/v1").to_owned();
    let part = vec![0x5a_u8; PART_BYTES];
    let before = memory(&server, "VmRSS");

    // All but the end: whether the file is a video is another test's question.
    for number in 0..PARTS {
        let length = if number + 1 == PARTS { PART_BYTES - 1 } else { PART_BYTES };
        let request = client.request(Method::PATCH, &path).header("tus-resumable", "1.0.0");
        let request = request.header("upload-offset", number * PART_BYTES);
        let request = request.header("content-type", "application/offset+octet-stream");
        let sent = Client::send(request.body(part[..length].to_vec())).await;
        assert_eq!(sent.status(), 204, "part {number}");
    }

    let growth = memory(&server, "VmHWM").saturating_sub(before);
    println!("an upload of 500 MB grew the server from {before} KiB by {growth} KiB at most");
    assert!(growth < GROWTH_KIB_MAX, "{growth} KiB");
    let gone = Client::send(client.request(Method::DELETE, &path).header("tus-resumable", "1.0.0")).await;
    assert_eq!(gone.status(), 204);
}
