//! What is known of a media file after probing it. Stored as JSON beside the asset, so fields are only ever
//! added, with `#[serde(default)]`.

use serde::{Deserialize, Serialize};

use crate::sniff::Container;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Video,
    Image,
    Audio,
}

/// A rational frame rate, as the container says it (30000/1001 stays exact).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FrameRate {
    pub num: u32,
    pub den: u32,
}

impl FrameRate {
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den.max(1))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaFacts {
    pub kind: MediaKind,
    pub container: Container,
    pub size_bytes: u64,
    /// Streams of every kind, cover pictures and data tracks included.
    #[serde(default)]
    pub stream_count: usize,
    /// Of the picture track when there is one, else of the sound. None for pictures.
    pub duration_ms: Option<u64>,
    pub video: Option<VideoFacts>,
    pub audio: Option<AudioFacts>,
    pub image: Option<ImageFacts>,
}

impl MediaFacts {
    /// Width and height as displayed, of a video or a picture.
    pub fn dimensions(&self) -> Option<(u32, u32)> {
        let of_video = self.video.as_ref().map(|video| (video.width, video.height));
        of_video.or_else(|| self.image.as_ref().map(|image| (image.width, image.height)))
    }

    pub fn has_audio(&self) -> bool {
        self.audio.is_some()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoFacts {
    pub stream_index: u32,
    pub codec: String,
    /// As displayed: after rotation and after the sample aspect ratio.
    pub width: u32,
    pub height: u32,
    pub coded_width: u32,
    pub coded_height: u32,
    /// Clockwise degrees the player turns the picture by: 0, 90, 180 or 270.
    pub rotation: u16,
    pub sample_aspect_ratio: (u32, u32),
    pub frame_rate: FrameRate,
    /// How long after the earliest stream the picture begins. Matroska shifts it by the sound's start-up.
    #[serde(default)]
    pub start_us: u64,
    /// As the container says; None when it does not say.
    pub frame_count: Option<u64>,
    pub pixel_format: String,
    pub hdr: bool,
    /// Colour description, ffmpeg's names; None when the file does not say.
    pub color_matrix: Option<String>,
    pub color_transfer: Option<String>,
    pub color_primaries: Option<String>,
    pub bitrate_bps: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioFacts {
    pub stream_index: u32,
    pub codec: String,
    pub sample_rate: u32,
    pub channels: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    pub codec: String,
    /// As displayed, after the orientation of the EXIF data.
    pub width: u32,
    pub height: u32,
    pub rotation: u16,
    pub pixel_format: String,
}
