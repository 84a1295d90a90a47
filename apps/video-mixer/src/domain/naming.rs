//! File names of a run from a template: safe on every system and in every archive, unique within the run, and
//! with the default template in posting order when sorted.
//!
//! `{index}` number in the run, padded with zeros; `{clips}` names of the clips in their order; `{first}` name of
//! the first clip; `{date}` day of the run; `{hook}`, or any other group's name in lower case with hyphens, the
//! name of that group's clip. A template without `{index}` gets it in front.

use chrono::NaiveDate;

use super::clip::{Clip, Group};
use crate::error::MixerError;

/// Below the 255 bytes of common file systems even in scripts of three bytes per letter.
const STEM_CHARS_MAX: usize = 80;
const CLIP_CHARS_MAX: usize = 24;
const BETWEEN_CLIPS: &str = "-x-";
const EXTENSION: &str = ".mp4";

#[derive(Debug)]
pub struct NameTemplate<'a> {
    parts: Vec<Part<'a>>,
    index_digits: usize,
}

#[derive(Debug, PartialEq)]
enum Part<'a> {
    Text(&'a str),
    Index,
    Clips,
    First,
    Date,
    Group(&'a Group),
}

impl<'a> NameTemplate<'a> {
    /// For a run of `count` videos.
    pub fn parse(template: &'a str, groups: &'a [Group], count: usize) -> Result<Self, MixerError> {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((text, after)) = rest.split_once('{') {
            let (token, after) = after.split_once('}').ok_or(MixerError::UnclosedNameToken)?;
            parts.extend([Part::Text(text), token_part(token, groups)?]);
            rest = after;
        }
        parts.push(Part::Text(rest));
        if !parts.contains(&Part::Index) {
            parts.splice(0..0, [Part::Index, Part::Text("_")]);
        }
        Ok(Self { parts, index_digits: count.to_string().len().max(2) })
    }

    /// The name of the `index`-th video, counted from 1, made on the day `date`.
    pub fn render(&self, index: u32, date: NaiveDate, clips: &[&Clip]) -> String {
        // The index makes the name unique, so everything else gives way to it when the name grows too long.
        let number = format!("{index:0width$}", width = self.index_digits);
        let mut budget = STEM_CHARS_MAX - number.len();
        let mut stem = String::new();
        for part in &self.parts {
            if *part == Part::Index {
                stem.push_str(&number);
                continue;
            }
            let text: String = Self::text_of(part, date, clips).chars().take(budget).collect();
            budget -= text.chars().count();
            stem.push_str(&text);
        }
        tidied(&stem) + EXTENSION
    }

    fn text_of(part: &Part, date: NaiveDate, clips: &[&Clip]) -> String {
        match part {
            Part::Text(text) => text.chars().map(|c| if is_safe(c) { c } else { '-' }).collect(),
            Part::Index => String::new(),
            Part::Clips => names(clips),
            Part::First => names(&clips[..clips.len().min(1)]),
            Part::Date => date.format("%Y-%m-%d").to_string(),
            Part::Group(group) => {
                let members: Vec<_> =
                    clips.iter().copied().filter(|clip| clip.group == Some(group.id)).collect();
                names(&members)
            }
        }
    }
}

fn token_part<'a>(token: &str, groups: &'a [Group]) -> Result<Part<'a>, MixerError> {
    match token {
        "index" => Ok(Part::Index),
        "clips" => Ok(Part::Clips),
        "first" => Ok(Part::First),
        "date" => Ok(Part::Date),
        other => groups.iter().find(|group| group_token(group) == other).map(Part::Group).ok_or_else(|| {
            let own = groups.iter().map(group_token);
            let known = ["index", "clips", "first", "date"].into_iter().map(String::from).chain(own);
            let known = known.map(|token| format!("{{{token}}}")).collect::<Vec<_>>().join(", ");
            MixerError::UnknownNameToken { token: other.into(), known }
        }),
    }
}

/// The token a group answers to, without braces.
pub fn group_token(group: &Group) -> String {
    slug(&group.name).to_lowercase()
}

/// Clip names one after another; of many only as many as fit, with the number of the others.
fn names(clips: &[&Clip]) -> String {
    let mut text = String::new();
    for (n, clip) in clips.iter().enumerate() {
        let without_extension = clip.name.rsplit_once('.').map_or(clip.name.as_str(), |(stem, _)| stem);
        let name: String = slug(without_extension).chars().take(CLIP_CHARS_MAX).collect();
        if text.chars().count() + name.chars().count() + BETWEEN_CLIPS.len() > STEM_CHARS_MAX - 16 {
            return format!("{text}-and-{}", clips.len() - n);
        }
        if !text.is_empty() {
            text.push_str(BETWEEN_CLIPS);
        }
        text.push_str(&name);
    }
    text
}

