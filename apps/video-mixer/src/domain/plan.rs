//! A run, decided completely before anything is charged or encoded: which videos, of which segments, with how
//! many frames, under which names.

use std::collections::HashSet;

use chrono::NaiveDate;
use lumiku_media::{Target, estimate_size_bytes};
use num_bigint::BigUint;

use super::VIDEOS_MAX;
use super::clip::{Clip, Group};
use super::combinations::{Combination, Space};
use super::draw::{draw, walk};
use super::layout::{pieces, shares};
use super::naming::NameTemplate;
use super::recipe::{RECIPE_VERSION, Recipe, RecipeSegment, SPEED_PERCENT_ORIGINAL};
use super::selection::{Selection, select};
use super::settings::{AudioMode, GroupMixing, MixerSettings};
use super::target::{audio_of, fit_of, frames_in_ms, target_of};
use super::warning::Warning;
use crate::error::MixerError;

/// What a run is made from: clips and groups in the project's order, and validated settings.
#[derive(Debug, Clone, Copy)]
pub struct Mix<'a> {
    pub clips: &'a [Clip],
    pub groups: &'a [Group],
    pub settings: &'a MixerSettings,
}

#[derive(Debug)]
pub struct Plan {
    pub videos: Vec<PlannedVideo>,
    /// Every segment the videos need, once each: the encoding work of the run.
    pub segments: Vec<RecipeSegment>,
    /// An upper bound for all videos together.
    pub size_bytes_estimated: u64,
    pub warnings: Vec<Warning>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedVideo {
    /// Place in the run, from 1.
    pub index: u32,
    /// File name, unique in the run.
    pub name: String,
    pub recipe: Recipe,
}

/// Plans exactly `count` different videos or says why that is impossible. `date` is the day in the names.
pub fn plan(mix: Mix, count: u32, seed: u64, date: NaiveDate) -> Result<Plan, MixerError> {
    let draft = Draft::new(mix, count, seed)?;
    if draft.combinations.len() < count as usize {
        return Err(MixerError::TooManyVideos { asked: count, possible: draft.possible.to_string() });
    }
    let videos: Vec<PlannedVideo> = (1..)
        .zip(draft.combinations.iter().zip(&draft.shares))
        .map(|(index, (combination, shares))| PlannedVideo {
            index,
            name: draft.names.render(index, date, &draft.clips_of(combination)),
            recipe: draft.recipe(combination, shares),
        })
        .collect();
    Ok(Plan {
        segments: distinct_segments(&videos),
        size_bytes_estimated: draft.size_bytes_estimated(),
        warnings: draft.warnings(),
        videos,
    })
}

/// The decisions of a plan without its names and recipes. A quote needs no more and is asked for at every move
/// of a control.
pub(super) struct Draft<'a> {
    pub mix: Mix<'a>,
    pub target: Target,
    pub selection: Selection<'a>,
    pub possible: BigUint,
    pub names: NameTemplate<'a>,
    /// As many as were asked for, or all that exist.
    pub combinations: Vec<Combination>,
    /// Frames of each clip of each combination.
    pub shares: Vec<Vec<u32>>,
    /// Frames each selected clip has by itself.
    pub natural: Vec<u32>,
}

impl<'a> Draft<'a> {
    pub fn new(mix: Mix<'a>, count: u32, seed: u64) -> Result<Self, MixerError> {
        if !(1..=VIDEOS_MAX).contains(&count) {
            return Err(MixerError::CountOutOfRange { asked: count, limit: VIDEOS_MAX });
        }
        let selection = select(mix.clips, mix.groups, mix.settings)?;
        let combinations = match (&selection.space, mix.settings.group_mixing) {
            (Space::Product { sizes }, GroupMixing::Sequential) => walk(sizes, count as usize),
            (space, _) => draw(space, count as usize, seed),
        };
        let names = NameTemplate::parse(&mix.settings.name_template, mix.groups, combinations.len())?;
        let target = target_of(mix.settings);
        let natural: Vec<u32> =
            selection.clips.iter().map(|clip| frames_in_ms(target.fps, clip.facts.duration_ms)).collect();
        let shares = combinations
            .iter()
            .map(|combination| {
                let natural: Vec<u32> = combination.iter().map(|&clip| natural[clip]).collect();
                shares(&natural, mix.settings.duration, target.fps.get())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            mix,
            target,
            possible: selection.space.size(),
            selection,
            names,
            combinations,
            shares,
            natural,
        })
    }

    /// Length of each video in milliseconds.
    pub fn durations_ms(&self) -> impl Iterator<Item = u64> {
        let frames = self.shares.iter().map(|shares| shares.iter().copied().map(u64::from).sum());
        frames.map(|frames: u64| self.target.fps.ms_of_frames(frames))
    }

    pub fn size_bytes_estimated(&self) -> u64 {
        let has_audio = self.mix.settings.audio == AudioMode::Keep;
        self.durations_ms().map(|ms| estimate_size_bytes(self.target, ms, has_audio)).sum()
    }

    pub fn warnings(&self) -> Vec<Warning> {
        let chosen = self.combinations.iter().flatten().zip(self.shares.iter().flatten());
        let looped: HashSet<usize> =
            chosen.filter(|(clip, share)| **share > self.natural[**clip]).map(|(clip, _)| *clip).collect();
        let looped = (0..self.selection.clips.len()).filter(|clip| looped.contains(clip)).map(|clip| {
            let clip = self.selection.clips[clip];
            let text =
                format!("\"{}\" is shorter than its share of the fixed duration and is repeated.", clip.name);
            Warning::of_clip("video-mixer.clip_looped", clip.id, text)
        });
        self.selection.warnings.iter().cloned().chain(looped).collect()
    }

