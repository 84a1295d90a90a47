//! The main job: clips in groups become different videos, exact to the frame and to the credit.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use lumiku_testkit::{Actor, Behaviour, Steered, TestStudio, studio_tests, studio_tests_on_sqlite, witness};
use serde_json::{Value, json};
use video_mixer::VideoMixer;

use crate::material::{Project, outputs, quick};
use crate::mixer;

studio_tests_on_sqlite! { mixer();
    eight_different_videos_come_out_as_quoted_and_ordered,
    a_clip_deleted_during_a_run_harms_nothing,
    the_sample_is_made_once_and_mixes_at_once,
}

async fn eight_different_videos_come_out_as_quoted_and_ordered(studio: Arc<TestStudio>) {
    let owner = studio.admin("owner").await;
    let project = Project::with_three_groups(&owner).await;
    let settings = json!({ "group_mixing": "sequential", "resolution": "480p" });
    let quote = project.quote(&settings, 8).await;
    assert_eq!((&quote["possible"], &quote["blockers"]), (&json!("8"), &json!([])));

    let id = project.run(&settings, 8).await;
    assert_eq!(owner.credits().await.1, quote["credits"].as_i64().expect("credits"));
    studio.run_jobs().await;

    let run = owner.generation(&id).await;
    assert_eq!(run["state"], "completed", "{run}");
    assert_eq!(run["credits"]["captured"], quote["credits"], "the charge is the quote");
    let mut recipes = HashSet::new();
    for output in outputs(&run) {
        let clips = output["recipe"]["segments"].as_array().expect("segments");
        let names: Vec<&str> = clips.iter().map(|clip| clip["clip_name"].as_str().expect("a name")).collect();
        assert!(recipes.insert(names.join(" ")), "{names:?} comes twice");
        assert_output(&project, output).await;
    }
    assert_eq!(recipes.len(), 8);
}

async fn assert_output(project: &Project<'_>, output: &Value) {
    let seen = witness::look_at(&project.content(output).await);
    assert_eq!((seen.size, seen.frames, seen.frame_rate.as_str()), ((480, 854), 90, "30/1"));
    let sound = seen.audio_seconds.expect("a sound track");
    assert!((sound - seen.video_seconds).abs() <= 0.020, "sound {sound}, picture {}", seen.video_seconds);
    assert_eq!((&output["width"], &output["height"]), (&json!(480), &json!(854)));
    assert_eq!((&output["frame_count"], &output["frame_rate"]), (&json!(90), &json!("30/1")));
    let poster = project.actor.get(output["thumbnail_url"].as_str().expect("a poster")).await.expect(200);
    assert!(poster.body.starts_with(b"\xff\xd8"), "the poster is a JPEG");
}

async fn a_clip_deleted_during_a_run_harms_nothing(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    let (red, _) = (project.short("red").await, project.short("blue").await);
    let id = project.run(&quick(json!({})), 2).await;

    alice.delete(&format!("/api/v1/assets/{}", red["id"].as_str().expect("an id"))).await.expect(204);
    studio.run_jobs().await;

    assert_eq!(alice.generation(&id).await["state"], "completed");
    let quote = project.quote(&quick(json!({})), 2).await;
    assert_eq!(quote["possible"], "1", "the next run does without it");
}

async fn the_sample_is_made_once_and_mixes_at_once(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let make = || alice.post("/api/v1/apps/video-mixer/sample", json!({}));

    let (one, two) = tokio::join!(make(), make());

    assert_eq!(one.json(), two.json());
    assert_eq!(make().await.expect(200).json()["id"], one.json()["id"]);
    let sample = one.json();
    assert_eq!((&sample["sample"], &sample["asset_count"]), (&json!(true), &json!(6)));
    let projects = alice.get("/api/v1/apps/video-mixer/projects").await.expect(200).json();
    assert_eq!(projects["items"].as_array().expect("items").len(), 1);
    let used = alice.get("/api/v1/storage").await.expect(200).json()["used_bytes"].as_i64().expect("bytes");
    let clips: usize = video_mixer::sample::CLIPS.iter().map(|clip| clip.bytes.len()).sum();
    assert_eq!(used, clips as i64, "the slower of two calls leaves nothing behind");
    let project = Project { actor: &alice, id: one.id() };
    let quote = project.quote(&sample["settings"], 8).await;
    assert_eq!((&quote["count"], &quote["blockers"]), (&json!(8), &json!([])));
}

mod cancelled_in_the_middle {
    use super::*;

    fn second_hangs() -> Vec<Arc<dyn lumiku_sdk::App>> {
        let steer = |call| if call == 0 { Behaviour::Work } else { Behaviour::Hang };
        vec![Steered::over(Arc::new(VideoMixer), steer)]
    }

    studio_tests! { second_hangs(); what_is_finished_is_kept_and_paid_and_the_rest_comes_back }

    async fn what_is_finished_is_kept_and_paid_and_the_rest_comes_back(studio: Arc<TestStudio>) {
        let alice = studio.user("alice").await;
        let project = Project::new(&alice).await;
        for color in ["red", "green", "blue"] {
            project.short(color).await;
        }
        let settings = quick(json!({}));
        let each = project.quote(&settings, 1).await["credits_each"].as_i64().expect("credits");
        let id = project.run(&settings, 4).await;
        let workers = studio.start_workers(1);
        studio.until("the first output", || one_done_one_running(&alice, &id)).await;

        let run = alice.post(&format!("/api/v1/generations/{id}/cancel"), json!({})).await.expect(200).json();

        assert_eq!(run["state"], "partially_completed");
        assert_eq!(run["credits"], json!({ "held": 0, "captured": each, "released": 3 * each }));
        assert_eq!(alice.credits().await, (100 - each, 0, 100 - each));
        workers.shutdown(Duration::from_secs(30)).await;
        let run = alice.generation(&id).await;
        let states: Vec<&str> = outputs(&run).iter().map(|o| o["state"].as_str().expect("a state")).collect();
        assert_eq!(states, ["completed", "cancelled", "cancelled", "cancelled"]);
        assert_eq!(witness::look_at(&project.content(&outputs(&run)[0]).await).frames, 24);
    }

    async fn one_done_one_running(alice: &Actor, id: &str) -> Option<()> {
        let run = alice.generation(id).await;
        let is = |index: usize, state: &str| outputs(&run)[index]["state"] == state;
        (is(0, "completed") && is(1, "running")).then_some(())
    }
}
