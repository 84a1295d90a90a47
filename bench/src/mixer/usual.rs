//! The usual way: one filter graph decodes, scales and joins the clips of one video, one encode
//! writes it. Everything the engine decides about the encoder is set to the same value.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use lumiku_media::{AUDIO_BITRATE_BPS, AUDIO_RATE};
use video_mixer::domain::{PlannedVideo, Recipe};

use super::clips::Clips;

/// Runs ffmpeg with these arguments, one thread, overwriting; returns what it said.
pub async fn ffmpeg<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Result<String> {
    #[expect(clippy::disallowed_methods, reason = "what the product is measured against is no part of it")]
    let mut command = tokio::process::Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-nostats", "-y", "-filter_complex_threads", "1"]);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.context("cannot start ffmpeg")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "ffmpeg failed: {said}");
    Ok(said)
}

/// Encodes one video into `folder`.
pub async fn encode(clips: &Clips, video: &PlannedVideo, folder: &Path) -> Result<()> {
    let recipe = &video.recipe;
    let target = recipe.target;
    let fps = target.fps.get();
    let mut arguments = inputs(clips, recipe)?;
    let count = recipe.timeline().count();
    let chains = format!("{}{}", pictures(recipe, 0), sounds(clips, recipe)?);
    let pads = (0..count).fold(String::new(), |pads, n| pads + &format!("[v{n}][a{n}]"));
    let graph = format!("{chains}{pads}concat=n={count}:v=1:a=1[v][a]");
    let (crf, maxrate) = (target.crf().to_string(), target.bitrate_bps_max());
    let (bufsize, maxrate) = ((maxrate * 2).to_string(), maxrate.to_string());
    let (rate, interval, audio) = (fps.to_string(), fps * 2, AUDIO_BITRATE_BPS.to_string());
    let x264 = format!("keyint={interval}:min-keyint={interval}:scenecut=0:open-gop=0");
    let out = file(folder, video).to_string_lossy().into_owned();
    let encode = [
        &["-filter_complex", &graph, "-map", "[v]", "-map", "[a]", "-r", &rate][..],
        &["-c:v", "libx264", "-preset", "veryfast", "-crf", &crf, "-maxrate", &maxrate, "-bufsize", &bufsize],
        &["-profile:v", "high", "-level:v", target.level(), "-threads", "1", "-x264-params", &x264],
        &["-c:a", "aac", "-b:a", &audio, "-map_metadata", "-1", "-movflags", "+faststart", &out],
    ];
    arguments.extend(encode.concat().into_iter().map(str::to_owned));
    ffmpeg(&arguments).await.map(drop)
}

/// How like a finished video is to the same clips joined without any encoder: SSIM, 1 is equal.
pub async fn likeness(clips: &Clips, recipe: &Recipe, finished: &Path) -> Result<f64> {
    let mut arguments = vec!["-i".to_owned(), finished.to_string_lossy().into_owned()];
    arguments.extend(inputs(clips, recipe)?);
    let count = recipe.timeline().count();
    let pads = (0..count).fold(String::new(), |pads, n| pads + &format!("[v{n}]"));
    let graph = format!(
        "{}{pads}concat=n={count}:v=1:a=0,setpts=N/{fps}/TB[joined];[0:v]setpts=N/{fps}/TB[made];[made][joined]ssim",
        pictures(recipe, 1),
        fps = recipe.target.fps.get()
    );
    arguments.extend(["-filter_complex", &graph, "-f", "null", "-"].map(str::to_owned));
    let said = ffmpeg(&arguments).await?;
    let all = said.rsplit_once("All:").and_then(|(_, rest)| rest.split_whitespace().next());
    all.and_then(|all| all.parse().ok()).with_context(|| format!("ffmpeg told no SSIM: {said}"))
}

pub fn file(folder: &Path, video: &PlannedVideo) -> PathBuf {
    folder.join(format!("usual-{}.mp4", video.index))
}

fn inputs(clips: &Clips, recipe: &Recipe) -> Result<Vec<String>> {
    let mut arguments = Vec::new();
    for part in recipe.timeline() {
        let path = clips.find(part.clip_id)?.path.to_string_lossy().into_owned();
        arguments.extend(["-threads".to_owned(), "1".to_owned(), "-i".to_owned(), path]);
    }
    Ok(arguments)
}

/// The picture of each part, fitted into black bars and cut to its frames.
fn pictures(recipe: &Recipe, first_input: usize) -> String {
    let (width, height, fps) = (recipe.target.width, recipe.target.height, recipe.target.fps.get());
    let chain = |(n, frames): (usize, u32)| {
        format!(
            "[{input}:v]setpts=PTS-STARTPTS,fps={fps}:start_time=0,\
             scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2,\
             pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p,trim=end_frame={frames}[v{n}];",
            input = n + first_input
        )
    };
    recipe.timeline().map(|part| part.frames).enumerate().map(chain).collect()
}

fn sounds(clips: &Clips, recipe: &Recipe) -> Result<String> {
    let mut chains = Vec::new();
    for (n, part) in recipe.timeline().enumerate() {
        let samples = u64::from(part.frames) * recipe.target.fps.samples_per_frame();
        let sound = if clips.find(part.clip_id)?.facts.has_audio() {
            format!("[{n}:a]aresample={AUDIO_RATE}:async=1:first_pts=0,apad")
        } else {
            format!("anullsrc=r={AUDIO_RATE}")
        };
        chains.push(format!("{sound},aformat=channel_layouts=stereo,atrim=end_sample={samples}[a{n}];"));
    }
    Ok(chains.concat())
}
