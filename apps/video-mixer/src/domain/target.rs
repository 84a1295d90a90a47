//! From what the user chose to what the media engine makes. The two vocabularies are apart on purpose: ours is the
//! public interface and documented for its readers, the engine's may grow without changing it.

use lumiku_media as media;

use super::settings::{AudioMode, Bitrate, Fit, FrameRate, MixerSettings, Ratio, Resolution};

/// Every segment of every video of a run is conformed to this, so that they join by stream copy.
pub fn target_of(settings: &MixerSettings) -> media::Target {
    let resolution = match settings.resolution {
        Resolution::P480 => media::Resolution::P480,
        Resolution::P720 => media::Resolution::P720,
        Resolution::P1080 => media::Resolution::P1080,
        Resolution::P2160 => media::Resolution::P2160,
    };
    let ratio = match settings.ratio {
        Ratio::Portrait9x16 => media::Ratio::Portrait9x16,
        Ratio::Landscape16x9 => media::Ratio::Landscape16x9,
        Ratio::Square => media::Ratio::Square,
        Ratio::Portrait4x5 => media::Ratio::Portrait4x5,
    };
    let fps = match settings.fps {
        FrameRate::F24 => media::Fps::F24,
        FrameRate::F30 => media::Fps::F30,
        FrameRate::F60 => media::Fps::F60,
    };
    let bitrate = match settings.bitrate {
        Bitrate::Low => media::Bitrate::Low,
        Bitrate::Medium => media::Bitrate::Medium,
        Bitrate::High => media::Bitrate::High,
    };
    media::Target::new(resolution, ratio, fps, bitrate)
}

pub fn fit_of(settings: &MixerSettings) -> media::Fit {
    match settings.fit {
        Fit::Pad => media::Fit::Pad,
        Fit::Blur => media::Fit::Blur,
        Fit::Crop => media::Fit::Crop,
    }
}

pub fn audio_of(settings: &MixerSettings) -> media::AudioMode {
    match settings.audio {
        AudioMode::Keep => media::AudioMode::Keep,
        AudioMode::Mute => media::AudioMode::Mute,
    }
}

/// Frames in so many milliseconds, to the nearest frame. Nearest and not down: durations are known to a
/// millisecond, and rounding 833 ms down at 30 fps would lose the 25th frame of an exact clip. The engine holds
/// the last picture for the half frame that may be missing.
pub fn frames_in_ms(fps: media::Fps, duration_ms: u64) -> u32 {
    ((duration_ms * u64::from(fps.get()) + 500) / 1_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_a_portrait_of_720p() {
        let target = target_of(&MixerSettings::default());
        assert_eq!((target.width, target.height, target.fps.get()), (720, 1280, 30));
        assert_eq!(fit_of(&MixerSettings::default()), media::Fit::Blur);
        assert_eq!(audio_of(&MixerSettings::default()), media::AudioMode::Keep);
    }

    #[test]
    fn every_format_has_its_size() {
        for (resolution, ratio, size) in [
            (Resolution::P480, Ratio::Portrait9x16, (480, 854)),
            (Resolution::P480, Ratio::Landscape16x9, (854, 480)),
            (Resolution::P720, Ratio::Portrait4x5, (720, 900)),
            (Resolution::P1080, Ratio::Square, (1080, 1080)),
            (Resolution::P2160, Ratio::Portrait9x16, (2160, 3840)),
        ] {
            let target = target_of(&MixerSettings { resolution, ratio, ..Default::default() });
            assert_eq!((target.width, target.height), size);
        }
    }

    #[test]
    fn a_clip_of_whole_frames_keeps_all_of_them() {
        for fps in [media::Fps::F24, media::Fps::F30, media::Fps::F60] {
            for frames in 1..2_000 {
                assert_eq!(frames_in_ms(fps, fps.ms_of_frames(frames)), frames as u32);
            }
        }
    }
}
