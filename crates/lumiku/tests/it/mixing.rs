//! The main job as a client does it: material, a run, and the wait for its end.

use lumiku_media::testing::{ClipAudio, ClipSpec, Pattern, make_clip};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;
use crate::waiting::eventually;

const PROJECTS: &str = "/apps/video-mixer/projects";

/// The sample project.
pub async fn sample(client: &Client) -> String {
    let project = client.post("/apps/video-mixer/sample", json!({})).await.json(201).await;
    id_of(&project)
}

const COLORS: [&str; 8] = ["red", "green", "blue", "yellow", "white", "black", "cyan", "magenta"];

/// A project with this many one-second clips, each in a colour of its own.
pub async fn project_of_clips(home: &Home, client: &Client, count: u8) -> String {
    let project = id_of(&client.post(PROJECTS, json!({ "name": "Warna" })).await.json(201).await);
    for color in COLORS.into_iter().take(count.into()) {
        let path = home.path(&format!("{color}.mp4"));
        let audio = ClipAudio::Mono44;
        make_clip(
            &ClipSpec { pattern: Pattern::Color(color), size: (180, 320), audio, ..ClipSpec::default() },
            &path,
        );
        let file =
            Part::bytes(std::fs::read(&path).expect("the clip was made")).file_name(format!("{color}.mp4"));
        let form = Form::new().text("project_id", project.clone()).part("file", file);
        Client::send(client.request(reqwest::Method::POST, "/assets").multipart(form)).await.json(201).await;
    }
    project
}

/// Starts a run; the generation as answered.
pub async fn start(client: &Client, project: &str, settings: Value, count: u32) -> Value {
    let run = json!({ "settings": settings, "count": count, "seed": 7 });
    client.post(&format!("{PROJECTS}/{project}/generations"), run).await.json(202).await
}

pub fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// Waits until the run has ended, over any number of restarts of the server.
pub async fn finished(client: &Client, generation: &str) -> Value {
    let path = format!("/generations/{generation}");
    eventually("the end of the run", async || {
        let found = client.try_get(&path).await?;
        let live = ["queued", "running"].contains(&found["state"].as_str()?);
        (!live).then_some(found)
    })
    .await
}

/// Waits until at least one output is being made.
pub async fn is_rendering(client: &Client, generation: &str) {
    let path = format!("/generations/{generation}");
    eventually("an output under way", async || {
        let found = client.try_get(&path).await?;
        let running =
            outputs_in(&found, "running").iter().any(|output| output["progress"].as_f64() > Some(0.0));
        running.then_some(())
    })
    .await;
}

pub fn outputs(generation: &Value) -> &[Value] {
    generation["outputs"].as_array().expect("a run with its outputs")
}

pub fn outputs_in<'a>(generation: &'a Value, state: &str) -> Vec<&'a Value> {
    outputs(generation).iter().filter(|output| output["state"] == state).collect()
}

/// Every output is there, differs from every other in what it is made of, and was paid for once.
#[track_caller]
pub fn assert_complete(generation: &Value, count: usize, credits_each: i64) {
    assert_eq!(generation["state"], "completed", "{generation:#}");
    let total = credits_each * i64::try_from(count).expect("a small number");
    assert_eq!(generation["credits"], json!({ "held": 0, "captured": total, "released": 0 }));
    assert_eq!(outputs_in(generation, "completed").len(), count);
    let mut recipes: Vec<String> =
        outputs(generation).iter().map(|output| output["recipe"].to_string()).collect();
    recipes.sort_unstable();
    recipes.dedup();
    assert_eq!(recipes.len(), count, "two outputs are made of the same");
}

/// Downloads everything as one ZIP and lets `unzip` check each file's sum.
pub async fn assert_zip_is_whole(home: &Home, client: &Client, generation: &str, count: usize) {
    let zip = client.get(&format!("/generations/{generation}/zip?outputs=all")).await.bytes(200).await;
    let path = home.path("all.zip");
    std::fs::write(&path, zip).expect("the archive is written");
    #[expect(clippy::disallowed_methods, reason = "a stranger's program judges our archive")]
    let output =
        std::process::Command::new("unzip").arg("-t").arg(&path).output().expect("unzip is installed");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("No errors detected"), "{told}");
    assert_eq!(told.matches(".mp4").count(), count, "{told}");
}

/// Waits until a worker has an output in hand, or all of them are made.
pub async fn is_under_way(client: &Client, generation: &str) {
    let path = format!("/generations/{generation}");
    eventually("an output in hand", async || {
        let found = client.try_get(&path).await?;
        (!outputs_in(&found, "running").is_empty() || found["state"] == "completed").then_some(())
    })
    .await;
}
