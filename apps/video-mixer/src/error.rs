//! What can be wrong with a mix, in one enum. Each sentence says what happened, why, and what to do;
//! each code is stable, because the web UI translates by code and scripts match on it.

use lumiku_core::{Explain, Problem};
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MixerError {
    #[error("There is no clip to mix. Upload at least one clip of {clip_duration_ms_min} ms or longer.")]
    NoClips { clip_duration_ms_min: u64 },

    #[error(
        "Group mixing takes one clip from each group, but no group exists. Make a group or turn group mixing off."
    )]
    NoGroups,

    #[error(
        "The group \"{group}\" has no clip that can be used, so no video can be made from it. Put a clip into it or delete the group."
    )]
    GroupEmpty { group: String },

    #[error("A project holds at most {limit} clips and this one has {count}. Delete {} of them.", count - limit)]
    TooManyClips { count: usize, limit: usize },

    #[error(
        "Each video is to hold {asked} clips, but there are only {available} different ones. Upload more clips or ask for at most {available}."
    )]
    TooFewClips { asked: usize, available: usize },

    #[error("{asked} videos were asked for. A run makes between 1 and {limit}.")]
    CountOutOfRange { asked: u32, limit: u32 },

    #[error(
        "{asked} different videos were asked for, but these clips and settings allow only {possible}. Ask for at most {possible}, add clips, or turn order mixing on."
    )]
    TooManyVideos { asked: u32, possible: String },

    #[error(
        "{seconds} s are too short for {clips} clips: at most {clips_max} fit. Make the video longer or put fewer clips into it."
    )]
    DurationTooShort { seconds: u32, clips: usize, clips_max: usize },

    #[error("The name template uses {{{token}}}, which does not exist. Known here: {known}.")]
    UnknownNameToken { token: String, known: String },

    #[error(
        "The name template has an opening brace without a closing one. Write for example {{index}}_{{clips}}."
    )]
    UnclosedNameToken,
}

impl MixerError {
    /// The stable code, `video-mixer.what`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoClips { .. } => "video-mixer.no_clips",
            Self::NoGroups => "video-mixer.no_groups",
            Self::GroupEmpty { .. } => "video-mixer.group_empty",
            Self::TooManyClips { .. } => "video-mixer.too_many_clips",
            Self::TooFewClips { .. } => "video-mixer.too_few_clips",
            Self::CountOutOfRange { .. } => "video-mixer.count_out_of_range",
            Self::TooManyVideos { .. } => "video-mixer.too_many_videos",
            Self::DurationTooShort { .. } => "video-mixer.duration_too_short",
            Self::UnknownNameToken { .. } => "video-mixer.unknown_name_token",
            Self::UnclosedNameToken => "video-mixer.unclosed_name_token",
        }
    }
}

impl Explain for MixerError {
    fn problem(&self) -> Problem {
        Problem::new(422, self.code(), self.to_string())
    }
}
