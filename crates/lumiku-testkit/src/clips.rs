//! Clips for tests, made once per test process.

use std::path::PathBuf;

pub use lumiku_media::testing::{ClipAudio, ClipSpec, Pattern, make_clip};

/// The bytes of a clip as described, in the container of this extension.
pub fn clip(spec: &ClipSpec, extension: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path: PathBuf = dir.path().join(format!("clip.{extension}"));
    make_clip(spec, &path);
    std::fs::read(path).expect("the clip was just made")
}

/// A one-second clip in one colour with a tone.
pub fn colored(color: &'static str) -> Vec<u8> {
    clip(&ClipSpec { pattern: Pattern::Color(color), size: (180, 320), ..ClipSpec::default() }, "mp4")
}
