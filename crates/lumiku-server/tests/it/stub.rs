//! The conformance suite over the smallest app there can be: when it fails here, the platform is at
//! fault and not an app.

use lumiku_testkit::{StubApp, app_conformance};
use serde_json::json;

async fn material(actor: &lumiku_testkit::Actor) -> lumiku_testkit::conformance::Material {
    let project_id = actor.project(StubApp::ID, "Files").await;
    let clip = lumiku_testkit::clips::colored("red");
    actor.upload(&project_id, "clip.mp4", &clip, &[]).await.expect(201);
    lumiku_testkit::conformance::Material { project_id, settings: json!({ "size_bytes": 100 }), count: 3 }
}

app_conformance!(Arc::new(StubApp), super::material);
