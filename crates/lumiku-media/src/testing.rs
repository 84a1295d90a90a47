//! Clips made by ffmpeg's own generators, for tests of this crate and of others (feature `testing`).
//! Blocking and unsandboxed on purpose: the only input is what the test writes here.

use std::path::Path;
use std::process::Stdio;

/// What is in the picture and in the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Moving test bars and a steady tone.
    Bars,
    /// One white frame and one beep of 100 ms, both beginning at this time; black and silent otherwise.
    FlashBeep { at_ms: u32 },
    /// One colour, ffmpeg's name, and a steady tone.
    Color(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipAudio {
    None,
    Mono44,
    Stereo48,
    Surround48,
}

/// The clip to make; start from `ClipSpec::default()` and change what matters.
#[derive(Clone, Debug)]
pub struct ClipSpec {
    /// Exact number of frames.
    pub frames: u32,
    pub size: (u32, u32),
    /// ffmpeg's spelling: "30", "60000/1001".
    pub fps: &'static str,
    /// Encoder: "libx264", "libx265", "libvpx-vp9", "mpeg4".
    pub codec: &'static str,
    pub pixel_format: &'static str,
    /// Clockwise degrees a player turns the picture by.
    pub rotation: u16,
    pub audio: ClipAudio,
    pub pattern: Pattern,
    /// More output options, for colour tags and the like.
    pub extra: &'static [&'static str],
    /// More filters at the end of the picture's chain, for variable rates and aspect ratios.
    pub filter: &'static str,
}

impl Default for ClipSpec {
    fn default() -> Self {
        Self {
            frames: 30,
            size: (320, 240),
            fps: "30",
            codec: "libx264",
            pixel_format: "yuv420p",
            rotation: 0,
            audio: ClipAudio::Stereo48,
            pattern: Pattern::Bars,
            extra: &[],
            filter: "null",
        }
    }
}

impl ClipSpec {
    fn seconds(&self) -> f64 {
        let (num, den) = self.fps.split_once('/').unwrap_or((self.fps, "1"));
        let rate = num.parse::<f64>().expect("a number") / den.parse::<f64>().expect("a number");
        f64::from(self.frames) / rate
    }

    fn picture(&self) -> String {
        let ((w, h), fps) = (self.size, self.fps);
        let source = match self.pattern {
            Pattern::Bars => format!("testsrc2=s={w}x{h}:r={fps}"),
            Pattern::Color(name) => format!("color=c={name}:s={w}x{h}:r={fps}"),
            Pattern::FlashBeep { at_ms } => {
                let at = f64::from(at_ms) / 1000.0;
                format!(
                    "color=c=black:s={w}x{h}:r={fps},drawbox=c=white:t=fill:\
                     enable='gte(t,{at}-0.001)*lt(t,{at}-0.001+1/({fps}))'"
                )
            }
        };
        format!("{source},trim=end_frame={},{},format={}", self.frames, self.filter, self.pixel_format)
    }

    fn sound(&self) -> Option<String> {
        let (rate, layout) = match self.audio {
            ClipAudio::None => return None,
            ClipAudio::Mono44 => (44_100, "mono"),
            ClipAudio::Stereo48 => (48_000, "stereo"),
            ClipAudio::Surround48 => (48_000, "5.1"),
        };
        let samples = (self.seconds() * f64::from(rate)).round() as u64;
        let tone = match self.pattern {
            Pattern::FlashBeep { at_ms } => {
                let at = f64::from(at_ms) / 1000.0;
                format!("0.8*sin(2*PI*1000*t)*gte(t,{at})*lt(t,{at}+0.1)")
            }
            Pattern::Bars | Pattern::Color(_) => "0.3*sin(2*PI*440*t)".to_owned(),
        };
        Some(format!(
            "aevalsrc='{tone}':s={rate},aformat=channel_layouts={layout},atrim=end_sample={samples}"
        ))
    }
}

/// Makes the clip; the container follows the extension of `out`. Panics with ffmpeg's words on failure.
pub fn make_clip(spec: &ClipSpec, out: &Path) {
    let mut graph = format!("{}[v]", spec.picture());
    let sound = spec.sound();
    if let Some(sound) = &sound {
        graph = format!("{graph};{sound}[a]");
    }
    let mut args = vec!["-filter_complex".to_owned(), graph, "-map".into(), "[v]".into()];
    if sound.is_some() {
        let encoder = if extension(out) == "webm" { "libopus" } else { "aac" };
        args.extend(["-map", "[a]", "-c:a", encoder].map(str::to_owned));
    }
    args.extend(["-c:v".to_owned(), spec.codec.into()]);
    let speed: &[&str] = match spec.codec {
        "libx264" => &["-preset", "ultrafast"],
        "libx265" => &["-preset", "ultrafast", "-x265-params", "log-level=error"],
        "libvpx-vp9" => &["-deadline", "realtime", "-cpu-used", "8"],
        _ => &[],
    };
    args.extend(speed.iter().chain(spec.extra).map(|arg| (*arg).to_owned()));
    if spec.rotation == 0 {
        return run_ffmpeg(&[args, vec![path_text(out)]].concat());
    }
    // The display matrix is written by copying with the old tag, which this ffmpeg reads anticlockwise.
    let upright = out.with_extension(format!("upright.{}", extension(out)));
    run_ffmpeg(&[args, vec![path_text(&upright)]].concat());
    let tag = format!("rotate={}", (360 - spec.rotation) % 360);
    let copy = ["-i", &path_text(&upright), "-c", "copy", "-metadata:s:v:0", &tag, &path_text(out)];
    run_ffmpeg(&copy.map(str::to_owned));
    std::fs::remove_file(upright).expect("the upright clip was just written");
}

/// Runs ffmpeg with these arguments, overwriting; panics with its words on failure.
pub fn run_ffmpeg<S: AsRef<std::ffi::OsStr>>(args: &[S]) {
    #[expect(clippy::disallowed_methods, reason = "test clips are made by the crate that starts processes")]
    let mut command = std::process::Command::new("ffmpeg");
    let output = command.args(["-v", "error", "-nostdin", "-y"]).args(args).stdin(Stdio::null()).output();
    let output = output.expect("ffmpeg is installed");
    assert!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("test paths are text").to_owned()
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or("mp4")
}
