//! The order for one segment and the name of its result. The key is a hash over everything that changes the
//! bytes; whoever adds a field to [`SegmentSpec`] adds it to the key, and a test counts the fields.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::MediaError;
use crate::facts::MediaFacts;
use crate::target::{Fps, Target};

/// Raised whenever the filter graph or the encoder settings change, so that old segments are not reused.
pub const PIPELINE_VERSION: u32 = 1;

/// Playback speed in hundredths, 50 to 200; pitch is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Speed(u16);

impl Speed {
    pub const NORMAL: Self = Self(100);

    pub fn new(hundredths: u16) -> Option<Self> {
        (50..=200).contains(&hundredths).then_some(Self(hundredths))
    }

    pub fn hundredths(self) -> u16 {
        self.0
    }
}

impl Default for Speed {
    fn default() -> Self {
        Self::NORMAL
    }
}

impl TryFrom<u16> for Speed {
    type Error = String;

    fn try_from(hundredths: u16) -> Result<Self, String> {
        Self::new(hundredths).ok_or_else(|| format!("speed {hundredths} % is outside 50 to 200"))
    }
}

impl From<Speed> for u16 {
    fn from(speed: Speed) -> u16 {
        speed.0
    }
}

/// How a clip of another shape fills the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Whole clip, black bars.
    Pad,
    /// Whole clip over a blurred copy of itself.
    Blur,
    /// Frame filled, edges cut.
    Crop,
}

/// One stretch of one clip, as it shall appear in outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentSpec {
    /// Hash of the source's bytes, lower-case hex: the identity of the source.
    pub source_sha256: String,
    /// Where the bytes are now. Not part of the key.
    pub source_path: PathBuf,
    /// What the owner calls the clip, for messages. Not part of the key.
    pub file_name: String,
    pub facts: MediaFacts,
    /// Where in the source the segment begins.
    pub trim_in_ms: u64,
    /// Exact length of the segment in output frames.
    pub frames: u64,
    pub speed: Speed,
    pub fit: Fit,
    pub target: Target,
    /// Silence instead of the clip's sound.
    pub mute: bool,
}

impl SegmentSpec {
    /// Output frames the source can fill from `trim_in_ms` to its end at this speed.
    pub fn frames_available(facts: &MediaFacts, trim_in_ms: u64, speed: Speed, fps: Fps) -> u64 {
        let left_ms = facts.duration_ms.unwrap_or(0).saturating_sub(trim_in_ms);
        // Rounded to the nearest frame: containers cut durations to whole milliseconds.
        let per_mille = left_ms * u64::from(fps.get()) * 100 / u64::from(speed.hundredths());
        (per_mille + 500) / 1000
    }

    /// The name of the result. Segments of another ffmpeg live apart, see [`crate::Media::engine`].
    pub fn key(&self) -> SegmentKey {
        let mut hash = Sha256::new();
        let mut field = |name: &str, value: &str| {
            // Lengths in front, so that no two different orders can spell the same text.
            hash.update(format!("{}:{name}={}:{value};", name.len(), value.len()));
        };
        field("pipeline", &PIPELINE_VERSION.to_string());
        field("source", &self.source_sha256);
        field("facts", &facts_text(&self.facts));
        field("trim_in_ms", &self.trim_in_ms.to_string());
        field("frames", &self.frames.to_string());
        field("speed", &self.speed.0.to_string());
        field("fit", &format!("{:?}", self.fit));
        field("target", &format!("{:?}", self.target));
        field("mute", &self.mute.to_string());
        SegmentKey(hex::encode(hash.finalize()))
    }
}

/// Facts steer the filter graph (rotation, colour, streams), so a better probe must make another segment.
fn facts_text(facts: &MediaFacts) -> String {
    format!("{:?}|{:?}|{:?}", facts.container, facts.video, facts.audio)
}

/// Lower-case hex SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SegmentKey(String);

impl SegmentKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SegmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A finished segment in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    pub key: SegmentKey,
    /// MP4 with one H.264 track of exactly `frames` frames.
    pub video: PathBuf,
    /// Raw s16le stereo at 48 kHz, exactly `frames * 48000 / fps` samples.
    pub audio: PathBuf,
    pub frames: u64,
    pub target: Target,
    /// What the owner calls the clip, for messages.
    pub file_name: String,
}

impl Segment {
    pub fn samples(&self) -> u64 {
        self.frames * self.target.fps.samples_per_frame()
    }
}

/// Bytes of one stereo 16-bit sample.
pub(crate) const SAMPLE_BYTES: u64 = 4;

pub(crate) fn invalid(detail: impl Into<String>) -> MediaError {
    MediaError::Invalid { detail: detail.into() }
}
