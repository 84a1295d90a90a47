//! tus 1.0 as its specification says, with problem details for what goes wrong.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lumiku_testkit::{Actor, Answer, Setup, StubApp, TestStudio, clips, studio_tests};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stub;

studio_tests! { stub();
    the_server_says_what_it_speaks,
    an_upload_in_parts_becomes_an_asset,
    a_part_at_the_wrong_place_changes_nothing,
    a_damaged_part_is_thrown_away,
    a_terminated_upload_is_gone,
    an_upload_is_its_owners_alone,
    what_tus_does_not_allow_is_refused,
}

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");

async fn begin(actor: &Actor, length: usize) -> String {
    let project = actor.project(StubApp::ID, "Clips").await;
    let created = actor.tus_create(&project, "clip.mp4", length, &[]).await.expect(201);
    created.header("location").to_owned()
}

async fn head(actor: &Actor, location: &str) -> Answer {
    actor.call(Method::HEAD, location, &[TUS], Body::empty()).await
}

async fn the_server_says_what_it_speaks(studio: Arc<TestStudio>) {
    let answer =
        studio.stranger().call(Method::OPTIONS, "/api/v1/uploads", &[], Body::empty()).await.expect(204);

    assert_eq!((answer.header("tus-resumable"), answer.header("tus-version")), ("1.0.0", "1.0.0"));
    assert_eq!(answer.header("tus-max-size"), "524288000");
    for extension in ["creation", "checksum", "termination", "expiration"] {
        assert!(answer.header("tus-extension").split(',').any(|known| known == extension), "{extension}");
    }
    assert!(answer.header("tus-checksum-algorithm").contains("sha256"));
}

