//! What every app passes.

use lumiku_testkit::app_conformance;
use lumiku_testkit::conformance::Material;
use serde_json::json;
use video_mixer::VideoMixer;

use crate::material::{Project, quick};

async fn material(actor: &lumiku_testkit::Actor) -> Material {
    let project = Project::new(actor).await;
    let group = project.group("Hook").await;
    project.clip("red", "red.mp4", Some(&group)).await;
    project.clip("blue", "blue.mp4", None).await;
    Material { project_id: project.id, settings: quick(json!({ "audio": "mute" })), count: 2 }
}

app_conformance!(Arc::new(VideoMixer), super::material);