    fn clips_of(&self, combination: &[usize]) -> Vec<&'a Clip> {
        combination.iter().map(|&clip| self.selection.clips[clip]).collect()
    }

    fn recipe(&self, combination: &[usize], shares: &[u32]) -> Recipe {
        let segments = combination.iter().zip(shares).flat_map(|(&n, &share)| {
            let clip = self.selection.clips[n];
            pieces(self.natural[n], share).into_iter().map(move |piece| RecipeSegment {
                clip_id: clip.id,
                sha256: clip.sha256.clone(),
                clip_name: clip.name.clone(),
                has_audio: clip.facts.has_audio,
                trim_in_ms: 0,
                frames: piece.frames,
                repeat: piece.repeat,
                speed_percent: SPEED_PERCENT_ORIGINAL,
            })
        });
        Recipe {
            version: RECIPE_VERSION,
            target: self.target,
            fit: fit_of(self.mix.settings),
            audio: audio_of(self.mix.settings),
            frames: shares.iter().sum(),
            segments: segments.collect(),
        }
    }
}

fn distinct_segments(videos: &[PlannedVideo]) -> Vec<RecipeSegment> {
    let mut seen = HashSet::new();
    let all = videos.iter().flat_map(|video| &video.recipe.segments);
    all.filter(|segment| seen.insert(segment.key()))
        .map(|s| RecipeSegment { repeat: 1, ..s.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::settings::{Distribution, Duration};
    use super::super::testing::{Project, clip, day, project};
    use super::*;

    #[test]
    fn eight_videos_of_a_small_project_are_planned_whole() {
        let project = Project::sample();
        let plan = plan(project.mix(), 8, 1, day()).unwrap();
        assert_eq!(plan.videos.len(), 8);
        assert_eq!(plan.segments.len(), 6);
        assert_eq!(plan.warnings, []);
        let first = &plan.videos[0];
        assert_eq!(first.index, 1);
        assert!(first.name.starts_with("01_clip-"));
        assert_eq!(first.recipe.segments.len(), 3);
        assert_eq!(first.recipe.frames, first.recipe.segments.iter().map(|s| s.frames).sum::<u32>());
    }

    #[test]
    fn more_videos_than_possible_are_refused_with_the_number_possible() {
        let project = Project::sample();
        let refusal = plan(project.mix(), 9, 1, day()).unwrap_err();
        assert_eq!(refusal, MixerError::TooManyVideos { asked: 9, possible: "8".into() });
        assert!(refusal.to_string().contains("Ask for at most 8"));
    }

    #[test]
    fn a_run_makes_between_one_and_a_thousand_videos() {
        let project = Project::sample();
        for count in [0, 1_001] {
            let refusal = plan(project.mix(), count, 1, day()).unwrap_err();
            assert_eq!(refusal, MixerError::CountOutOfRange { asked: count, limit: 1_000 });
        }
    }

    #[test]
    fn without_order_mixing_clips_keep_the_projects_order() {
        let clips: Vec<_> = (0..6).map(|n| clip(n, 2_000)).collect();
        let settings = MixerSettings { order_mixing: false, clips_per_video: Some(3), ..Default::default() };
        let plan = plan(Mix { clips: &clips, groups: &[], settings: &settings }, 20, 3, day()).unwrap();
        for video in &plan.videos {
            let places: Vec<_> = video.recipe.segments.iter().map(|s| s.clip_id).collect();
            assert!(places.is_sorted(), "{places:?}");
        }
    }

    #[test]
    fn material_too_short_is_repeated_and_said_so() {
        let clips = [clip(1, 2_000)];
        let duration = Duration::Fixed { seconds: 5, distribution: Distribution::Equal };
        let settings = MixerSettings { duration, ..Default::default() };
        let plan = plan(Mix { clips: &clips, groups: &[], settings: &settings }, 1, 3, day()).unwrap();
        let recipe = &plan.videos[0].recipe;
        assert_eq!(recipe.timeline().map(|s| s.frames).collect::<Vec<_>>(), [60, 60, 30]);
        assert_eq!(recipe.duration_ms(), 5_000);
        assert_eq!(plan.segments.len(), 2);
        assert_eq!(plan.warnings[0].code, "video-mixer.clip_looped");
    }

    #[test]
    fn a_recipe_survives_storage() {
        let project = Project::sample();
        let recipe = plan(project.mix(), 1, 1, day()).unwrap().videos.remove(0).recipe;
        let stored = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&stored).unwrap(), recipe);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(160))]

        #[test]
        fn a_run_of_any_settings_is_distinct_exact_and_repeatable(
            project in project(), count in 1u32..=60, seed: u64,
        ) {
            let mix = project.mix();
            let Ok(draft) = Draft::new(mix, count, seed) else { return Ok(()) };
            let made = draft.combinations.len() as u32;
            prop_assert_eq!(BigUint::from(made), draft.possible.clone().min(BigUint::from(count)));

            let planned = plan(mix, made, seed, day()).unwrap();
            let prints: HashSet<_> = planned.videos.iter().map(|v| v.recipe.fingerprint()).collect();
            prop_assert_eq!(prints.len(), made as usize);
            let names: HashSet<_> = planned.videos.iter().map(|v| &v.name).collect();
            prop_assert_eq!(names.len(), made as usize);
            for PlannedVideo { recipe, .. } in &planned.videos {
                prop_assert_eq!(recipe.timeline().map(|s| s.frames).sum::<u32>(), recipe.frames);
                if let Duration::Fixed { seconds, .. } = mix.settings.duration {
                    prop_assert_eq!(recipe.frames, seconds * recipe.target.fps.get());
                }
            }
            prop_assert_eq!(plan(mix, made, seed, day()).unwrap().videos, planned.videos);
        }
    }
}
