//! A media engine in a temporary directory, and clips. Clips are kept between runs in cargo's own temporary
//! directory, named by a hash of what is in them, because making one costs more than most tests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::testing::{ClipSpec, make_clip};
use lumiku_media::{
    Bitrate, Control, Fit, Fps, Media, MediaConfig, Ratio, Resolution, Segment, SegmentSpec, Speed, Target,
    sniff,
};
use tempfile::TempDir;

pub struct Studio {
    pub media: Media,
    pub dir: TempDir,
}

impl Studio {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let media = Media::new(MediaConfig::below(dir.path())).unwrap();
        Self { media, dir }
    }

    pub fn with_config(change: impl FnOnce(&mut MediaConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = MediaConfig::below(dir.path());
        change(&mut config);
        Self { media: Media::new(config).unwrap(), dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A spec that takes the whole clip at normal speed.
    pub async fn spec(&self, path: &Path, target: Target) -> SegmentSpec {
        let facts = self.media.accept(path, "clip").await.unwrap();
        let frames = SegmentSpec::frames_available(&facts, 0, Speed::NORMAL, target.fps);
        SegmentSpec {
            source_sha256: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            source_path: path.to_owned(),
            file_name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            facts,
            trim_in_ms: 0,
            frames,
            speed: Speed::NORMAL,
            fit: Fit::Blur,
            target,
            mute: false,
        }
    }

    pub async fn conform(&self, spec: &SegmentSpec) -> Segment {
        self.media.conform(spec, &Control::default()).await.unwrap()
    }

    /// Files below the working directories, locks aside: must be none when nothing runs.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let mut found = files_below(&self.path("scratch"));
        found.extend(files_below(&self.path("cache/making")));
        found.retain(|path| path.extension().is_none_or(|extension| extension != "lock"));
        found
    }
}

pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

pub fn small_target() -> Target {
    Target { width: 180, height: 320, fps: Fps::F30, bitrate: Bitrate::Medium }
}

pub fn phone_target() -> Target {
    Target::new(Resolution::P720, Ratio::Portrait9x16, Fps::F30, Bitrate::Medium)
}

/// The clip of this spec, made once.
pub fn clip(spec: &ClipSpec, extension: &str) -> PathBuf {
    cached(&format!("{spec:?}"), extension, |path| make_clip(spec, path))
}

/// A file made once by `make`, named by what `identity` says is in it.
pub fn cached(identity: &str, extension: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clips");
    fs::create_dir_all(&dir).unwrap();
    // A changed clip builder makes other clips.
    let name = fnv(&format!("{identity}{}", include_str!("../../src/testing.rs")));
    let path = dir.join(format!("{name:016x}.{extension}"));
    if !path.exists() {
        let own = tempfile::tempdir_in(&dir).unwrap();
        let partial = own.path().join(format!("clip.{extension}"));
        make(&partial);
        fs::rename(partial, &path).unwrap();
    }
    path
}

fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Only for asserting on files of the test's own making.
pub fn container_of(path: &Path) -> lumiku_media::Container {
    sniff(&fs::read(path).unwrap()).unwrap()
}

/// ffprobe's answer to `args` about one file, as text.
pub fn ffprobe(args: &[&str], path: &Path) -> String {
    #[expect(clippy::disallowed_methods, reason = "an independent witness of what the engine wrote")]
    let mut command = std::process::Command::new("ffprobe");
    let output =
        command.args(["-v", "error"]).args(args).args(["-of", "csv=p=0"]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Decodes with ffmpeg to raw bytes on stdout.
pub fn decode(args: &[&str], path: &Path) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "an independent witness of what the engine wrote")]
    let mut command = std::process::Command::new("ffmpeg");
    let output =
        command.args(["-v", "error", "-nostdin", "-i"]).arg(path).args(args).arg("-").output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
