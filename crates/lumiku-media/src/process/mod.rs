//! The only place that starts programs. Every run: argument vector, own process group, empty environment,
//! no stdin, kernel limits, a wall limit, cancel by SIGKILL to the group, the last words of stderr kept.
//! An exit code of 0 proves nothing about the result (ffmpeg reports success after refusing a picture);
//! callers verify what came out.

mod output;
mod spawner;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use crate::config::MediaLimits;
use crate::control::Control;
use crate::error::MediaError;
use crate::tools::{SEARCH_PATH, Tools};

use spawner::Spawner;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Ffmpeg,
    Ffprobe,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Ffmpeg => "ffmpeg",
            Self::Ffprobe => "ffprobe",
        }
    }
}

/// Encodes share one set of slots; probes and thumbnails have their own, so that looking at an upload never
/// waits behind somebody's forty videos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Encode,
    Look,
}

/// One run of one program.
pub(crate) struct Run<'a> {
    pub program: Program,
    pub lane: Lane,
    pub args: Vec<OsString>,
    /// Frames the run should produce, for progress as a fraction.
    pub frames: Option<u64>,
    pub ctl: &'a Control,
}

/// What a run left behind. `success` is one witness among several.
pub(crate) struct Finished {
    pub success: bool,
    /// ffprobe's answer; for ffmpeg the frame count of its last progress report.
    pub stdout: Vec<u8>,
    pub frames: u64,
    pub stderr_tail: String,
}

#[derive(Debug)]
pub(crate) struct Processes {
    tools: Tools,
    limits: MediaLimits,
    encode_slots: Arc<Semaphore>,
    look_slots: Arc<Semaphore>,
    spawner: Spawner,
}

impl Processes {
    pub fn new(tools: Tools, limits: MediaLimits, slots: usize) -> Result<Self, MediaError> {
        let slots = slots.max(1);
        Ok(Self {
            tools,
            limits,
            encode_slots: Arc::new(Semaphore::new(slots)),
            look_slots: Arc::new(Semaphore::new(slots)),
            spawner: Spawner::new()?,
        })
    }

    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// Runs to the end, to the limit or to cancellation. Dropping the future kills the process group too.
    pub async fn run(&self, run: Run<'_>) -> Result<Finished, MediaError> {
        let (slots, wall) = match run.lane {
            Lane::Encode => (&self.encode_slots, self.limits.encode_wall_time),
            Lane::Look => (&self.look_slots, self.limits.probe_wall_time),
        };
        let _slot = tokio::select! {
            biased;
            () = run.ctl.cancel.cancelled() => return Err(MediaError::Cancelled),
            slot = slots.acquire() => slot.map_err(|_| MediaError::Cancelled)?,
        };
        let name = run.program.name();
        let child = self.spawner.spawn(self.command(&run)).await.map_err(|source| {
            MediaError::ToolMissing { tool: name.to_owned(), detail: source.to_string() }
        })?;
        let mut running = Running { child };
        tokio::select! {
            biased;
            () = run.ctl.cancel.cancelled() => {
                running.kill().await;
                Err(MediaError::Cancelled)
            }
            () = tokio::time::sleep(wall) => {
                running.kill().await;
                Err(MediaError::Timeout { tool: name.to_owned(), limit_s: wall.as_secs() })
            }
            finished = output::drive(&mut running.child, &run) => finished,
        }
    }

    fn command(&self, run: &Run<'_>) -> Command {
        let tools = &self.tools;
        let program = match run.program {
            Program::Ffmpeg => &tools.ffmpeg,
            Program::Ffprobe => &tools.ffprobe,
        };
        let cpu_seconds = match run.lane {
            Lane::Encode => self.limits.cpu_seconds_max,
            Lane::Look => self.limits.probe_wall_time.as_secs().max(1),
        };
        #[expect(clippy::disallowed_methods, reason = "this is the one door to processes")]
        let mut command = Command::new(&tools.setpriv);
        // setpriv: when this server is killed with -9, the kernel kills what it was running.
        command.args(["--pdeathsig", "KILL", "--"]).arg(&tools.prlimit);
        command.arg("--core=0");
        command.arg(format!("--fsize={}", self.limits.output_bytes_max));
        command.arg(format!("--cpu={cpu_seconds}"));
        command.arg(format!("--as={}", self.limits.address_space_bytes_max));
        command.arg("--").arg(program).args(&run.args);
        command.env_clear().env("PATH", SEARCH_PATH).env("LC_ALL", "C.UTF-8");
        command.current_dir("/").process_group(0).kill_on_drop(true);
        command.stdin(std::process::Stdio::null());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command
    }
}

/// A child that does not outlive the future that waits for it.
struct Running {
    child: Child,
}

impl Running {
    fn signal(&self) {
        // `id` is None once the child was reaped, so a recycled process id is never hit.
        if let Some(pid) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }

    async fn kill(&mut self) {
        self.signal();
        let _ = self.child.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal();
    }
}

/// Absolute and `file:`-prefixed, so that no name can be an option, a protocol or a pattern.
pub(crate) fn file_url(path: &Path) -> Result<OsString, MediaError> {
    let absolute: PathBuf =
        std::path::absolute(path).map_err(MediaError::io(format!("resolve the path {}", path.display())))?;
    let mut url = OsString::from("file:");
    url.push(absolute);
    Ok(url)
}

/// The options in front of an untrusted input: one protocol family, one demuxer, bounded memory.
pub(crate) fn input_args(demuxer: &str, pixels_max: u64) -> Vec<OsString> {
    let pixels_max = pixels_max.to_string();
    ["-protocol_whitelist", "file,pipe", "-format_whitelist", demuxer, "-max_pixels", &pixels_max]
        .into_iter()
        .chain(["-threads", "1", "-f", demuxer])
        .map(OsString::from)
        .collect()
}

/// The options every program gets first.
pub(crate) fn general_args(program: Program) -> Vec<OsString> {
    let common = ["-v", "error", "-hide_banner", "-max_alloc", "268435456"];
    let ffmpeg = ["-nostdin", "-y", "-nostats", "-stats_period", "0.25", "-progress", "pipe:1"];
    let single = ["-filter_complex_threads", "1", "-filter_threads", "1"];
    let of_ffmpeg = if program == Program::Ffmpeg { [&ffmpeg[..], &single[..]].concat() } else { Vec::new() };
    common.into_iter().chain(of_ffmpeg).map(OsString::from).collect()
}
