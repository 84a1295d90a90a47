//! One process of the real program: heard line by line, and killed by its own id when dropped.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::waiting::DEADLINE;

/// A command that ran to its end.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.stdout
    }

    /// What it said on its way out.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        self.stderr
    }
}

/// What a running process has printed so far.
#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Heard {
    fn listen(self: &Arc<Self>, from: impl Read + Send + 'static) {
        let heard = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                heard.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                heard.more.notify_all();
            }
        });
    }

    fn wait_for(&self, matches: impl Fn(&str) -> bool) -> Option<String> {
        let began = Instant::now();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(line) = lines.iter().find(|line| matches(line)) {
                return Some(line.clone());
            }
            let left = DEADLINE.checked_sub(began.elapsed())?;
            lines = self.more.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn text(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}

/// A running process.
pub struct Program {
    child: Child,
    stdout: Arc<Heard>,
    stderr: Arc<Heard>,
}

/// The program with nothing of this process's environment but the path to ffmpeg.
fn command(arguments: &[&str], environment: &[(String, String)]) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the program under test is a process")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_lumiku"));
    #[expect(clippy::disallowed_methods, reason = "the program needs to find ffmpeg")]
    let path = std::env::var("PATH").unwrap_or_default();
    command.args(arguments).env_clear().env("PATH", path);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end.
pub fn run(arguments: &[&str], environment: &[(String, String)], stdin: &str) -> Finished {
    let mut child = command(arguments, environment).spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("a pipe");
    // It may end without reading.
    let _ = input.write_all(stdin.as_bytes());
    drop(input);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Finished { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Program {
    pub fn start(arguments: &[&str], environment: &[(String, String)]) -> Self {
        let mut child = command(arguments, environment).spawn().expect("the program starts");
        let (stdout, stderr) = (Arc::<Heard>::default(), Arc::<Heard>::default());
        stdout.listen(child.stdout.take().expect("a pipe"));
        stderr.listen(child.stderr.take().expect("a pipe"));
        Self { child, stdout, stderr }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The first printed line with this in it, also when it was printed before.
    #[track_caller]
    pub fn line_with(&self, part: &str) -> String {
        let found = self.stdout.wait_for(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("never printed {part:?}: {}\n{}", self.printed(), self.logged()))
    }

    /// The same for the log.
    #[track_caller]
    pub fn log_with(&self, part: &str) -> String {
        let found = self.stderr.wait_for(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("never logged {part:?}: {}", self.logged()))
    }

    /// Everything printed so far.
    pub fn printed(&self) -> String {
        self.stdout.text()
    }

    /// Everything logged so far.
    pub fn logged(&self) -> String {
        self.stderr.text()
    }

    /// Where it answers.
    #[track_caller]
    pub fn address(&self) -> String {
        let line = self.line_with("Lumiku is ready at ");
        line.trim_start_matches("Lumiku is ready at ").to_owned()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid().cast_signed()), signal).expect("the process is there");
    }

    /// Waits until it has ended by itself; how it ended and how long that took.
    #[track_caller]
    pub fn wait(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return (status, began.elapsed());
            }
            assert!(began.elapsed() < DEADLINE, "it does not end: {}", self.logged());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// SIGTERM, and the wait for exit code 0.
    #[track_caller]
    pub fn stop(&mut self) -> Duration {
        self.signal(Signal::SIGTERM);
        let (status, took) = self.wait();
        assert_eq!(status.code(), Some(0), "{}", self.logged());
        took
    }

    /// SIGKILL, as the kernel does when memory is short.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}
