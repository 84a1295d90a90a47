//! One clip goes bad on the disk: its videos fail and say so, the others come out and are paid.

use std::path::PathBuf;
use std::sync::Arc;

use lumiku_core::{AssetId, Query, params};
use lumiku_storage::ObjectKey;
use lumiku_testkit::{TestStudio, studio_tests_on_sqlite};
use serde_json::{Value, json};

use crate::material::{Project, outputs, quick};
use crate::mixer;

studio_tests_on_sqlite! { mixer(); a_broken_clip_fails_its_own_videos_only_and_they_can_be_made_again }

/// Where a clip lies on the disk.
async fn file_of(studio: &TestStudio, asset: &Value) -> PathBuf {
    let id: AssetId = asset["id"].as_str().expect("an id").parse().expect("an id");
    let sql = "SELECT object_key FROM assets WHERE id = $1";
    let key: Option<ObjectKey> = studio.db.scalar(sql, params![id]).await.expect("the asset");
    let file = studio.context().storage.objects().local_file(key.expect("a key")).await.expect("a file");
    file.as_ref().to_owned()
}

async fn a_broken_clip_fails_its_own_videos_only_and_they_can_be_made_again(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    for color in ["red", "green", "blue"] {
        project.short(color).await;
    }
    let bad = project.short("white").await;
    let settings = quick(json!({ "clips_per_video": 1 }));
    let quote = project.quote(&settings, 4).await;
    let each = quote["credits_each"].as_i64().expect("credits");
    let file = file_of(&studio, &bad).await;
    let good = std::fs::read(&file).expect("the clip");
    std::fs::write(&file, vec![0; good.len()]).expect("the clip can be broken");

    let id = project.run(&settings, 4).await;
    studio.run_jobs().await;

    let run = alice.generation(&id).await;
    assert_eq!(run["state"], "partially_completed");
    for output in outputs(&run) {
        let uses_it = output["recipe"]["segments"][0]["clip_name"] == "white.mp4";
        assert_eq!(output["state"], if uses_it { "failed" } else { "completed" }, "{output}");
        if uses_it {
            let message = output["error"]["message"].as_str().expect("a sentence");
            assert!(message.contains("white.mp4"), "the sentence names the clip: {message}");
            assert!(!message.contains(file.to_str().expect("text")), "and not our disk: {message}");
        }
    }
    assert_eq!(run["credits"], json!({ "held": 0, "captured": 3 * each, "released": each }));

    std::fs::write(&file, good).expect("the clip can be mended");
    let again =
        alice.post(&format!("/api/v1/generations/{id}/retry-failed"), json!({})).await.expect(200).json();
    assert_eq!(again["credits"]["held"], each);
    studio.run_jobs().await;

    let run = alice.generation(&id).await;
    assert_eq!((&run["state"], &run["credits"]["captured"]), (&json!("completed"), &json!(4 * each)));
    assert_eq!(alice.credits().await.0, 100 - 4 * each);
}
