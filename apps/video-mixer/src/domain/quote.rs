//! What a run would be, said before it: how many videos, how long, how large, how much work, what it costs and
//! what to look out for. It changes nothing and is recomputed at every move of a control.

use std::collections::HashSet;

use num_bigint::BigUint;

use super::plan::{Draft, Mix};
use super::pricing::{PRICES, PriceLine, price_lines, total};
use super::settings::AudioMode;
use super::target::{AUDIO_BITRATE_BPS, Target};
use super::warning::Warning;
use crate::error::MixerError;

/// Joining one output and encoding its sound, measured at 720p and at 1080p.
const CPU_SECONDS_PER_JOIN: f64 = 0.6;

#[derive(Debug, Clone, PartialEq)]
pub struct QuoteFacts {
    /// What was asked for, or what is possible if that is less.
    pub count: u32,
    /// How many different videos exist, exactly; may have 158 digits.
    pub possible: BigUint,
    pub duration_ms_min: u64,
    pub duration_ms_mean: u64,
    pub duration_ms_max: u64,
    /// Of all videos together.
    pub size_bytes_estimated: u64,
    pub cpu_seconds_estimated: f64,
    pub lines: Vec<PriceLine>,
    pub credits: i64,
    pub warnings: Vec<Warning>,
}

/// Quotes `count` videos, capped at what is possible. With the seed of the run the figures are those of the run;
/// with another they differ only where clips differ in length.
pub fn quote(mix: Mix, count: u32, seed: u64) -> Result<QuoteFacts, MixerError> {
    let draft = Draft::new(mix, count, seed)?;
    let made = draft.combinations.len() as u32;
    let mut warnings = draft.warnings();
    if made < count {
        let text =
            format!("Only {made} different videos are possible with these clips and settings, not {count}.");
        warnings.insert(0, Warning::general("video-mixer.count_capped", text));
    }
    let lengths: Vec<u64> =
        draft.shares.iter().map(|shares| draft.target.ms_of_frames(shares.iter().sum())).collect();
    let duration_ms_total: u64 = lengths.iter().sum();
    let lines = price_lines(&PRICES, mix.settings, made);
    Ok(QuoteFacts {
        count: made,
        duration_ms_min: lengths.iter().copied().min().unwrap_or_default(),
        duration_ms_mean: duration_ms_total / lengths.len().max(1) as u64,
        duration_ms_max: lengths.iter().copied().max().unwrap_or_default(),
        size_bytes_estimated: size_bytes(&draft.target, mix.settings.audio, duration_ms_total),
        cpu_seconds_estimated: cpu_seconds(&draft),
        credits: total(&lines),
        lines,
        warnings,
        possible: draft.possible,
    })
}

fn size_bytes(target: &Target, audio: AudioMode, duration_ms: u64) -> u64 {
    let audio_bps = if audio == AudioMode::Keep { AUDIO_BITRATE_BPS } else { 0 };
    (target.video_bitrate_bps + audio_bps) * duration_ms / 8_000
}

/// Each distinct segment is encoded once, each output joined once.
fn cpu_seconds(draft: &Draft) -> f64 {
    let cuts = draft.combinations.iter().flatten().zip(draft.shares.iter().flatten());
    let segments: HashSet<(&str, u32)> = cuts
        .flat_map(|(&clip, &share)| {
            let sha256 = draft.selection.clips[clip].sha256.as_str();
            super::layout::pieces(draft.natural[clip], share)
                .into_iter()
                .map(move |piece| (sha256, piece.frames))
        })
        .collect();
    let frames: u64 = segments.iter().map(|(_, frames)| u64::from(*frames)).sum();
    let seconds = frames as f64 / f64::from(draft.target.fps);
    seconds * conform_cpu_per_second(&draft.target) + draft.combinations.len() as f64 * CPU_SECONDS_PER_JOIN
}

