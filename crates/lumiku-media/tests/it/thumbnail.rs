//! Thumbnails: upright, bounded, without metadata.

use crate::testing::{ClipSpec, Pattern, run_ffmpeg};

use crate::studio::{Studio, cached, clip, ffprobe};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thumbnail_of_a_rotated_clip_is_upright_and_bounded() {
    let studio = Studio::new();
    let spec = ClipSpec { size: (640, 360), rotation: 90, pattern: Pattern::Bars, ..ClipSpec::default() };
    let source = clip(&spec, "mov");
    let facts = studio.media.accept(&source, "rotated").await.unwrap();
    let out = studio.path("thumbnail.jpg");

    studio.media.thumbnail(&source, &facts, 160, &out).await.unwrap();

    assert_eq!(ffprobe(&["-show_entries", "stream=width,height,codec_name"], &out), "mjpeg,90,160");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_picture_is_not_enlarged() {
    let studio = Studio::new();
    let source = cached("small", "png", |path| {
        let path = path.to_str().unwrap();
        run_ffmpeg(&["-f", "lavfi", "-i", "testsrc=s=64x48:d=1", "-frames:v", "1", path]);
    });
    let facts = studio.media.accept(&source, "small.png").await.unwrap();
    let out = studio.path("thumbnail.jpg");
    studio.media.thumbnail(&source, &facts, 512, &out).await.unwrap();
    assert_eq!(ffprobe(&["-show_entries", "stream=width,height"], &out), "64,48");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_has_no_thumbnail() {
    let studio = Studio::new();
    let source = cached("small", "wav", |path| {
        run_ffmpeg(&["-f", "lavfi", "-i", "sine=d=1", path.to_str().unwrap()]);
    });
    let facts = studio.media.accept(&source, "tone.wav").await.unwrap();
    let error = studio.media.thumbnail(&source, &facts, 512, &studio.path("t.jpg")).await.unwrap_err();
    assert_eq!(error.code(), "media.invalid");
}
