//! Asking ffprobe what is in a file, and turning the answer into [`MediaFacts`].

mod answer;

use std::ffi::OsString;
use std::path::Path;

use crate::control::Control;
use crate::error::MediaError;
use crate::facts::{FrameRate, ImageFacts, MediaFacts, MediaKind, VideoFacts};
use crate::media::Media;
use crate::process::{Finished, Lane, Program, Run, file_url, general_args, input_args};
use crate::sniff::Container;

pub(crate) use answer::{Answer, Stream};

impl Media {
    /// Facts of a file whose container the caller knows from [`crate::sniff::sniff`]. Limits are not
    /// applied here; see [`Media::accept`].
    pub async fn probe(&self, path: &Path, container: Container) -> Result<MediaFacts, MediaError> {
        let name = path.file_name().map_or_else(|| "The file".into(), |name| name.to_string_lossy());
        self.probe_named(path, container, &name, &Control::default()).await
    }

    pub(crate) async fn probe_named(
        &self,
        path: &Path,
        container: Container,
        file: &str,
        ctl: &Control,
    ) -> Result<MediaFacts, MediaError> {
        let pictures = container.kind() == MediaKind::Image;
        // A picture is decoded right here: its orientation is written in the frame, not in the stream.
        let frames: &[&str] = if pictures { &["-show_frames", "-read_intervals", "%+#1"] } else { &[] };
        let questions = [&["-show_format", "-show_streams"], frames].concat();
        let (answer, finished) = self.ask(path, container, &questions, ctl).await?;
        let size_bytes = tokio::fs::metadata(path).await.map_err(MediaError::io("look at a file"))?.len();
        if answer.streams.is_empty() {
            return Err(damaged(file, path, &finished));
        }
        let mut facts = if pictures {
            let image = image_facts(&answer).ok_or_else(|| damaged(file, path, &finished))?;
            MediaFacts {
                kind: MediaKind::Image,
                container,
                size_bytes,
                stream_count: answer.streams.len(),
                duration_ms: None,
                video: None,
                audio: None,
                image: Some(image),
            }
        } else {
            av_facts(&answer, container, size_bytes).ok_or_else(|| damaged(file, path, &finished))?
        };
        if facts.kind != MediaKind::Image && facts.duration_ms.is_none() {
            facts.duration_ms = self.measure_duration(path, &facts, ctl).await?;
        }
        Ok(facts)
    }

    /// Runs ffprobe with JSON output on one file.
    pub(crate) async fn ask(
        &self,
        path: &Path,
        container: Container,
        questions: &[&str],
        ctl: &Control,
    ) -> Result<(Answer, Finished), MediaError> {
        let mut args = general_args(Program::Ffprobe);
        args.extend(input_args(container.demuxer(), self.pixels_max(container)));
        args.extend(questions.iter().map(OsString::from));
        args.extend(["-of", "json"].map(OsString::from));
        args.extend([OsString::from("-i"), file_url(path)?]);
        let run = Run { program: Program::Ffprobe, lane: Lane::Look, args, frames: None, ctl };
        let finished = self.processes().run(run).await?;
        let answer = serde_json::from_slice(&finished.stdout).unwrap_or_default();
        Ok((answer, finished))
    }

    /// Browsers record WebM without a duration; the time of the last packet is the duration then.
    async fn measure_duration(
        &self,
        path: &Path,
        facts: &MediaFacts,
        ctl: &Control,
    ) -> Result<Option<u64>, MediaError> {
        let video = facts.video.as_ref().map(|video| video.stream_index);
        let Some(index) = video.or(facts.audio.as_ref().map(|audio| audio.stream_index)) else {
            return Ok(None);
        };
        let stream = index.to_string();
        let questions = ["-select_streams", &stream, "-show_entries", "packet=pts_time,duration_time"];
        let (answer, _) = self.ask(path, facts.container, &questions, ctl).await?;
        Ok(answer.last_packet_end_ms())
    }

