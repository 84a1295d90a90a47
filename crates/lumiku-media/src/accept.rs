//! The gate for uploads. From cheap to dear: length, first bytes, structure, ffprobe, limits, one decoded
//! frame. Each step names what it found, so that the sentence tells the owner what to do.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::MediaLimits;
use crate::control::Control;
use crate::error::MediaError;
use crate::facts::{MediaFacts, MediaKind, VideoFacts};
use crate::media::{Media, blocking};
use crate::probe::damaged;
use crate::process::{Lane, Program, Run, file_url, general_args, input_args};
use crate::sniff::{self, Container};

/// For the sentence of `Unsupported`.
const ACCEPTED: &str = "MP4, MOV, WebM, MKV, JPEG, PNG, WebP, GIF, WAV, MP3, M4A or OGG";

impl Media {
    /// Decides whether a file may become an asset, and what it is. Nothing is written.
    pub async fn accept(&self, path: &Path, file_name_for_messages: &str) -> Result<MediaFacts, MediaError> {
        let ctl = Control::default();
        let (owned, name, limits) =
            (path.to_owned(), file_name_for_messages.to_owned(), self.limits().clone());
        let container = blocking("look at a file", move || Ok(inspect(&owned, &name, &limits))).await??;
        let facts = self.probe_named(path, container, file_name_for_messages, &ctl).await?;
        check_limits(&facts, file_name_for_messages, self.limits())?;
        if facts.kind != MediaKind::Image {
            self.decode_beginning(path, &facts, file_name_for_messages, &ctl).await?;
        }
        Ok(facts)
    }

    /// Proves that the first frame (or the first tenth of a second of sound) really decodes.
    async fn decode_beginning(
        &self,
        path: &Path,
        facts: &MediaFacts,
        file: &str,
        ctl: &Control,
    ) -> Result<(), MediaError> {
        let mut args = general_args(Program::Ffmpeg);
        args.extend(input_args(facts.container.demuxer(), self.pixels_max(facts.container)));
        args.extend([OsString::from("-i"), file_url(path)?]);
        let length = match (&facts.video, &facts.audio) {
            (Some(video), _) => vec![format!("0:{}", video.stream_index), "-frames:v".into(), "1".into()],
            (None, Some(audio)) => vec![format!("0:{}", audio.stream_index), "-t".into(), "0.1".into()],
            (None, None) => return Err(MediaError::NoVideo { file: file.to_owned() }),
        };
        args.push("-map".into());
        args.extend(length.into_iter().map(OsString::from));
        args.extend(["-f", "null", "-"].map(OsString::from));
        let run = Run { program: Program::Ffmpeg, lane: Lane::Look, args, frames: None, ctl };
        let finished = self.processes().run(run).await?;
        if !finished.success || (facts.video.is_some() && finished.frames == 0) {
            return Err(damaged(file, path, &finished));
        }
        Ok(())
    }
}

/// Everything that can be told without starting a program.
fn inspect(path: &PathBuf, name: &str, limits: &MediaLimits) -> Result<Container, MediaError> {
    let file = name.to_owned();
    let io = |source| MediaError::Io { doing: format!("read {name}"), source };
    let mut opened = File::open(path).map_err(io)?;
    let bytes = opened.metadata().map_err(io)?.len();
    if bytes == 0 {
        return Err(MediaError::Empty { file });
    }
    if bytes > limits.file_size_bytes_max {
        return Err(MediaError::TooLarge { file, bytes, bytes_max: limits.file_size_bytes_max });
    }
    let mut head = Vec::with_capacity(sniff::HEAD_BYTES);
    opened.by_ref().take(sniff::HEAD_BYTES as u64).read_to_end(&mut head).map_err(io)?;
    let Some(container) = sniff::sniff(&head) else {
        let (looks_like, is_media) = sniff::looks_like(&head);
        return Err(if is_media {
            MediaError::Unsupported { file, what: looks_like.to_owned(), accepted: ACCEPTED }
        } else {
            MediaError::NotMedia { file, looks_like }
        });
    };
    if let Some((width, height)) = sniff::image_dimensions(container, &head) {
        check_image_size(name, width, height, limits)?;
    }
    match sniff::check_whole(container, &mut opened, bytes).map_err(io)? {
        Some(detail) => Err(MediaError::Truncated { file, detail }),
        None => Ok(container),
    }
}

fn check_image_size(file: &str, width: u64, height: u64, limits: &MediaLimits) -> Result<(), MediaError> {
    let side_max = u64::from(limits.image_side_px_max);
    if width * height <= limits.image_pixels_max && width.max(height) <= side_max {
        return Ok(());
    }
    let limit =
        format!("{} megapixels, or {side_max} pixels on a side,", limits.image_pixels_max / 1_000_000);
    Err(MediaError::TooManyPixels { file: file.to_owned(), width, height, limit })
}

fn check_limits(facts: &MediaFacts, file: &str, limits: &MediaLimits) -> Result<(), MediaError> {
    if let Some(image) = &facts.image {
        return check_image_size(file, u64::from(image.width), u64::from(image.height), limits);
    }
    let duration_ms = facts.duration_ms.unwrap_or(0);
    if duration_ms > limits.duration_ms_max {
        let duration_ms_max = limits.duration_ms_max;
        return Err(MediaError::TooLong { file: file.to_owned(), duration_ms, duration_ms_max });
    }
    if facts.stream_count > limits.streams_max {
        let (streams, streams_max) = (facts.stream_count, limits.streams_max);
        return Err(MediaError::TooManyStreams { file: file.to_owned(), streams, streams_max });
    }
    match &facts.video {
        Some(video) => check_video(video, duration_ms, file, limits),
        None => Ok(()),
    }
}

fn check_video(
    video: &VideoFacts,
    duration_ms: u64,
    file: &str,
    limits: &MediaLimits,
) -> Result<(), MediaError> {
    let (width, height) = (u64::from(video.coded_width), u64::from(video.coded_height));
    let side = u64::from(limits.side_px_max);
    let shown = u64::from(video.width.max(video.height));
    if width.max(height).max(shown) > side || width * height > limits.pixels_max {
        let limit = format!("{side} on the long side and {} megapixels", limits.pixels_max / 1_000_000);
        return Err(MediaError::TooManyPixels { file: file.to_owned(), width, height, limit });
    }
    let rate = video.frame_rate;
    if u64::from(rate.num) > u64::from(limits.frame_rate_max) * u64::from(rate.den) {
        let frame_rate = format!("{:.2}", rate.as_f64());
        let frame_rate_max = limits.frame_rate_max;
        return Err(MediaError::FrameRateTooHigh { file: file.to_owned(), frame_rate, frame_rate_max });
    }
    let frames = video.frame_count.unwrap_or(limits.frames_min);
    if duration_ms < limits.duration_ms_min || frames < limits.frames_min {
        let have = match video.frame_count {
            Some(frames) => format!("{frames} frames in {duration_ms} ms"),
            None => format!("{duration_ms} ms"),
        };
        let need = format!("{} frames and {} ms", limits.frames_min, limits.duration_ms_min);
        return Err(MediaError::TooShort { file: file.to_owned(), have, need });
    }
    Ok(())
}
