//! Conform: one stretch of one clip becomes a segment with an exact number of frames and samples and pinned
//! parameter sets. Done once per key; everything after is copying. The result is believed when its frames
//! and samples have been counted, never because ffmpeg said so.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::path::Path;

use crate::cache::{AUDIO_FILE, VIDEO_FILE, audio_bytes};
use crate::control::Control;
use crate::encoder::video_args;
use crate::error::MediaError;
use crate::facts::VideoFacts;
use crate::filter::{self, CLONE_SECONDS_MAX};
use crate::media::{Media, blocking};
use crate::mp4;
use crate::process::{Finished, Lane, Program, Run, file_url, general_args, input_args};
use crate::scratch::WorkDir;
use crate::segment::{SAMPLE_BYTES, Segment, SegmentSpec, invalid};
use crate::sniff::Container;

impl Media {
    /// The segment of this order, out of the cache or made now. Callers start as many as they like;
    /// `process_slots` run at a time, and equal orders run once.
    pub async fn conform(&self, spec: &SegmentSpec, ctl: &Control) -> Result<Segment, MediaError> {
        let video = check(spec, self.limits().frames_min)?;
        let key = spec.key();
        let flight = self.cache().flight(&key);
        let _mine = tokio::select! {
            biased;
            () = ctl.cancel.cancelled() => return Err(MediaError::Cancelled),
            mine = flight.lock() => mine,
        };
        if let Some(segment) = self.cache().find(spec, &key) {
            ctl.report(1.0);
            return Ok(segment);
        }
        let work = self.cache().work_dir()?;
        let finished = self.encode_segment(spec, video, &work, ctl).await?;
        if filter::carried_audio(spec).is_none() {
            write_silence(&work.file(AUDIO_FILE), audio_bytes(spec))?;
        }
        self.verify_segment(spec, &work, &finished, ctl).await?;
        let (this, spec) = (self.clone(), spec.clone());
        let publish = move || this.cache().publish(&spec, &key, &work);
        let segment = blocking("store a segment", publish).await?;
        ctl.report(1.0);
        Ok(segment)
    }

    async fn encode_segment(
        &self,
        spec: &SegmentSpec,
        video: &VideoFacts,
        work: &WorkDir,
        ctl: &Control,
    ) -> Result<Finished, MediaError> {
        let mut args = general_args(Program::Ffmpeg);
        let container = spec.facts.container;
        args.extend(input_args(container.demuxer(), self.pixels_max(container)));
        // Time 0 of a segment is where its picture begins. A hair early, so that rounding does not lose the
        // frame that lies exactly there.
        let from_us = (spec.trim_in_ms * 1000 + video.start_us).saturating_sub(500);
        if from_us > 0 {
            let seconds = format!("{}.{:06}", from_us / 1_000_000, from_us % 1_000_000);
            args.extend([OsString::from("-ss"), seconds.into()]);
        }
        args.extend([OsString::from("-t"), format!("{:.3}", filter::input_seconds(spec)).into()]);
        args.extend([OsString::from("-i"), file_url(&spec.source_path)?]);
        let graph = filter::graph(spec, video, self.processes().tools().has_zscale);
        args.extend([OsString::from("-filter_complex"), graph.into()]);
        args.extend(["-map", "[v]"].map(OsString::from));
        args.extend(video_args(spec.target, spec.frames));
        args.extend(["-f".into(), "mp4".into(), file_url(&work.file(VIDEO_FILE))?]);
        if filter::carried_audio(spec).is_some() {
            args.extend(["-map", "[a]", "-c:a", "pcm_s16le", "-f", "s16le"].map(OsString::from));
            args.push(file_url(&work.file(AUDIO_FILE))?);
        }
        let run = Run { program: Program::Ffmpeg, lane: Lane::Encode, args, frames: Some(spec.frames), ctl };
        self.processes().run(run).await
    }

    async fn verify_segment(
        &self,
        spec: &SegmentSpec,
        work: &WorkDir,
        finished: &Finished,
        ctl: &Control,
    ) -> Result<(), MediaError> {
        let video = work.file(VIDEO_FILE);
        let failed = || failed("conform a clip", &spec.source_path, finished);
        let sets = mp4::parameter_sets(&video).ok().flatten();
        if sets.is_none() {
            return Err(failed());
        }
        let questions = ["-count_packets", "-show_streams"];
        let (answer, _) = self.ask(&video, Container::Mp4, &questions, ctl).await?;
        let stream = answer.stream_of("video").ok_or_else(failed)?;
        let found = stream.packets_counted();
        if found < spec.frames {
            let detail = format!("only {found} of {} frames can be decoded", spec.frames);
            return Err(MediaError::Truncated { file: spec.file_name.clone(), detail });
        }
        let size = (stream.width.unwrap_or(0), stream.height.unwrap_or(0));
        let wanted = (spec.target.width, spec.target.height);
        expect_equal("frames of a segment", &spec.frames, &found)?;
        expect_equal("size of a segment", &format!("{wanted:?}"), &format!("{size:?}"))?;
        let bytes = std::fs::metadata(work.file(AUDIO_FILE)).map_or(0, |meta| meta.len());
        expect_equal("samples of a segment", &(audio_bytes(spec) / SAMPLE_BYTES), &(bytes / SAMPLE_BYTES))
    }
}

/// What can be refused before anything runs.
fn check(spec: &SegmentSpec, frames_min: u64) -> Result<&VideoFacts, MediaError> {
    let file = || spec.file_name.clone();
    let video = spec.facts.video.as_ref().ok_or_else(|| MediaError::NoVideo { file: file() })?;
    let target = spec.target;
    if target.width < 16 || target.height < 16 || target.width % 2 + target.height % 2 > 0 {
        return Err(invalid(format!("a size of {target} has no H.264 form; sides must be even")));
    }
    if spec.frames < frames_min {
        return Err(invalid(format!("a segment of {} frames is shorter than {frames_min}", spec.frames)));
    }
    let available = filter::frames_available(spec, &spec.facts);
    let grace = (CLONE_SECONDS_MAX * f64::from(target.fps.get())) as u64;
    if spec.frames > available + grace {
        let have = format!("{available} frames from {} ms on, at this speed", spec.trim_in_ms);
        return Err(MediaError::TooShort { file: file(), have, need: format!("{} frames", spec.frames) });
    }
    Ok(video)
}

/// Silence is a file of zeros; the file system does not even store them.
fn write_silence(path: &Path, bytes: u64) -> Result<(), MediaError> {
    File::create(path).and_then(|file| file.set_len(bytes)).map_err(MediaError::io("write silence"))
}

pub(crate) fn expect_equal<T: PartialEq + Display + ?Sized>(
    subject: &str,
    expected: &T,
    found: &T,
) -> Result<(), MediaError> {
    if expected == found {
        return Ok(());
    }
    Err(MediaError::Mismatch {
        subject: subject.to_owned(),
        expected: expected.to_string(),
        found: found.to_string(),
    })
}

/// ffmpeg's last words, without the server's paths.
pub(crate) fn failed(doing: &str, source: &Path, finished: &Finished) -> MediaError {
    let tail = finished.stderr_tail.replace(&*source.to_string_lossy(), "the file");
    let stderr_tail = if tail.is_empty() { "none".to_owned() } else { tail };
    MediaError::Failed { doing: doing.to_owned(), stderr_tail }
}