    pub(crate) fn pixels_max(&self, container: Container) -> u64 {
        let limits = self.limits();
        match container.kind() {
            MediaKind::Image => limits.image_pixels_max,
            // Coded sizes are padded to macroblocks, so the decoder gets a little more than the limit.
            MediaKind::Video | MediaKind::Audio => limits.pixels_max + limits.pixels_max / 16,
        }
    }
}

/// ffmpeg's complaint without the server's paths.
pub(crate) fn damaged(file: &str, path: &Path, finished: &Finished) -> MediaError {
    let path = path.to_string_lossy();
    let cleaned =
        finished.stderr_tail.replace(&format!("file:{path}"), "the file").replace(&*path, "the file");
    let words = cleaned.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it cannot be decoded");
    MediaError::Damaged { file: file.to_owned(), detail: words.trim().chars().take(200).collect() }
}

fn av_facts(answer: &Answer, container: Container, size_bytes: u64) -> Option<MediaFacts> {
    // A cover picture in a sound file is a video stream too, marked as attached.
    let video = answer.streams.iter().find(|stream| stream.is_moving_picture());
    let video = video.and_then(|stream| video_facts(stream, answer.start_us(stream)));
    let audio = answer.streams.iter().find_map(Stream::audio_facts);
    let kind = if video.is_some() { MediaKind::Video } else { MediaKind::Audio };
    if video.is_none() && audio.is_none() {
        return None;
    }
    let start_us = video.as_ref().map_or(0, |video| video.start_us);
    let of_stream = |index: u32| answer.streams.iter().find(|s| s.index == index)?.duration_ms(start_us);
    let main = video.as_ref().map(|v| v.stream_index).or(audio.as_ref().map(|a| a.stream_index))?;
    let duration_ms = of_stream(main).or_else(|| Some(answer.duration_ms()?.saturating_sub(start_us / 1000)));
    let stream_count = answer.streams.len();
    Some(MediaFacts { kind, container, size_bytes, stream_count, duration_ms, video, audio, image: None })
}

fn video_facts(stream: &Stream, start_us: u64) -> Option<VideoFacts> {
    let (coded_width, coded_height) = (stream.width?, stream.height?);
    if coded_width == 0 || coded_height == 0 {
        return None;
    }
    let sar = stream.sample_aspect_ratio();
    let rotation = stream.rotation();
    let across = u64::from(coded_width) * u64::from(sar.0) / u64::from(sar.1);
    let shown = (u32::try_from(across.clamp(1, 1 << 20)).ok()?, coded_height);
    let (width, height) = if rotation % 180 == 90 { (shown.1, shown.0) } else { shown };
    Some(VideoFacts {
        stream_index: stream.index,
        codec: stream.codec_name.clone(),
        width,
        height,
        coded_width,
        coded_height,
        rotation,
        sample_aspect_ratio: sar,
        frame_rate: stream.frame_rate().unwrap_or(FrameRate { num: 0, den: 1 }),
        start_us,
        frame_count: stream.frame_count(),
        pixel_format: stream.pix_fmt.clone().unwrap_or_default(),
        hdr: matches!(stream.color_transfer.as_deref(), Some("smpte2084" | "arib-std-b67")),
        color_matrix: known(stream.color_space.as_deref()),
        color_transfer: known(stream.color_transfer.as_deref()),
        color_primaries: known(stream.color_primaries.as_deref()),
        bitrate_bps: stream.bit_rate.as_deref().and_then(|text| text.parse().ok()),
    })
}

fn known(name: Option<&str>) -> Option<String> {
    name.filter(|name| !matches!(*name, "unknown" | "reserved" | "")).map(str::to_owned)
}

fn image_facts(answer: &Answer) -> Option<ImageFacts> {
    let stream = answer.streams.first()?;
    let frame = answer.frames.first()?;
    let rotation = if frame.rotation() == 0 { stream.rotation() } else { frame.rotation() };
    let (mut width, mut height) = (frame.width?, frame.height?);
    if rotation % 180 == 90 {
        (width, height) = (height, width);
    }
    let pixel_format = frame.pix_fmt.clone().unwrap_or_default();
    Some(ImageFacts { codec: stream.codec_name.clone(), width, height, rotation, pixel_format })
}
