//! What a finished video is, told by ffprobe and by its decoded frames and samples: an independent
//! witness, because the engine under test must not vouch for itself.

use std::io::Write;
use std::process::{Command, Output};

use serde_json::Value;

/// What was counted and measured on a video.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub size: (u64, u64),
    pub frame_rate: String,
    /// Decoded, not claimed.
    pub frames: u64,
    pub video_seconds: f64,
    /// Decoded samples; absent without a sound track.
    pub audio_seconds: Option<f64>,
}

/// A video on disk for the programs that look at it.
fn on_disk(video: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".mp4").tempfile().expect("a temporary file");
    file.write_all(video).expect("the video is written");
    file
}

/// Counts and measures a video.
pub fn look_at(video: &[u8]) -> Seen {
    let file = on_disk(video);
    let path = file.path().to_str().expect("a plain path");
    let output = run("ffprobe", &["-count_frames", "-show_streams", "-of", "json", path]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("ffprobe answers in JSON");
    let streams = answer["streams"].as_array().expect("streams");
    let of = |kind: &str| streams.iter().find(|stream| stream["codec_type"] == kind);
    let picture = of("video").expect("a picture track");
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    let frames = number(&picture["nb_read_frames"]).expect("frames were counted") as u64;
    let rate = picture["r_frame_rate"].as_str().expect("a frame rate").to_owned();
    let (num, den) = rate.split_once('/').expect("a fraction");
    let per_second = num.parse::<f64>().expect("a number") / den.parse::<f64>().expect("a number");
    Seen {
        size: (picture["width"].as_u64().expect("a width"), picture["height"].as_u64().expect("a height")),
        frames,
        video_seconds: frames as f64 / per_second,
        frame_rate: rate,
        audio_seconds: of("audio").map(|_| samples(video).len() as f64 / 48_000.0),
    }
}

/// Times at which the middle of the picture turns white, in seconds from the first frame.
pub fn flashes(video: &[u8], fps: u32) -> Vec<f64> {
    let gray =
        decode(video, &["-an", "-vf", "crop=2:2,format=gray", "-f", "rawvideo", "-fps_mode", "passthrough"]);
    let bright: Vec<bool> = gray.chunks(4).map(|frame| frame[0] > 128).collect();
    let rising = (0..bright.len()).filter(|&i| bright[i] && (i == 0 || !bright[i - 1]));
    rising.map(|i| i as f64 / f64::from(fps)).collect()
}

/// Times at which a beep begins: the first loud sample after at least 50 ms of quiet.
pub fn beeps(video: &[u8]) -> Vec<f64> {
    let (mut found, mut quiet) = (Vec::new(), 2400);
    for (i, sample) in samples(video).iter().enumerate() {
        let loud = sample.unsigned_abs() > 4000;
        if loud && quiet >= 2400 {
            found.push(i as f64 / 48_000.0);
        }
        quiet = if loud { 0 } else { quiet + 1 };
    }
    found
}

fn samples(video: &[u8]) -> Vec<i16> {
    let pcm = decode(video, &["-vn", "-f", "s16le", "-ac", "1", "-ar", "48000"]);
    pcm.chunks_exact(2).map(|sample| i16::from_le_bytes([sample[0], sample[1]])).collect()
}

fn decode(video: &[u8], args: &[&str]) -> Vec<u8> {
    let file = on_disk(video);
    let path = file.path().to_str().expect("a plain path");
    run("ffmpeg", &[&["-nostdin", "-i", path], args, &["-"]].concat()).stdout
}

fn run(program: &str, args: &[&str]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "an independent witness of what the engine wrote")]
    let mut command = Command::new(program);
    let output = command.args(["-v", "error"]).args(args).output().expect("ffmpeg is installed");
    assert!(output.stderr.is_empty(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
