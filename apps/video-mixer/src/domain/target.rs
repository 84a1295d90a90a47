//! The picture a run makes: its exact size, its rate and how many bits it may use.

use serde::{Deserialize, Serialize};

use super::settings::{Bitrate, Fit, MixerSettings, Ratio, Resolution};

/// Every segment of every video of a run is conformed to this, so that they join by stream copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Both sides are even, as 4:2:0 needs them.
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    pub fit: Fit,
    pub video_bitrate_bps: u64,
}

pub const AUDIO_BITRATE_BPS: u64 = 128_000;
/// 720 x 1280, the picture the three bitrate classes are defined for.
const REFERENCE_PIXELS: f64 = 921_600.0;

impl Target {
    pub fn of(settings: &MixerSettings) -> Self {
        let (width, height) = size(settings.resolution, settings.ratio);
        let fps = settings.fps.into();
        let video_bitrate_bps = video_bitrate_bps(settings.bitrate, width * height, fps);
        Self { width, height, fps, fit: settings.fit, video_bitrate_bps }
    }

    pub fn pixels(&self) -> u32 {
        self.width * self.height
    }

    /// Frames in so many milliseconds, to the nearest frame. Nearest and not down: durations are known to a
    /// millisecond, and rounding 833 ms down at 30 fps would lose the 25th frame of an exact clip. The engine
    /// holds the last picture for the half frame that may be missing.
    pub fn frames_in_ms(&self, duration_ms: u64) -> u32 {
        ((duration_ms * u64::from(self.fps) + 500) / 1_000) as u32
    }

    /// The length of so many frames, to the nearest millisecond.
    pub fn ms_of_frames(&self, frames: u32) -> u64 {
        let fps = u64::from(self.fps);
        (u64::from(frames) * 1_000 + fps / 2) / fps
    }
}

fn size(resolution: Resolution, ratio: Ratio) -> (u32, u32) {
    let short = match resolution {
        Resolution::P480 => 480,
        Resolution::P720 => 720,
        Resolution::P1080 => 1080,
        Resolution::P2160 => 2160,
    };
    let long = |numerator: u32, denominator: u32| (short * numerator / denominator).next_multiple_of(2);
    match ratio {
        Ratio::Portrait9x16 => (short, long(16, 9)),
        Ratio::Landscape16x9 => (long(16, 9), short),
        Ratio::Square => (short, short),
        Ratio::Portrait4x5 => (short, long(5, 4)),
    }
}

/// 1, 2.5 and 5 Mb/s at 720p and 30 fps. More pixels and more frames need more bits, but less than in proportion,
/// because neighbouring pixels and frames resemble each other more.
fn video_bitrate_bps(bitrate: Bitrate, pixels: u32, fps: u32) -> u64 {
    let base = match bitrate {
        Bitrate::Low => 1_000_000.0,
        Bitrate::Medium => 2_500_000.0,
        Bitrate::High => 5_000_000.0,
    };
    let scaled = base * (f64::from(pixels) / REFERENCE_PIXELS).powf(0.8) * (f64::from(fps) / 30.0).sqrt();
    (scaled / 10_000.0).round() as u64 * 10_000
}

#[cfg(test)]
mod tests {
    use super::super::settings::FrameRate;
    use super::*;

    #[test]
    fn every_size_is_what_its_name_says() {
        for (resolution, ratio, expected) in [
            (Resolution::P480, Ratio::Portrait9x16, (480, 854)),
            (Resolution::P720, Ratio::Portrait9x16, (720, 1280)),
            (Resolution::P1080, Ratio::Portrait9x16, (1080, 1920)),
            (Resolution::P2160, Ratio::Portrait9x16, (2160, 3840)),
            (Resolution::P480, Ratio::Landscape16x9, (854, 480)),
            (Resolution::P1080, Ratio::Landscape16x9, (1920, 1080)),
            (Resolution::P720, Ratio::Square, (720, 720)),
            (Resolution::P720, Ratio::Portrait4x5, (720, 900)),
            (Resolution::P1080, Ratio::Portrait4x5, (1080, 1350)),
        ] {
            assert_eq!(size(resolution, ratio), expected);
        }
    }

    #[test]
    fn bitrates_are_as_promised_at_720p_and_grow_with_the_picture() {
        let of = |resolution, bitrate, fps| {
            Target::of(&MixerSettings { resolution, fps, bitrate, ..Default::default() }).video_bitrate_bps
        };
        assert_eq!(of(Resolution::P720, Bitrate::Low, FrameRate::F30), 1_000_000);
        assert_eq!(of(Resolution::P720, Bitrate::Medium, FrameRate::F30), 2_500_000);
        assert_eq!(of(Resolution::P720, Bitrate::High, FrameRate::F30), 5_000_000);
        assert_eq!(of(Resolution::P1080, Bitrate::Medium, FrameRate::F30), 4_780_000);
        assert!(of(Resolution::P480, Bitrate::Low, FrameRate::F24) > 400_000);
        assert!(of(Resolution::P720, Bitrate::Medium, FrameRate::F60) > 3_000_000);
    }

    #[test]
    fn a_clip_of_whole_frames_keeps_all_of_them() {
        let target = Target::of(&MixerSettings::default());
        for frames in 1..2_000 {
            assert_eq!(target.frames_in_ms(target.ms_of_frames(frames)), frames);
        }
        assert_eq!(target.frames_in_ms(833), 25);
    }
}
