//! What a run would be, said before it: how many videos, how long, how large, how much work, what it costs and
//! what to look out for. It changes nothing and is recomputed at every move of a control.

use std::collections::HashSet;

use lumiku_media::estimate_cpu_seconds;
use num_bigint::BigUint;

use super::layout::pieces;
use super::plan::{Draft, Mix};
use super::pricing::credits_each;
use super::warning::Warning;
use crate::error::MixerError;

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
    /// For each video; `pricing::prices_of` tells the lines.
    pub credits_each: i64,
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
    let lengths: Vec<u64> = draft.durations_ms().collect();
    let duration_ms_mean = lengths.iter().sum::<u64>() / lengths.len().max(1) as u64;
    let credits_each = credits_each(mix.settings);
    Ok(QuoteFacts {
        count: made,
        duration_ms_min: lengths.iter().copied().min().unwrap_or_default(),
        duration_ms_mean,
        duration_ms_max: lengths.iter().copied().max().unwrap_or_default(),
        size_bytes_estimated: draft.size_bytes_estimated(),
        cpu_seconds_estimated: estimate_cpu_seconds(
            draft.target,
            conform_ms(&draft),
            u64::from(made),
            duration_ms_mean,
        ),
        credits_each,
        credits: credits_each * i64::from(made),
        warnings,
        possible: draft.possible,
    })
}

/// Length of all distinct segments together: each is encoded once.
fn conform_ms(draft: &Draft) -> u64 {
    let cuts = draft.combinations.iter().flatten().zip(draft.shares.iter().flatten());
    let segments: HashSet<(&str, u32)> = cuts
        .flat_map(|(&clip, &share)| {
            let sha256 = draft.selection.clips[clip].sha256.as_str();
            pieces(draft.natural[clip], share).into_iter().map(move |piece| (sha256, piece.frames))
        })
        .collect();
    draft.target.fps.ms_of_frames(segments.iter().map(|(_, frames)| u64::from(*frames)).sum())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plan::plan;
    use super::super::settings::MixerSettings;
    use super::super::settings::{Distribution, Duration};
    use super::super::testing::{Project, clip, day, project};
    use super::*;

    #[test]
    fn the_sample_project_is_quoted_in_full() {
        let project = Project::sample();
        let facts = quote(project.mix(), 8, 1).unwrap();
        assert_eq!((facts.count, facts.possible, facts.credits), (8, BigUint::from(8u32), 40));
        assert_eq!(facts.credits_each, 5);
        assert_eq!((facts.duration_ms_min, facts.duration_ms_max), (6_000, 6_000));
        // 12 s of distinct segments at about 0.85, eight joins at about 0.3; 48 s of video at 2.66 Mb/s at most.
        assert!((11.5..13.5).contains(&facts.cpu_seconds_estimated), "{}", facts.cpu_seconds_estimated);
        assert!(
            (16_000_000..16_600_000).contains(&facts.size_bytes_estimated),
            "{}",
            facts.size_bytes_estimated
        );
    }

    #[test]
    fn a_count_beyond_the_possible_is_capped_and_said_so() {
        let project = Project::sample();
        let facts = quote(project.mix(), 40, 1).unwrap();
        assert_eq!((facts.count, facts.credits), (8, 40));
        assert_eq!(facts.warnings[0].code, "video-mixer.count_capped");
    }

    #[test]
    fn what_a_plan_would_refuse_is_refused_by_the_quote() {
        let mut project = Project::sample();
        project.settings.name_template = "{hok}".into();
        let refusal = quote(project.mix(), 8, 1).unwrap_err();
        assert_eq!(refusal, plan(project.mix(), 8, 1, day()).unwrap_err());
        assert_eq!(refusal.code(), "video-mixer.unknown_name_token");
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
            let draft = Draft::new(mix, facts.count, seed).unwrap();
            let frames = planned.segments.iter().map(|s| u64::from(s.frames)).sum();
            prop_assert_eq!(conform_ms(&draft), draft.target.fps.ms_of_frames(frames));
            if let Duration::Fixed { seconds, distribution: Distribution::Equal | Distribution::Proportional } = mix.settings.duration {
                prop_assert_eq!(facts.duration_ms_mean, u64::from(seconds) * 1_000);
            }
        }
    }
}