/// Letters and digits of any script; every run of other characters is one hyphen.
fn slug(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

fn is_safe(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// Without doubled separators where a token was empty, and without any at the ends. A run of separators is one
/// underscore if it has any, because that is what separates the parts of a name.
fn tidied(stem: &str) -> String {
    let mut tidy = String::new();
    let mut pending = String::new();
    for c in stem.chars() {
        if matches!(c, '-' | '_') {
            pending.push(c);
            continue;
        }
        if !tidy.is_empty() && !pending.is_empty() {
            tidy.push_str(if pending.contains('_') { "_" } else { "-" });
        }
        pending.clear();
        tidy.push(c);
    }
    tidy
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{clip, day, grouped, groups};
    use super::*;

    fn named(name: &str, clip: Clip) -> Clip {
        Clip { name: name.into(), ..clip }
    }

    fn name(template: &str, groups: &[Group], count: usize, clips: &[Clip]) -> String {
        let clips: Vec<_> = clips.iter().collect();
        NameTemplate::parse(template, groups, count).unwrap().render(7, day(), &clips)
    }

    #[test]
    fn the_usual_templates_read_well() {
        let mut groups = groups(2);
        (groups[0].name, groups[1].name) = ("Hook".into(), "Ajakan Beli".into());
        let clips = [
            named("Kopi sore (1).mp4", grouped(1, 2_000, &groups[0])),
            named("beli.sekarang.MOV", grouped(2, 2_000, &groups[1])),
        ];
        for (template, count, expected) in [
            ("{index}_{clips}", 8, "07_Kopi-sore-1-x-beli-sekarang.mp4"),
            ("{index}_{clips}", 1_000, "0007_Kopi-sore-1-x-beli-sekarang.mp4"),
            ("{index}_{hook}-x-{ajakan-beli}_{date}", 8, "07_Kopi-sore-1-x-beli-sekarang_2026-08-17.mp4"),
            ("{first}", 8, "07_Kopi-sore-1.mp4"),
            ("promo agustus/{index}", 8, "promo-agustus-07.mp4"),
        ] {
            assert_eq!(name(template, &groups, count, &clips), expected);
        }
    }

    #[test]
    fn a_group_without_a_clip_in_the_video_leaves_no_hole() {
        let groups = groups(1);
        assert_eq!(name("{index}_{group-1}_{date}", &groups, 8, &[clip(3, 2_000)]), "07_2026-08-17.mp4");
    }

    #[test]
    fn a_hundred_clips_are_summed_up() {
        let clips: Vec<_> = (1..=100).map(|n| clip(n, 2_000)).collect();
        assert_eq!(
            name("{index}_{clips}", &[], 8, &clips),
            "07_clip-1-x-clip-2-x-clip-3-x-clip-4-x-clip-5-x-clip-6-x-clip-7-and-93.mp4"
        );
    }

    #[test]
    fn a_wrong_template_is_explained() {
        let groups = groups(1);
        let error = NameTemplate::parse("{index}_{hok}", &groups, 8).unwrap_err().to_string();
        assert!(error.contains("{hok}") && error.contains("{clips}, {first}, {date}, {group-1}"), "{error}");
        assert_eq!(NameTemplate::parse("{index", &groups, 8).unwrap_err(), MixerError::UnclosedNameToken);
    }

    proptest! {
        #[test]
        fn names_are_safe_unique_and_not_too_long(
            template in "[^{}]{0,60}", with_index: bool, clip_name in "\\PC{0,60}", indexes in (1u32..=1_000, 1u32..=1_000),
        ) {
            let template = if with_index { format!("{template}{{index}}_{{clips}}") } else { template };
            let clips = [named(&clip_name, clip(1, 2_000))];
            let clips: Vec<_> = clips.iter().collect();
            let names = NameTemplate::parse(&template, &[], 1_000).unwrap();
            let (one, other) = (names.render(indexes.0, day(), &clips), names.render(indexes.1, day(), &clips));
            prop_assert_eq!(one == other, indexes.0 == indexes.1);
            let stem = one.strip_suffix(".mp4").unwrap();
            prop_assert!(stem.chars().all(is_safe) && !stem.starts_with(['-', '_']) && stem.chars().count() <= 80);
        }
    }
}
