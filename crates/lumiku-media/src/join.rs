//! Join: segments become one output by stream copy, with one AAC encode over the whole length. (AAC copied
//! per clip would drift 1,024-sample frames against the picture at every join.)

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::conform::{expect_equal, failed};
use crate::control::Control;
use crate::encoder::TIMESCALE;
use crate::error::MediaError;
use crate::facts::FrameRate;
use crate::media::{Media, blocking, publish};
use crate::mp4;
use crate::process::{Finished, Lane, Program, Run, file_url, general_args};
use crate::scratch::WorkDir;
use crate::segment::{SAMPLE_BYTES, Segment, invalid};
use crate::sniff::Container;
use crate::target::{AUDIO_BITRATE_BPS, AUDIO_RATE, Target};

/// Samples of one AAC packet.
const AAC_FRAME: u64 = 1024;
/// The last packet is padded to its full length. When more than 20 ms of it would be padding, the sound is
/// shortened to the packet before: at most 64 samples, 1.3 ms, are given up.
const TAIL_SAMPLES_DROPPED_MAX: u64 = 64;
/// How far the end of the sound may lie from the end of the picture.
const END_TOLERANCE_S: f64 = 0.020;
/// More segments than this in one output is a mistake of the caller.
pub const SEGMENTS_MAX: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioMode {
    /// The segments' sound (silence where a clip had none).
    Keep,
    /// No sound track.
    Mute,
}

/// What was really written, read back from the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFacts {
    pub width: u32,
    pub height: u32,
    pub frame_rate: FrameRate,
    pub frame_count: u64,
    pub duration_ms: u64,
    pub size_bytes: u64,
    pub has_audio: bool,
}

impl Media {
    /// Writes `out` (MP4, faststart, no metadata) from segments in this order. `out` appears whole or not.
    pub async fn join(
        &self,
        segments: &[Segment],
        audio: AudioMode,
        out: &Path,
        ctl: &Control,
    ) -> Result<OutputFacts, MediaError> {
        let target = common_target(segments)?;
        let work = self.work_dir()?;
        let list = work.file("list.ffconcat");
        let pcm = work.file("audio.s16le");
        let (owned, list_path, pcm_path) = (segments.to_vec(), list.clone(), pcm.clone());
        let samples = blocking("prepare a join", move || {
            write_list(&owned, &list_path)?;
            if audio == AudioMode::Keep { write_pcm(&owned, &pcm_path) } else { Ok(0) }
        });
        check_parameter_sets(segments).await?;
        let samples = samples.await?;
        let frames: u64 = segments.iter().map(|segment| segment.frames).sum();
        let output = work.file("output.mp4");
        let args = join_args(&list, (audio == AudioMode::Keep).then_some(&pcm), &output)?;
        let run = Run { program: Program::Ffmpeg, lane: Lane::Encode, args, frames: Some(frames), ctl };
        let finished = self.processes().run(run).await?;
        let expected = Expected { target, frames, samples };
        let facts = verify_output(&expected, &output, &work, &finished).await?;
        publish(&output, out).await?;
        ctl.report(1.0);
        Ok(facts)
    }

    /// A JPEG of a finished output.
    pub async fn poster(&self, output: &Path, max_side: u32, out: &Path) -> Result<(), MediaError> {
        let facts = self.probe(output, Container::Mp4).await?;
        self.thumbnail(output, &facts, max_side, out).await
    }
}

/// Reads back from the file what was really written.
async fn verify_output(
    expected: &Expected,
    output: &Path,
    work: &WorkDir,
    finished: &Finished,
) -> Result<OutputFacts, MediaError> {
    let failed = || failed("join the clips", work.path(), finished);
    let size_bytes = std::fs::metadata(output).map_err(|_| failed())?.len();
    let path = output.to_owned();
    let read = blocking("read an output", move || mp4::tracks(&path)).await?;
    let tracks = read.ok_or_else(failed)?;
    let video = tracks.iter().find(|track| track.is_video).ok_or_else(failed)?;
    expect_equal("frames of the output", &expected.frames, &video.samples)?;
    let (width, height, frame_rate) = (video.width, video.height, video.frame_rate);
    let fps = expected.target.fps;
    let found = format!("{width}x{height} at {} fps", frame_rate.as_f64());
    expect_equal("form of the output", &expected.target.to_string(), &found)?;
    let whole = tracks.iter().map(|track| track.bytes).sum::<u64>() < size_bytes;
    expect_equal("all samples are in the output", &true, &whole)?;
    let sound = tracks.iter().find(|track| !track.is_video);
    expect_equal("sound track of the output", &(expected.samples > 0), &sound.is_some())?;
    if let Some(sound) = sound {
        // One packet more than the samples fill: the encoder's start-up, hidden by the edit list.
        let packets = expected.samples.div_ceil(AAC_FRAME) + 1;
        expect_equal("sound packets of the output", &packets, &sound.samples)?;
        let apart = video.duration_s - sound.duration_s;
        expect_equal("sound ends with the picture", &true, &(apart.abs() <= END_TOLERANCE_S))?;
    }
    Ok(OutputFacts {
        width,
        height,
        frame_rate,
        frame_count: expected.frames,
        duration_ms: fps.ms_of_frames(expected.frames),
        size_bytes,
        has_audio: sound.is_some(),
    })
}

