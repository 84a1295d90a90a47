//! The one error of the crate. Every sentence says what happened to which file, why, and what to do about
//! it, because the sentence is shown to the person who chose the file. Codes are stable and part of the API.

use std::io;

/// Why a file was refused or a piece of media work did not finish.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("{file} is {what}, which is not accepted here. Convert it to {accepted} and upload it again.")]
    Unsupported { file: String, what: String, accepted: &'static str },
    #[error("{file} is empty (0 bytes). The upload or export probably failed; export it again.")]
    Empty { file: String },
    #[error(
        "{file} is not a video, picture or sound: it looks like {looks_like}. \
         The name of a file does not change what is in it; choose the real clip."
    )]
    NotMedia { file: String, looks_like: &'static str },
    #[error(
        "{file} is {bytes} bytes, more than the {bytes_max} allowed. Shorten it or export it at a lower bitrate."
    )]
    TooLarge { file: String, bytes: u64, bytes_max: u64 },
    #[error(
        "{file} lasts {} s, longer than the {} s allowed. Cut it and upload the parts.", duration_ms / 1000, duration_ms_max / 1000
    )]
    TooLong { file: String, duration_ms: u64, duration_ms_max: u64 },
    #[error(
        "{file} is too short: it has {have} and at least {need} are needed. Choose or export a longer clip."
    )]
    TooShort { file: String, have: String, need: String },
    #[error(
        "{file} measures {width} x {height} pixels, more than the {limit} allowed. Scale it down and upload it again."
    )]
    TooManyPixels { file: String, width: u64, height: u64, limit: String },
    #[error(
        "{file} claims {frame_rate} frames per second, more than the {frame_rate_max} allowed. Export it at 60 or fewer."
    )]
    FrameRateTooHigh { file: String, frame_rate: String, frame_rate_max: u32 },
    #[error(
        "{file} contains {streams} streams, more than the {streams_max} allowed. Export it with one picture and one sound track."
    )]
    TooManyStreams { file: String, streams: usize, streams_max: usize },
    #[error("{file} is incomplete: {detail}. The upload or export was cut off; export and upload it again.")]
    Truncated { file: String, detail: String },
    #[error("{file} is damaged: {detail}. Export it again from the program that made it.")]
    Damaged { file: String, detail: String },
    #[error("{file} has no picture track, so it cannot be used as a clip. Choose a video.")]
    NoVideo { file: String },
    #[error("The request to the media engine is not possible: {detail}.")]
    Invalid { detail: String },
    #[error("The work was cancelled.")]
    Cancelled,
    #[error(
        "The program {tool} cannot be started ({detail}). Install ffmpeg and util-linux, or set its path."
    )]
    ToolMissing { tool: String, detail: String },
    #[error("{tool} did not finish within {limit_s} s and was stopped. Try a shorter or smaller clip.")]
    Timeout { tool: String, limit_s: u64 },
    #[error("{tool} was stopped by the system ({detail}), probably for lack of memory or space.")]
    Killed { tool: String, detail: String },
    #[error("The media engine could not {doing}. Its last words: {stderr_tail}")]
    Failed { doing: String, stderr_tail: String },
    #[error(
        "The result did not come out as ordered ({subject}): {expected} expected, {found} found. It was thrown away."
    )]
    Mismatch { subject: String, expected: String, found: String },
    #[error("The media engine could not {doing}: {source}")]
    Io { doing: String, source: io::Error },
}

impl MediaError {
    /// The stable name of the error, `media.what`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "media.unsupported",
            Self::Empty { .. } => "media.empty",
            Self::NotMedia { .. } => "media.not_media",
            Self::TooLarge { .. } => "media.too_large",
            Self::TooLong { .. } => "media.too_long",
            Self::TooShort { .. } => "media.too_short",
            Self::TooManyPixels { .. } => "media.too_many_pixels",
            Self::FrameRateTooHigh { .. } => "media.frame_rate_too_high",
            Self::TooManyStreams { .. } => "media.too_many_streams",
            Self::Truncated { .. } => "media.truncated",
            Self::Damaged { .. } => "media.damaged",
            Self::NoVideo { .. } => "media.no_video",
            Self::Invalid { .. } => "media.invalid",
            Self::Cancelled => "media.cancelled",
            Self::ToolMissing { .. } => "media.tool_missing",
            Self::Timeout { .. } => "media.timeout",
            Self::Killed { .. } => "media.killed",
            Self::Failed { .. } => "media.failed",
            Self::Mismatch { .. } => "media.mismatch",
            Self::Io { .. } => "media.io",
        }
    }

    /// True when the same work may succeed later without anybody changing the input.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::ToolMissing { .. } | Self::Timeout { .. } | Self::Killed { .. } | Self::Io { .. }
        )
    }

    /// True when the file itself is at fault, so that the sentence should be shown to whoever chose it.
    pub fn is_about_the_file(&self) -> bool {
        !self.is_transient()
            && !matches!(
                self,
                Self::Invalid { .. } | Self::Cancelled | Self::Failed { .. } | Self::Mismatch { .. }
            )
    }

    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
