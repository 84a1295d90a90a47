//! Clips that have nothing in common join as if they had: every frame, and the sound in step.

use std::sync::Arc;

use lumiku_testkit::clips::{ClipAudio, ClipSpec, Pattern, clip};
use lumiku_testkit::{TestStudio, studio_tests_on_sqlite, witness};
use serde_json::json;

use crate::material::{Project, outputs, quick};
use crate::mixer;

studio_tests_on_sqlite! { mixer();
    seven_clips_with_nothing_in_common_join_with_every_frame_and_the_sound_in_step,
}

/// A flash and a beep half a second into each, and all else different.
fn flash_clips() -> Vec<(ClipSpec, &'static str, &'static str)> {
    let base = ClipSpec { pattern: Pattern::FlashBeep { at_ms: 500 }, ..ClipSpec::default() };
    let vary = "setpts='PTS+if(mod(N,3),0.004/TB,0)'";
    vec![
        (base.clone(), "mp4", "plain"),
        (ClipSpec { size: (320, 180), rotation: 90, ..base.clone() }, "mov", "turned"),
        (ClipSpec { audio: ClipAudio::Mono44, ..base.clone() }, "mkv", "mono at 44.1 kHz"),
        (ClipSpec { frames: 60, fps: "60", ..base.clone() }, "mp4", "60 fps"),
        (ClipSpec { size: (251, 333), pixel_format: "yuv444p", ..base.clone() }, "mkv", "odd size"),
        (ClipSpec { codec: "libvpx-vp9", audio: ClipAudio::None, ..base.clone() }, "webm", "silent webm"),
        (ClipSpec { filter: vary, extra: &["-fps_mode", "passthrough"], ..base }, "mkv", "variable rate"),
    ]
}

async fn seven_clips_with_nothing_in_common_join_with_every_frame_and_the_sound_in_step(
    studio: Arc<TestStudio>,
) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    for (spec, extension, name) in flash_clips() {
        let bytes = clip(&spec, extension);
        project.upload(&format!("{name}.{extension}"), &bytes, None).await.expect(201);
    }
    let settings = quick(json!({ "order_mixing": false, "fps": 30 }));

    let id = project.run(&settings, 1).await;
    studio.run_jobs().await;

    let run = alice.generation(&id).await;
    assert_eq!(run["state"], "completed", "{run}");
    let output = &outputs(&run)[0];
    let video = project.content(output).await;
    let seen = witness::look_at(&video);
    assert_eq!((seen.size, seen.frame_rate.as_str()), ((480, 480), "30/1"));
    assert_eq!(Some(seen.frames), output["recipe"]["frames"].as_u64(), "as many frames as planned");
    assert!((209..=212).contains(&seen.frames), "seven seconds: {}", seen.frames);
    let sound = seen.audio_seconds.expect("a sound track");
    assert!((sound - seen.video_seconds).abs() <= 0.020, "sound {sound}, picture {}", seen.video_seconds);
    let (flashes, beeps) = (witness::flashes(&video, 30), witness::beeps(&video));
    assert_eq!((flashes.len(), beeps.len()), (7, 6), "{flashes:?} {beeps:?}");
    let heard = flashes.iter().enumerate().filter(|(index, _)| *index != 5).map(|(_, at)| at);
    for (flash, beep) in heard.zip(&beeps) {
        assert!((flash - beep).abs() <= 0.005, "seen at {flash}, heard at {beep}");
    }
}