async fn an_upload_in_parts_becomes_an_asset(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = alice.project(StubApp::ID, "Clips").await;
    let clip = clips::colored("red");
    let created = alice.tus_create(&project, "Jalan (pagi) ☕.mp4", clip.len(), &[]).await.expect(201);
    assert_eq!(created.header("tus-resumable"), "1.0.0");
    assert!(!created.header("upload-expires").is_empty());
    let location = created.header("location").to_owned();

    let first = alice.tus_append(&location, 0, &clip[..1000], &[]).await.expect(204);
    assert_eq!((first.header("upload-offset"), first.header("lumiku-asset-id")), ("1000", ""));
    let standing = head(&alice, &location).await.expect(200);
    assert_eq!(standing.header("upload-offset"), "1000");
    assert_eq!(standing.header("upload-length"), clip.len().to_string());
    assert_eq!(standing.header("cache-control"), "no-store");
    let last = alice.tus_append(&location, 1000, &clip[1000..], &[]).await.expect(204);

    let asset = last.header("lumiku-asset-id");
    let asset = alice.get(&format!("/api/v1/assets/{asset}")).await.expect(200).json();
    assert_eq!(asset["name"], "Jalan (pagi) ☕.mp4");
    assert_eq!(
        (&asset["width"], &asset["height"], &asset["has_audio"]),
        (&json!(180), &json!(320), &json!(true))
    );
    assert_eq!(asset["sha256"], sha256_hex(&clip));
    let again = alice.tus_append(&location, clip.len(), &[], &[]).await.expect(204);
    assert_eq!(
        again.header("lumiku-asset-id"),
        asset["id"].as_str().expect("an id"),
        "a lost answer can be had again"
    );
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

async fn a_part_at_the_wrong_place_changes_nothing(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let location = begin(&alice, 5000).await;
    alice.tus_append(&location, 0, &[7; 1000], &[]).await.expect(204);

    let refused = alice.tus_append(&location, 900, &[8; 1000], &[]).await;

    assert_eq!(refused.header("tus-resumable"), "1.0.0", "also a refusal says what is spoken");
    let problem = refused.expect_problem(409, "uploads.offset_mismatch");
    assert_eq!(problem["expected_offset"], 1000);
    assert_eq!(head(&alice, &location).await.header("upload-offset"), "1000");
    alice.delete(&location).await.expect(204);
}

async fn a_damaged_part_is_thrown_away(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let location = begin(&alice, 5000).await;
    let part = [7; 1000];
    let sum = format!("sha256 {}", STANDARD.encode(Sha256::digest(part)));
    let other = format!("sha256 {}", STANDARD.encode(Sha256::digest([8; 1000])));

    let damaged = alice.tus_append(&location, 0, &part, &[("upload-checksum", &other)]).await;
    damaged.expect_problem(460, "uploads.checksum_mismatch");
    assert_eq!(head(&alice, &location).await.header("upload-offset"), "0");
    let unknown = alice.tus_append(&location, 0, &part, &[("upload-checksum", "crc32 AAAA")]).await;
    unknown.expect_problem(400, "uploads.checksum_invalid");
    let whole = alice.tus_append(&location, 0, &part, &[("upload-checksum", &sum)]).await.expect(204);
    assert_eq!(whole.header("upload-offset"), "1000");
    alice.delete(&location).await.expect(204);
}

async fn a_terminated_upload_is_gone(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let location = begin(&alice, 5000).await;
    alice.tus_append(&location, 0, &[7; 1000], &[]).await.expect(204);

    alice.delete(&location).await.expect(204);

    head(&alice, &location).await.expect(404);
    alice.tus_append(&location, 1000, &[7; 10], &[]).await.expect_problem(404, "request.not_found");
    alice.delete(&location).await.expect_problem(404, "request.not_found");
}

async fn an_upload_is_its_owners_alone(studio: Arc<TestStudio>) {
    let (alice, bob) = (studio.user("alice").await, studio.user("bob").await);
    let location = begin(&bob, 5000).await;
    let his = bob.project(StubApp::ID, "His").await;

    head(&alice, &location).await.expect(404);
    alice.tus_append(&location, 0, &[7; 10], &[]).await.expect_problem(404, "request.not_found");
    alice.delete(&location).await.expect_problem(404, "request.not_found");
    alice.tus_create(&his, "clip.mp4", 10, &[]).await.expect_problem(404, "request.not_found");
    alice.upload(&his, "clip.mp4", b"x", &[]).await.expect_problem(404, "request.not_found");

    assert_eq!(head(&bob, &location).await.expect(200).header("upload-offset"), "0");
    bob.delete(&location).await.expect(204);
}

async fn what_tus_does_not_allow_is_refused(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let location = begin(&alice, 5000).await;
    let kind = ("content-type", "application/offset+octet-stream");
    let patch =
        async |headers: &[(&str, &str)]| alice.call(Method::PATCH, &location, headers, Body::from("x")).await;

    let version = patch(&[kind, ("upload-offset", "0"), ("tus-resumable", "0.2.2")]).await;
    assert_eq!(version.header("tus-version"), "1.0.0");
    version.expect_problem(412, "uploads.wrong_version");
    patch(&[TUS, kind]).await.expect_problem(400, "uploads.bad_header");
    patch(&[TUS, kind, ("upload-offset", "-1")]).await.expect_problem(400, "uploads.bad_header");
    patch(&[TUS, ("upload-offset", "0")]).await.expect_problem(415, "uploads.wrong_content_type");
    alice.tus_append(&location, 0, &[7; 5001], &[]).await.expect_problem(413, "uploads.beyond_length");
    let project = alice.project(StubApp::ID, "Clips").await;
    let huge = alice.tus_create(&project, "long.mp4", 600_000_000, &[]).await;
    let huge = huge.expect_problem(413, "uploads.too_large");
    assert!(huge["detail"].as_str().is_some_and(|detail| detail.contains("long.mp4")), "{huge}");
    let nowhere = [TUS, ("upload-length", "10"), ("upload-metadata", "filename eA==")];
    let nowhere = alice.call(Method::POST, "/api/v1/uploads", &nowhere, Body::empty()).await;
    assert_eq!(nowhere.expect_problem(422, "request.invalid")["errors"][0]["field"], "project_id");
    alice.delete(&location).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_and_files_beyond_their_limits_are_refused_and_nothing_is_kept() {
    let setup = Setup::new(stub(), |config| {
        config.storage.upload_part_bytes_max = 1000;
        config.storage.upload_bytes_max = 2000;
        config.storage.quota_bytes = 2500;
    });
    lumiku_testkit::on_sqlite(setup, |studio| async move {
        let alice = studio.user("alice").await;
        let used =
            async || -> Value { alice.get("/api/v1/storage").await.expect(200).json()["used_bytes"].clone() };
        let location = begin(&alice, 2000).await;
        let part = alice.tus_append(&location, 0, &[7; 1001], &[]).await;
        assert_eq!(part.expect_problem(413, "uploads.part_too_large")["part_bytes_max"], 1000);
        assert_eq!(head(&alice, &location).await.header("upload-offset"), "0");
        let project = alice.project(StubApp::ID, "Clips").await;
        let second = alice.tus_create(&project, "b.mp4", 2000, &[]).await;
        second.expect_problem(507, "storage.quota_exceeded");
        alice.delete(&location).await.expect(204);
        let form = alice.upload(&project, "c.mp4", &[7; 2001], &[]).await;
        form.expect_problem(413, "uploads.too_large");
        assert_eq!(used().await, 0);
    })
    .await;
}
