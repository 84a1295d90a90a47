//! Clips for tests, each made once per test process, because making one costs more than most tests.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

pub use lumiku_media::testing::{ClipAudio, ClipSpec, Pattern, make_clip};

type Made = Arc<OnceLock<Arc<[u8]>>>;

static CLIPS: LazyLock<Mutex<HashMap<String, Made>>> = LazyLock::new(Mutex::default);

/// The bytes of a clip as described, in the container of this extension.
pub fn clip(spec: &ClipSpec, extension: &str) -> Arc<[u8]> {
    let slot = {
        let mut clips = CLIPS.lock().unwrap_or_else(PoisonError::into_inner);
        clips.entry(format!("{spec:?}.{extension}")).or_default().clone()
    };
    slot.get_or_init(|| make(spec, extension)).clone()
}

fn make(spec: &ClipSpec, extension: &str) -> Arc<[u8]> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join(format!("clip.{extension}"));
    make_clip(spec, &path);
    std::fs::read(path).expect("the clip was just made").into()
}

/// A one-second portrait clip in one colour with a tone.
pub fn colored(color: &'static str) -> Arc<[u8]> {
    let spec = ClipSpec { pattern: Pattern::Color(color), size: (180, 320), ..ClipSpec::default() };
    clip(&spec, "mp4")
}

/// A PNG of a few bytes that claims 50,000 by 50,000 pixels.
pub fn png_bomb() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(50_000_u32.to_be_bytes());
    png.extend(50_000_u32.to_be_bytes());
    png.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
    png
}
