//! Which clips take part in a run, which combinations they can form, and what has to be said about the rest.
//! Nothing drops out silently: a clip is used, or there is a warning that names it, or the run is refused.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::clip::{Clip, Group};
use super::combinations::Space;
use super::settings::{Fit, GroupMixing, MixerSettings};
use super::target::target_of;
use super::warning::Warning;
use super::{CLIP_DURATION_MS_MIN, CLIPS_MAX};
use crate::error::MixerError;

/// A picture enlarged by more than this looks soft beside the others.
const UPSCALE_NOTICED: f64 = 1.25;

#[derive(Debug)]
pub struct Selection<'a> {
    /// The clips that take part. Combinations are lists of places in this list.
    pub clips: Vec<&'a Clip>,
    pub space: Space,
    pub warnings: Vec<Warning>,
}

pub fn select<'a>(
    clips: &'a [Clip],
    groups: &[Group],
    settings: &MixerSettings,
) -> Result<Selection<'a>, MixerError> {
    if clips.len() > CLIPS_MAX {
        return Err(MixerError::TooManyClips { count: clips.len(), limit: CLIPS_MAX });
    }
    let mut warnings = Vec::new();
    let usable = without_short_clips(clips, &mut warnings);
    if usable.is_empty() {
        return Err(MixerError::NoClips { clip_duration_ms_min: CLIP_DURATION_MS_MIN });
    }
    let (clips, space) = match settings.group_mixing {
        GroupMixing::Off => select_ungrouped(usable, settings, &mut warnings)?,
        GroupMixing::Sequential | GroupMixing::Random => select_grouped(&usable, groups, &mut warnings)?,
    };
    warn_of_upscaling(&clips, settings, &mut warnings);
    Ok(Selection { clips, space, warnings })
}

fn without_short_clips<'a>(clips: &'a [Clip], warnings: &mut Vec<Warning>) -> Vec<&'a Clip> {
    let (usable, short): (Vec<_>, Vec<_>) =
        clips.iter().partition(|clip| clip.facts.duration_ms >= CLIP_DURATION_MS_MIN);
    warnings.extend(short.into_iter().map(|clip| {
        let text = format!(
            "\"{}\" lasts {} ms and is left out: a clip lasts at least {CLIP_DURATION_MS_MIN} ms.",
            clip.name, clip.facts.duration_ms
        );
        Warning::of_clip("video-mixer.clip_too_short", clip.id, text)
    }));
    usable
}

fn select_ungrouped<'a>(
    usable: Vec<&'a Clip>,
    settings: &MixerSettings,
    warnings: &mut Vec<Warning>,
) -> Result<(Vec<&'a Clip>, Space), MixerError> {
    let clips = distinct(usable, warnings);
    let of = clips.len();
    let take = settings.clips_per_video.map_or(of, |n| n as usize);
    if take > of {
        return Err(MixerError::TooFewClips { asked: take, available: of });
    }
    let space =
        if settings.order_mixing { Space::Arrangements { of, take } } else { Space::Selections { of, take } };
    Ok((clips, space))
}

fn select_grouped<'a>(
    usable: &[&'a Clip],
    groups: &[Group],
    warnings: &mut Vec<Warning>,
) -> Result<(Vec<&'a Clip>, Space), MixerError> {
    if groups.is_empty() {
        return Err(MixerError::NoGroups);
    }
    let mut by_group: BTreeMap<Uuid, Vec<&Clip>> =
        groups.iter().map(|group| (group.id, Vec::new())).collect();
    for clip in usable {
        match clip.group.and_then(|id| by_group.get_mut(&id)) {
            Some(members) => members.push(clip),
            None => warnings.push(Warning::of_clip(
                "video-mixer.clip_ungrouped",
                clip.id,
                format!("\"{}\" is in no group and is left out while groups are mixed.", clip.name),
            )),
        }
    }
    let mut clips = Vec::new();
    let mut sizes = Vec::new();
    for group in groups {
        let members = distinct(by_group.remove(&group.id).unwrap_or_default(), warnings);
        if members.is_empty() {
            return Err(MixerError::GroupEmpty { group: group.name.clone() });
        }
        sizes.push(members.len());
        clips.extend(members);
    }
    Ok((clips, Space::Product { sizes }))
}

/// The first clip of each content. Counting a second upload of the same file would promise different videos and
/// deliver equal ones. Two groups may share a content: their places in the video differ.
fn distinct<'a>(clips: Vec<&'a Clip>, warnings: &mut Vec<Warning>) -> Vec<&'a Clip> {
    let mut first_of: HashMap<&str, &Clip> = HashMap::new();
    clips
        .into_iter()
        .filter(|clip| {
            let Some(first) = first_of.get(clip.sha256.as_str()) else {
                first_of.insert(&clip.sha256, clip);
                return true;
            };
            let text = format!("\"{}\" is the same file as \"{}\" and counts once.", clip.name, first.name);
            warnings.push(Warning::of_clip("video-mixer.clip_duplicate", clip.id, text));
            false
        })
        .collect()
}

