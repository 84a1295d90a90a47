//! Files over HTTP: whole, in parts, again, and many as one ZIP.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use lumiku_testkit::{Actor, Answer, StubApp, TestStudio, clips, studio_tests, zip};
use serde_json::{Value, json};

use crate::stub;

studio_tests! { stub();
    assets_and_outputs_are_served_whole_and_in_parts,
    a_zip_is_exact_resumable_and_holds_every_output_once,
    a_zip_of_chosen_outputs_holds_only_those,
    a_download_is_offered_under_its_name_and_a_view_is_not,
}

async fn fetch(actor: &Actor, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    actor.call(method, path, headers, Body::empty()).await
}

async fn finished_run(studio: &TestStudio, actor: &Actor, count: u32) -> Value {
    let project = actor.project(StubApp::ID, "Kopi & Sore").await;
    let run = actor.generate(StubApp::ID, &project, json!({ "count": count })).await;
    studio.run_jobs().await;
    actor.generation(run["id"].as_str().expect("an id")).await
}

/// Every way to ask for a body of which the whole is known.
async fn assert_ranges(actor: &Actor, path: &str, kind: &str) -> Vec<u8> {
    let whole = fetch(actor, Method::GET, path, &[]).await.expect(200);
    let (len, etag) = (whole.body.len(), whole.header("etag").to_owned());
    assert_eq!(whole.header("content-length"), len.to_string());
    assert_eq!((whole.header("content-type"), whole.header("accept-ranges")), (kind, "bytes"));
    assert!(etag.starts_with('"') && etag.len() > 10, "a strong validator: {etag}");

    let head = fetch(actor, Method::HEAD, path, &[]).await.expect(200);
    assert_eq!(
        (head.header("content-length"), head.header("etag")),
        (len.to_string().as_str(), etag.as_str())
    );
    assert!(head.body.is_empty());
    for (range, from, to) in [("bytes=0-9", 0, 10), ("bytes=-7", len - 7, len), ("bytes=5-", 5, len)] {
        let part = fetch(actor, Method::GET, path, &[("range", range)]).await.expect(206);
        assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{len}", to - 1));
        assert_eq!(part.header("content-length"), (to - from).to_string());
        assert_eq!(part.body, whole.body[from..to]);
    }
    let beyond = format!("bytes={len}-");
    let beyond = fetch(actor, Method::GET, path, &[("range", &beyond)]).await;
    assert_eq!(beyond.header("content-range"), format!("bytes */{len}"));
    beyond.expect_problem(416, "request.range_not_satisfiable");

    let seen = fetch(actor, Method::GET, path, &[("if-none-match", &etag)]).await.expect(304);
    assert!(seen.body.is_empty() && seen.header("etag") == etag);
    let same = fetch(actor, Method::GET, path, &[("range", "bytes=0-9"), ("if-range", &etag)]).await;
    assert_eq!(same.expect(206).body.len(), 10);
    let other = fetch(actor, Method::GET, path, &[("range", "bytes=0-9"), ("if-range", "\"other\"")]).await;
    assert_eq!(other.expect(200).body, whole.body, "another version starts over");
    let squeezed = fetch(actor, Method::GET, path, &[("accept-encoding", "gzip, br")]).await.expect(200);
    assert_eq!(
        (squeezed.header("content-encoding"), &squeezed.body),
        ("", &whole.body),
        "media stays as it is"
    );
    whole.body
}

async fn assets_and_outputs_are_served_whole_and_in_parts(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let clip = clips::colored("red");
    let project = alice.project(StubApp::ID, "Clips").await;
    let asset = alice.upload(&project, "clip.mp4", &clip, &[]).await.expect(201).json();
    let run = finished_run(&studio, &alice, 1).await;

    let content = asset["url"].as_str().expect("a url");
    assert_eq!(assert_ranges(&alice, content, "video/mp4").await, clip.to_vec());
    assert_ranges(&alice, asset["thumbnail_url"].as_str().expect("a url"), "image/jpeg").await;
    let output = run["outputs"][0]["url"].as_str().expect("a url");
    let body = assert_ranges(&alice, output, "video/mp4").await;
    assert!(body.starts_with(b"output 1 of the stub") && body.len() == 1000);
    let served = fetch(&alice, Method::GET, content, &[]).await;
    assert!(served.header("content-security-policy").contains("sandbox"));
    assert!(served.header("cache-control").contains("private"));
}

async fn a_zip_is_exact_resumable_and_holds_every_output_once(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let run = finished_run(&studio, &alice, 5).await;
    let path = format!("/api/v1/generations/{}/zip", run["id"].as_str().expect("an id"));

    let whole = assert_ranges(&alice, &path, "application/zip").await;

    let entries = zip::read(&whole);
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let expected =
        ["001_stub.mp4", "002_stub.mp4", "003_stub.mp4", "004_stub.mp4", "005_stub.mp4", "manifest.csv"];
    assert_eq!(names, expected);
    for (entry, output) in entries.iter().zip(run["outputs"].as_array().expect("outputs")) {
        let content = alice.get(output["url"].as_str().expect("a url")).await.expect(200);
        assert_eq!(entry.content, content.body);
    }
    let mut resumed = Vec::new();
    while resumed.len() < whole.len() {
        let range = format!("bytes={}-{}", resumed.len(), resumed.len() + 698);
        resumed.extend(fetch(&alice, Method::GET, &path, &[("range", &range)]).await.expect(206).body);
    }
    assert_eq!(resumed, whole);
}

async fn a_zip_of_chosen_outputs_holds_only_those(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let run = finished_run(&studio, &alice, 3).await;
    let path = format!("/api/v1/generations/{}/zip", run["id"].as_str().expect("an id"));
    let ids: Vec<&str> = run["outputs"]
        .as_array()
        .expect("outputs")
        .iter()
        .map(|o| o["id"].as_str().expect("an id"))
        .collect();
    alice
        .get(&format!("{path}?outputs=approved"))
        .await
        .expect_problem(404, "generation.nothing_to_download");
    let liked = json!({ "review": "approved", "stars": 5 });
    alice.patch(&format!("/api/v1/outputs/{}", ids[1]), liked).await.expect(200);

    let count = async |which: &str| {
        zip::read(&alice.get(&format!("{path}?outputs={which}")).await.expect(200).body).len() - 1
    };

    assert_eq!(count("approved").await, 1);
    assert_eq!(count(&format!("{},{}", ids[0], ids[2])).await, 2);
    assert_eq!(count("all").await, 3);
    alice.get(&format!("{path}?outputs=some")).await.expect_problem(422, "request.invalid");
}

async fn a_download_is_offered_under_its_name_and_a_view_is_not(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let run = finished_run(&studio, &alice, 1).await;
    let url = run["outputs"][0]["url"].as_str().expect("a url");

    let view = alice.get(url).await.expect(200);
    let download = alice.get(&format!("{url}?download=1")).await.expect(200);
    let zip = alice.get(&format!("/api/v1/generations/{}/zip", run["id"].as_str().expect("an id"))).await;

    assert_eq!(view.header("content-disposition"), "");
    assert!(download.header("content-disposition").starts_with("attachment; filename=\"001_stub.mp4\""));
    let offered = zip.header("content-disposition");
    assert!(offered.contains("filename*=UTF-8''Kopi%20%26%20Sore%202026-01-05.zip"), "{offered}");
}
