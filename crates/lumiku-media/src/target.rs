//! What an output looks like: size, frame rate and bitrate class, and the encoder settings that follow.
//! Two targets that compare equal give segments that join; see `encoder.rs` for what is pinned.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Named by the short side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Resolution {
    #[serde(rename = "480p")]
    P480,
    #[serde(rename = "720p")]
    P720,
    #[serde(rename = "1080p")]
    P1080,
    #[serde(rename = "2160p", alias = "4k")]
    P2160,
}

impl Resolution {
    pub fn short_side(self) -> u32 {
        match self {
            Self::P480 => 480,
            Self::P720 => 720,
            Self::P1080 => 1080,
            Self::P2160 => 2160,
        }
    }
}

/// Width to height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ratio {
    #[serde(rename = "9:16")]
    Portrait9x16,
    #[serde(rename = "16:9")]
    Landscape16x9,
    #[serde(rename = "1:1")]
    Square,
    #[serde(rename = "4:5")]
    Portrait4x5,
}

impl Ratio {
    pub fn parts(self) -> (u32, u32) {
        match self {
            Self::Portrait9x16 => (9, 16),
            Self::Landscape16x9 => (16, 9),
            Self::Square => (1, 1),
            Self::Portrait4x5 => (4, 5),
        }
    }
}

/// Frames per second. All of them divide 48,000, so a frame is a whole number of sound samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum Fps {
    F24,
    F30,
    F60,
}

impl Fps {
    pub fn get(self) -> u32 {
        match self {
            Self::F24 => 24,
            Self::F30 => 30,
            Self::F60 => 60,
        }
    }

    pub fn samples_per_frame(self) -> u64 {
        u64::from(AUDIO_RATE / self.get())
    }

    pub fn frames_in_ms(self, duration_ms: u64) -> u64 {
        duration_ms * u64::from(self.get()) / 1000
    }

    pub fn ms_of_frames(self, frames: u64) -> u64 {
        frames * 1000 / u64::from(self.get())
    }
}

impl TryFrom<u32> for Fps {
    type Error = String;

    fn try_from(fps: u32) -> Result<Self, String> {
        match fps {
            24 => Ok(Self::F24),
            30 => Ok(Self::F30),
            60 => Ok(Self::F60),
            other => Err(format!("{other} frames per second is not offered; choose 24, 30 or 60")),
        }
    }
}

impl From<Fps> for u32 {
    fn from(fps: Fps) -> u32 {
        fps.get()
    }
}

/// About 1, 2.5 and 5 Mb/s at 720p30.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bitrate {
    Low,
    Medium,
    High,
}

/// Sample rate of every output.
pub const AUDIO_RATE: u32 = 48_000;
/// Bitrate of the stereo AAC track of every output.
pub const AUDIO_BITRATE_BPS: u64 = 160_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    pub width: u32,
    pub height: u32,
    pub fps: Fps,
    pub bitrate: Bitrate,
}

impl Target {
    pub fn new(resolution: Resolution, ratio: Ratio, fps: Fps, bitrate: Bitrate) -> Self {
        let (across, down) = ratio.parts();
        let short = resolution.short_side();
        // Rounded to even, because 4:2:0 has one colour sample for two pixels each way: 480p 9:16 is 480 x 854.
        let long = |more: u32, less: u32| (short * more).div_ceil(less).next_multiple_of(2);
        let (width, height) =
            if across >= down { (long(across, down), short) } else { (short, long(down, across)) };
        Self { width, height, fps, bitrate }
    }

    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Ceiling of the video bitrate (`maxrate`). Linear in pixels, which fits H.264 well from 480p to 4K;
    /// less than linear in frames, because twice the frames differ half as much.
    pub fn bitrate_bps_max(self) -> u64 {
        const PIXELS_720P: u64 = 1280 * 720;
        let base = match self.bitrate {
            Bitrate::Low => 1_000_000,
            Bitrate::Medium => 2_500_000,
            Bitrate::High => 5_000_000,
        };
        let percent = match self.fps {
            Fps::F24 => 88,
            Fps::F30 => 100,
            Fps::F60 => 150,
        };
        base * self.pixels() / PIXELS_720P * percent / 100
    }

    /// Quality the encoder aims at below the ceiling, so that calm clips do not waste bytes.
    pub fn crf(self) -> u8 {
        match self.bitrate {
            Bitrate::Low => 26,
            Bitrate::Medium => 23,
            Bitrate::High => 20,
        }
    }

    /// The lowest H.264 level whose frame size and macroblock rate fit (table A-1 of the standard). Pinned,
    /// because a level chosen by the encoder per clip would make segments that do not join.
    pub fn level(self) -> &'static str {
        const LEVELS: [(&str, u64, u64); 8] = [
            ("3.0", 40_500, 1_620),
            ("3.1", 108_000, 3_600),
            ("3.2", 216_000, 5_120),
            ("4.0", 245_760, 8_192),
            ("4.2", 522_240, 8_704),
            ("5.0", 589_824, 22_080),
            ("5.1", 983_040, 36_864),
            ("5.2", 2_073_600, 36_864),
        ];
        let blocks = u64::from(self.width.div_ceil(16)) * u64::from(self.height.div_ceil(16));
        let rate = blocks * u64::from(self.fps.get());
        let fits = LEVELS.iter().find(|(_, rate_max, blocks_max)| rate <= *rate_max && blocks <= *blocks_max);
        fits.map_or("6.0", |(level, ..)| level)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{} at {} fps", self.width, self.height, self.fps.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(resolution: Resolution, ratio: Ratio, fps: Fps) -> Target {
        Target::new(resolution, ratio, fps, Bitrate::Medium)
    }

    #[test]
    fn every_preset_is_even_and_has_the_named_short_side() {
        let sizes = [
            (Resolution::P480, Ratio::Portrait9x16, (480, 854)),
            (Resolution::P720, Ratio::Portrait9x16, (720, 1280)),
            (Resolution::P720, Ratio::Landscape16x9, (1280, 720)),
            (Resolution::P1080, Ratio::Square, (1080, 1080)),
            (Resolution::P1080, Ratio::Portrait4x5, (1080, 1350)),
            (Resolution::P2160, Ratio::Portrait9x16, (2160, 3840)),
        ];
        for (resolution, ratio, size) in sizes {
            let target = target(resolution, ratio, Fps::F30);
            assert_eq!((target.width, target.height), size);
        }
    }

    #[test]
    fn the_level_follows_size_and_rate() {
        assert_eq!(target(Resolution::P720, Ratio::Portrait9x16, Fps::F30).level(), "3.1");
        assert_eq!(target(Resolution::P1080, Ratio::Portrait9x16, Fps::F30).level(), "4.0");
        assert_eq!(target(Resolution::P1080, Ratio::Portrait9x16, Fps::F60).level(), "4.2");
        assert_eq!(target(Resolution::P2160, Ratio::Landscape16x9, Fps::F60).level(), "5.2");
    }

    #[test]
    fn the_ceiling_scales_with_pixels() {
        assert_eq!(target(Resolution::P720, Ratio::Landscape16x9, Fps::F30).bitrate_bps_max(), 2_500_000);
        assert_eq!(target(Resolution::P1080, Ratio::Landscape16x9, Fps::F30).bitrate_bps_max(), 5_625_000);
    }
}
