//! Builders and generators the tests of the domain share.

use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::clip::{Clip, ClipFacts, Group};
use super::plan::Mix;
use super::settings::{
    AudioMode, Bitrate, Distribution, Duration, Fit, FrameRate, GroupMixing, MixerSettings, Ratio, Resolution,
};

pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 8, 17).unwrap()
}

/// Clip `n` with its own content; ids rise with `n`.
pub fn clip(n: u32, duration_ms: u64) -> Clip {
    Clip {
        id: Uuid::from_u128(u128::from(n)),
        sha256: format!("{n:064x}"),
        name: format!("clip-{n}.mp4"),
        group: None,
        facts: ClipFacts { width: 720, height: 1280, duration_ms, has_audio: true },
    }
}

pub fn grouped(n: u32, duration_ms: u64, group: &Group) -> Clip {
    Clip { group: Some(group.id), ..clip(n, duration_ms) }
}

pub fn groups(count: u32) -> Vec<Group> {
    let id = |n: u32| Uuid::from_u128(1_000 + u128::from(n));
    (1..=count).map(|n| Group { id: id(n), name: format!("Group {n}") }).collect()
}

#[derive(Debug)]
pub struct Project {
    pub clips: Vec<Clip>,
    pub groups: Vec<Group>,
    pub settings: MixerSettings,
}

impl Project {
    /// Two hooks, two bodies, two calls to action, two seconds each: eight videos are possible.
    pub fn sample() -> Self {
        let groups = groups(3);
        let clips = (0..6).map(|n| grouped(n, 2_000, &groups[n as usize / 2])).collect();
        let settings = MixerSettings { group_mixing: GroupMixing::Random, ..Default::default() };
        Self { clips, groups, settings }
    }

    pub fn mix(&self) -> Mix<'_> {
        Mix { clips: &self.clips, groups: &self.groups, settings: &self.settings }
    }
}

pub fn settings() -> impl Strategy<Value = MixerSettings> {
    let distribution = prop_oneof![Just(Distribution::Equal), Just(Distribution::Proportional)];
    let fixed = (5u32..=40, distribution)
        .prop_map(|(seconds, distribution)| Duration::Fixed { seconds, distribution });
    let mixing = (
        any::<bool>(),
        prop_oneof![Just(GroupMixing::Off), Just(GroupMixing::Sequential), Just(GroupMixing::Random)],
        proptest::option::of(1u32..=4),
        prop_oneof![Just(Duration::Original), fixed],
    );
    let format = (
        prop_oneof![
            Just(Resolution::P480),
            Just(Resolution::P720),
            Just(Resolution::P1080),
            Just(Resolution::P2160)
        ],
        prop_oneof![
            Just(Ratio::Portrait9x16),
            Just(Ratio::Landscape16x9),
            Just(Ratio::Square),
            Just(Ratio::Portrait4x5)
        ],
        prop_oneof![Just(Fit::Pad), Just(Fit::Blur), Just(Fit::Crop)],
        prop_oneof![Just(FrameRate::F24), Just(FrameRate::F30), Just(FrameRate::F60)],
        prop_oneof![Just(Bitrate::Low), Just(Bitrate::Medium), Just(Bitrate::High)],
        prop_oneof![Just(AudioMode::Keep), Just(AudioMode::Mute)],
    );
    (mixing, format).prop_map(|(mixing, format)| {
        let (order_mixing, group_mixing, clips_per_video, duration) = mixing;
        let (resolution, ratio, fit, fps, bitrate, audio) = format;
        let name_template = MixerSettings::default().name_template;
        MixerSettings {
            order_mixing,
            group_mixing,
            clips_per_video,
            resolution,
            ratio,
            fit,
            fps,
            bitrate,
            audio,
            duration,
            name_template,
        }
    })
}

/// Up to nine clips of few contents, so that the same file often appears twice, in up to three groups or none.
pub fn project() -> impl Strategy<Value = Project> {
    let one = (0u32..6, prop_oneof![200u64..=600, 1_000u64..=9_000], 0usize..=3);
    let clips = proptest::collection::vec(one, 1..=9);
    (clips, 0u32..=3, settings()).prop_map(|(clips, group_count, settings)| {
        let groups = groups(group_count);
        let lengths: Vec<u64> = clips.iter().map(|(_, duration_ms, _)| *duration_ms).collect();
        let clips = (0..)
            .zip(clips)
            .map(|(n, (content, _, group))| {
                // One content has one length.
                let duration_ms = lengths[content as usize % lengths.len()];
                let sha256 = format!("{content:064x}");
                Clip { sha256, group: groups.get(group).map(|g| g.id), ..clip(n, duration_ms) }
            })
            .collect();
        Project { clips, groups, settings }
    })
}