/// 0.85 CPU s per second at 720 x 1280 and 1.36 at 1080 x 1920, both measured at 30 fps, and the straight line
/// through them: reading the source costs 0.44 whatever the target, the encoder 0.44 per million pixels.
fn conform_cpu_per_second(target: &Target) -> f64 {
    let megapixels = f64::from(target.pixels()) / 1e6;
    0.442 + 0.4427 * megapixels * f64::from(target.fps) / 30.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::MixerSettings;
    use super::super::plan::plan;
    use super::super::settings::{Distribution, Duration, Resolution};
    use super::super::testing::{Project, clip, day, project};
    use super::*;

    #[test]
    fn the_sample_project_is_quoted_in_full() {
        let project = Project::sample();
        let facts = quote(project.mix(), 8, 1).unwrap();
        assert_eq!((facts.count, facts.possible, facts.credits), (8, BigUint::from(8u32), 40));
        assert_eq!(
            facts.lines.iter().map(|line| line.label).collect::<Vec<_>>(),
            ["base", "random_groups", "resolution_720p"]
        );
        assert_eq!((facts.duration_ms_min, facts.duration_ms_max), (6_000, 6_000));
        // 12 s of distinct segments at 0.85, eight joins; 48 s of video at 2.628 Mb/s.
        assert!((facts.cpu_seconds_estimated - 15.0).abs() < 0.1, "{}", facts.cpu_seconds_estimated);
        assert_eq!(facts.size_bytes_estimated, 15_768_000);
    }

    #[test]
    fn a_count_beyond_the_possible_is_capped_and_said_so() {
        let project = Project::sample();
        let facts = quote(project.mix(), 40, 1).unwrap();
        assert_eq!((facts.count, facts.credits), (8, 40));
        assert_eq!(facts.warnings[0].code, "video-mixer.count_capped");
    }

    #[test]
    fn the_conform_estimate_meets_what_was_measured() {
        let at = |resolution| {
            conform_cpu_per_second(&Target::of(&MixerSettings { resolution, ..Default::default() }))
        };
        assert!((at(Resolution::P720) - 0.85).abs() < 0.005);
        assert!((at(Resolution::P1080) - 1.36).abs() < 0.005);
    }

    #[test]
    fn a_hundred_clips_in_any_order_are_counted_to_the_last_digit() {
        let clips: Vec<_> = (0..100).map(|n| clip(n, 2_000)).collect();
        let settings = MixerSettings::default();
        let facts = quote(Mix { clips: &clips, groups: &[], settings: &settings }, 100, 1).unwrap();
        assert_eq!(facts.count, 100);
        assert_eq!(facts.possible.to_string().len(), 158);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_quote_tells_what_the_plan_then_does(project in project(), count in 1u32..=40, seed: u64) {
            let mix = project.mix();
            let Ok(facts) = quote(mix, count, seed) else { return Ok(()) };
            let planned = plan(mix, facts.count, seed, day()).unwrap();
            let lengths: Vec<_> = planned.videos.iter().map(|v| v.recipe.duration_ms()).collect();
            prop_assert_eq!(facts.duration_ms_min, *lengths.iter().min().unwrap());
            prop_assert_eq!(facts.duration_ms_max, *lengths.iter().max().unwrap());
            let seconds: f64 = planned.segments.iter().map(|s| f64::from(s.frames)).sum::<f64>() / f64::from(u32::from(mix.settings.fps));
            let expected = seconds * conform_cpu_per_second(&Target::of(mix.settings)) + f64::from(facts.count) * CPU_SECONDS_PER_JOIN;
            prop_assert!((facts.cpu_seconds_estimated - expected).abs() < 1e-6);
            if let Duration::Fixed { seconds, distribution: Distribution::Equal | Distribution::Proportional } = mix.settings.duration {
                prop_assert_eq!(facts.duration_ms_mean, u64::from(seconds) * 1_000);
            }
        }
    }
}
