//! Files that are no clips: refused by name with the remedy, by form and by tus alike, and nothing
//! is stored, charged or disturbed.

use std::sync::Arc;

use lumiku_testkit::clips::{ClipSpec, clip, colored, png_bomb};
use lumiku_testkit::{TestStudio, studio_tests};
use serde_json::json;

use crate::material::{Project, quick};
use crate::mixer;

studio_tests! { mixer(); what_is_no_clip_is_refused_by_name_and_leaves_nothing_behind }

/// Name, content, code, and a word of the remedy.
fn no_clips() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let whole = colored("red");
    let three = clip(&ClipSpec { frames: 3, size: (64, 64), ..ClipSpec::default() }, "mp4");
    let playlist = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n".to_vec();
    vec![
        ("kosong.mp4", Vec::new(), "media.empty", "export it again"),
        ("catatan.mp4", b"Beli susu.\n".repeat(100), "media.not_media", "choose the real clip"),
        ("siaran.mp4", playlist, "media.not_media", "choose the real clip"),
        ("terpotong.mp4", whole[..whole.len() / 2].to_vec(), "media.truncated", "export and upload it again"),
        ("raksasa.png", png_bomb(), "media.too_many_pixels", "Scale it down"),
        ("sekejap.mp4", three.to_vec(), "media.too_short", "longer clip"),
    ]
}

async fn what_is_no_clip_is_refused_by_name_and_leaves_nothing_behind(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    project.short("red").await;
    project.short("blue").await;
    let used = async || alice.get("/api/v1/storage").await.expect(200).json();
    let assets =
        async || alice.get(&format!("/api/v1/assets?project_id={}", project.id)).await.expect(200).json();
    let before = (used().await, assets().await, alice.credits().await);
    let settings = quick(json!({ "audio": "mute" }));
    let id = project.run(&settings, 1).await;
    let held = alice.credits().await;

    for (name, bytes, code, remedy) in no_clips() {
        let by_form = alice.upload(&project.id, name, &bytes, &[]).await;
        let by_tus = alice.tus_upload(&project.id, name, &bytes, &[]).await;
        for answer in [by_form, by_tus] {
            let problem = answer.expect_problem(422, code);
            let detail = problem["detail"].as_str().expect("a sentence");
            assert!(detail.contains(name) && detail.contains(remedy), "{detail}");
        }
    }

    assert_eq!(alice.credits().await, held, "nothing is charged");
    assert_eq!(assets().await, before.1, "other clips are as they were");
    studio.run_jobs().await;
    assert_eq!(alice.generation(&id).await["state"], "completed", "a run under way goes on");
    alice.delete(&format!("/api/v1/generations/{id}")).await.expect(204);
    assert_eq!(before.0["quota_bytes"], used().await["quota_bytes"]);
}
