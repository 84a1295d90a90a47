//! A recipe is one video, told completely: a job that has it and the assets it names needs nothing else, and the
//! same recipe gives the same video next year. It is stored with the output as JSON.

use lumiku_media::{AudioMode, Fit, Target};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Raised when an older reader would misread a newer recipe; fields added with a default do not raise it.
pub const RECIPE_VERSION: u32 = 1;
pub const SPEED_PERCENT_ORIGINAL: u16 = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    pub version: u32,
    pub target: Target,
    pub fit: Fit,
    pub audio: AudioMode,
    /// Of the whole video at the target's rate: the sum over all segments, repeats included.
    pub frames: u32,
    pub segments: Vec<RecipeSegment>,
}

/// A stretch of one clip. Segments follow one another without transition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeSegment {
    /// The clip's asset id.
    pub clip_id: Uuid,
    /// Content of that asset; segments are cached by it, and it still tells the clip when the asset is gone.
    pub sha256: String,
    /// The clip's name at the time, for people.
    pub clip_name: String,
    /// Without sound the segment is silent for its length.
    pub has_audio: bool,
    pub trim_in_ms: u64,
    /// Exact, at the target's rate.
    pub frames: u32,
    /// How often the same frames play in a row.
    pub repeat: u32,
    /// Playing speed with kept pitch, in steps of five so that videos share segments.
    pub speed_percent: u16,
}

/// What makes a conformed segment itself, given the target: equal keys are encoded once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SegmentKey {
    pub sha256: String,
    pub trim_in_ms: u64,
    pub frames: u32,
    pub speed_percent: u16,
}

impl RecipeSegment {
    pub fn key(&self) -> SegmentKey {
        SegmentKey {
            sha256: self.sha256.clone(),
            trim_in_ms: self.trim_in_ms,
            frames: self.frames,
            speed_percent: self.speed_percent,
        }
    }
}

impl Recipe {
    pub fn duration_ms(&self) -> u64 {
        self.target.fps.ms_of_frames(u64::from(self.frames))
    }

    /// The segments as they play, each as often as it repeats.
    pub fn timeline(&self) -> impl Iterator<Item = &RecipeSegment> {
        self.segments.iter().flat_map(|segment| std::iter::repeat_n(segment, segment.repeat as usize))
    }

    /// Equal fingerprints are equal videos: what is seen and heard, without names and ids.
    pub fn fingerprint(&self) -> Vec<SegmentKey> {
        self.timeline().map(RecipeSegment::key).collect()
    }
}