fn warn_of_upscaling(clips: &[&Clip], settings: &MixerSettings, warnings: &mut Vec<Warning>) {
    let target = target_of(settings);
    for clip in clips {
        let across = f64::from(target.width) / f64::from(clip.facts.width.max(1));
        let down = f64::from(target.height) / f64::from(clip.facts.height.max(1));
        let scale = match settings.fit {
            Fit::Pad | Fit::Blur => across.min(down),
            Fit::Crop => across.max(down),
        };
        if scale > UPSCALE_NOTICED {
            let text = format!(
                "\"{}\" is {} x {} and is enlarged {scale:.1} times, which looks soft. A lower resolution is cheaper and as sharp.",
                clip.name, clip.facts.width, clip.facts.height
            );
            warnings.push(Warning::of_clip("video-mixer.clip_upscaled", clip.id, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{clip, grouped, groups};
    use super::*;

    fn codes(warnings: &[Warning]) -> Vec<&str> {
        warnings.iter().map(|warning| warning.code).collect()
    }

    fn by_groups() -> MixerSettings {
        MixerSettings { group_mixing: GroupMixing::Random, ..Default::default() }
    }

    #[test]
    fn nothing_to_mix_is_an_error_that_says_what_is_missing() {
        let none = select(&[], &[], &MixerSettings::default()).unwrap_err();
        assert_eq!(none.code(), "video-mixer.no_clips");
        let short = [clip(1, 249)];
        assert_eq!(
            select(&short, &[], &MixerSettings::default()).unwrap_err().code(),
            "video-mixer.no_clips"
        );
        let one = [clip(1, 2_000)];
        assert_eq!(select(&one, &[], &by_groups()).unwrap_err(), MixerError::NoGroups);
        let few = MixerSettings { clips_per_video: Some(2), ..Default::default() };
        assert_eq!(select(&one, &[], &few).unwrap_err(), MixerError::TooFewClips { asked: 2, available: 1 });
    }

    #[test]
    fn more_than_a_hundred_clips_are_refused() {
        let clips: Vec<_> = (0..101).map(|n| clip(n, 2_000)).collect();
        let refusal = select(&clips, &[], &MixerSettings::default()).unwrap_err();
        assert_eq!(refusal.code(), "video-mixer.too_many_clips");
        assert!(refusal.to_string().contains("Delete 1 of them"));
    }

    #[test]
    fn a_group_without_a_usable_clip_is_named() {
        let groups = groups(2);
        let clips = [grouped(1, 2_000, &groups[0]), grouped(2, 100, &groups[1])];
        let refusal = select(&clips, &groups, &by_groups()).unwrap_err();
        assert_eq!(refusal, MixerError::GroupEmpty { group: "Group 2".into() });
    }

    #[test]
    fn ungrouped_clips_are_left_out_of_group_mixing_by_name() {
        let groups = groups(1);
        let clips = [grouped(1, 2_000, &groups[0]), clip(2, 2_000)];
        let selection = select(&clips, &groups, &by_groups()).unwrap();
        assert_eq!(selection.clips, [&clips[0]]);
        assert_eq!(codes(&selection.warnings), ["video-mixer.clip_ungrouped"]);
        assert!(selection.warnings[0].message.contains("clip-2.mp4"));
    }

    #[test]
    fn a_file_uploaded_twice_counts_once_but_may_stand_in_two_groups() {
        let groups = groups(2);
        let again = |n: u32, group: &Group| Clip { sha256: "same".into(), ..grouped(n, 2_000, group) };
        let clips = [again(1, &groups[0]), again(2, &groups[0]), again(3, &groups[1])];

        let mixed = select(&clips, &groups, &by_groups()).unwrap();
        assert_eq!(mixed.space, Space::Product { sizes: vec![1, 1] });
        assert_eq!(codes(&mixed.warnings), ["video-mixer.clip_duplicate"]);

        let plain = select(&clips, &groups, &MixerSettings::default()).unwrap();
        assert_eq!(plain.space, Space::Arrangements { of: 1, take: 1 });
    }

    #[test]
    fn groups_follow_their_own_order_whatever_the_order_of_the_clips() {
        let groups = groups(2);
        let clips = [grouped(1, 2_000, &groups[1]), grouped(2, 2_000, &groups[0])];
        let selection = select(&clips, &groups, &by_groups()).unwrap();
        assert_eq!(selection.clips, [&clips[1], &clips[0]]);
    }

    #[test]
    fn a_small_source_is_said_to_be_enlarged_as_its_fit_demands() {
        let mut small = clip(1, 2_000);
        (small.facts.width, small.facts.height) = (640, 360);
        let clips = [small];
        let warned = |fit| {
            let settings = MixerSettings { fit, ..Default::default() };
            codes(&select(&clips, &[], &settings).unwrap().warnings).len()
        };
        assert_eq!(warned(Fit::Blur), 0);
        assert_eq!(warned(Fit::Crop), 1);
    }
}