struct Expected {
    target: Target,
    frames: u64,
    samples: u64,
}

fn common_target(segments: &[Segment]) -> Result<Target, MediaError> {
    let first = segments.first().ok_or_else(|| invalid("an output needs at least one segment"))?;
    if segments.len() > SEGMENTS_MAX {
        return Err(invalid(format!("{} segments in one output, at most {SEGMENTS_MAX}", segments.len())));
    }
    match segments.iter().find(|segment| segment.target != first.target) {
        None => Ok(first.target),
        Some(other) => Err(invalid(format!(
            "{} was conformed to {}, not {}",
            other.file_name, other.target, first.target
        ))),
    }
}

/// Read back from the files, because a cache filled by another build must be noticed, not joined.
async fn check_parameter_sets(segments: &[Segment]) -> Result<(), MediaError> {
    let mut files: Vec<(PathBuf, String)> =
        segments.iter().map(|segment| (segment.video.clone(), segment.file_name.clone())).collect();
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    let read = move || -> io::Result<Vec<(Option<Vec<u8>>, String)>> {
        files.into_iter().map(|(path, name)| Ok((mp4::parameter_sets(&path)?, name))).collect()
    };
    let sets = blocking("read a segment", read).await?;
    let first = sets.first().and_then(|(set, _)| set.clone());
    match sets.into_iter().find(|(set, _)| set.is_none() || *set != first) {
        None => Ok(()),
        Some((set, name)) => Err(MediaError::Mismatch {
            subject: format!("parameter sets of the segment of {name}"),
            expected: hex::encode(first.unwrap_or_default()),
            found: hex::encode(set.unwrap_or_default()),
        }),
    }
}

fn write_list(segments: &[Segment], list: &Path) -> io::Result<()> {
    let mut text = String::from("ffconcat version 1.0\n");
    for segment in segments {
        let path = segment.video.to_string_lossy().replace('\'', "'\\''");
        let ticks = segment.frames * u64::from(TIMESCALE / segment.target.fps.get());
        let micros = ticks * 1_000_000 / u64::from(TIMESCALE);
        let _ =
            writeln!(text, "file 'file:{path}'\nduration {}.{:06}", micros / 1_000_000, micros % 1_000_000);
    }
    std::fs::write(list, text)
}

/// One after the other; returns the samples written.
fn write_pcm(segments: &[Segment], pcm: &Path) -> io::Result<u64> {
    let mut joined = File::create(pcm)?;
    for segment in segments {
        let copied = io::copy(&mut File::open(&segment.audio)?, &mut joined)?;
        if copied != segment.samples() * SAMPLE_BYTES {
            return Err(io::Error::other(format!("the sound of {} has the wrong length", segment.file_name)));
        }
    }
    joined.flush()?;
    let samples = segments.iter().map(Segment::samples).sum::<u64>();
    let tail = samples % AAC_FRAME;
    let kept = if (1..=TAIL_SAMPLES_DROPPED_MAX).contains(&tail) { samples - tail } else { samples };
    joined.set_len(kept * SAMPLE_BYTES)?;
    Ok(kept)
}

fn join_args(list: &Path, pcm: Option<&PathBuf>, output: &Path) -> Result<Vec<OsString>, MediaError> {
    let mut args = general_args(Program::Ffmpeg);
    // `-safe 0` is for lists we wrote, of files we made; both demuxers have to be on the list.
    let input =
        ["-protocol_whitelist", "file", "-format_whitelist", "concat,mov", "-f", "concat", "-safe", "0"];
    args.extend(input.map(OsString::from));
    args.extend([OsString::from("-i"), file_url(list)?]);
    if let Some(pcm) = pcm {
        let rate = AUDIO_RATE.to_string();
        let raw = ["-protocol_whitelist", "file", "-format_whitelist", "s16le", "-f", "s16le", "-ar", &rate];
        args.extend(raw.map(OsString::from));
        args.extend(["-ac".into(), "2".into(), "-i".into(), file_url(pcm)?]);
    }
    args.extend(["-map", "0:v:0", "-c:v", "copy"].map(OsString::from));
    if pcm.is_some() {
        let bitrate = AUDIO_BITRATE_BPS.to_string();
        let encode = ["-map", "1:a:0", "-c:a", "aac", "-b:a", &bitrate, "-threads", "1"];
        args.extend(encode.map(OsString::from));
    }
    let timescale = TIMESCALE.to_string();
    let form = ["-video_track_timescale", &timescale, "-map_metadata", "-1", "-map_chapters", "-1"];
    args.extend(form.map(OsString::from));
    let clean = ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-movflags", "+faststart", "-f", "mp4"];
    args.extend(clean.map(OsString::from));
    args.push(file_url(output)?);
    Ok(args)
}
