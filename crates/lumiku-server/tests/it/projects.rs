//! Projects and files: lists in pages, the trash, copies, and the room they take.

use std::sync::Arc;

use lumiku_testkit::{StubApp, TestStudio, clips, studio_tests};
use serde_json::json;

use crate::stub;

studio_tests! { stub();
    lists_come_in_pages_without_gaps_or_repeats,
    a_deleted_project_comes_back_whole,
    a_deleted_file_comes_back_and_an_emptied_name_is_refused,
    a_copy_shares_the_material_and_not_the_runs,
}

fn projects() -> String {
    format!("/api/v1/apps/{}/projects", StubApp::ID)
}

async fn lists_come_in_pages_without_gaps_or_repeats(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    for n in 0..7 {
        alice.project(StubApp::ID, &format!("Project {n}")).await;
    }
    let mut names = Vec::new();
    let mut path = format!("{}?limit=3", projects());
    loop {
        let page = alice.get(&path).await.expect(200).json();
        let items = page["items"].as_array().expect("items");
        names.extend(items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{}?limit=3&cursor={cursor}", projects());
    }
    assert_eq!(names, (0..7).rev().map(|n| format!("Project {n}")).collect::<Vec<_>>());
}

async fn a_deleted_project_comes_back_whole(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let id = alice.project(StubApp::ID, "Mine").await;
    alice.upload(&id, "clip.mp4", &clips::colored("red"), &[]).await.expect(201);
    let path = format!("{}/{id}", projects());
    let before = alice.get(&path).await.expect(200).json();

    alice.delete(&path).await.expect(204);
    alice.get(&path).await.expect_problem(404, "request.not_found");
    alice
        .post(&format!("{path}/quote"), json!({ "count": 1 }))
        .await
        .expect_problem(404, "request.not_found");
    alice.upload(&id, "b.mp4", b"x", &[]).await.expect_problem(404, "request.not_found");
    assert_eq!(alice.get(&projects()).await.json()["items"], json!([]));
    let restored = alice.post(&format!("{path}/restore"), json!({})).await.expect(200).json();

    assert_eq!(restored, before);
    assert_eq!(restored["asset_count"], 1);
}

async fn a_deleted_file_comes_back_and_an_emptied_name_is_refused(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = alice.project(StubApp::ID, "Mine").await;
    let asset = alice.upload(&project, "clip.mp4", &clips::colored("red"), &[]).await.expect(201).json();
    let path = format!("/api/v1/assets/{}", asset["id"].as_str().expect("an id"));

    alice.delete(&path).await.expect(204);
    alice.get(&path).await.expect_problem(404, "request.not_found");
    alice.get(asset["url"].as_str().expect("a url")).await.expect_problem(404, "request.not_found");
    alice.post(&format!("{path}/restore"), json!({})).await.expect(200);

    assert_eq!(alice.get(&path).await.expect(200).json(), asset);
    let renamed = alice.patch(&path, json!({ "name": "Pembuka ☕.mp4" })).await.expect(200).json();
    assert_eq!(renamed["name"], "Pembuka ☕.mp4");
    assert_eq!(alice.patch(&projects_path(&project), json!({ "name": " \t " })).await.status, 422);
}

fn projects_path(id: &str) -> String {
    format!("{}/{id}", projects())
}

async fn a_copy_shares_the_material_and_not_the_runs(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let id = alice.project(StubApp::ID, "Mine").await;
    alice.upload(&id, "clip.mp4", &clips::colored("red"), &[]).await.expect(201);
    alice.patch(&projects_path(&id), json!({ "settings": { "size_bytes": 5 } })).await.expect(200);
    alice.generate(StubApp::ID, &id, json!({ "count": 1 })).await;
    studio.run_jobs().await;

    let copy = alice.post(&format!("{}/duplicate", projects_path(&id)), json!({})).await.expect(201).json();

    assert_eq!((&copy["name"], &copy["settings"]), (&json!("Mine (2)"), &json!({ "size_bytes": 5 })));
    assert_eq!((&copy["asset_count"], &copy["generation_count"]), (&json!(1), &json!(0)));
    let copied =
        alice.get(&format!("/api/v1/assets?project_id={}", copy["id"].as_str().expect("an id"))).await;
    let copied = copied.expect(200).json()["items"][0].clone();
    assert_eq!(
        alice.get(copied["url"].as_str().expect("a url")).await.expect(200).body,
        *clips::colored("red")
    );
    alice.delete(&projects_path(&id)).await.expect(204);
    alice.get(copied["url"].as_str().expect("a url")).await.expect(200);
}
