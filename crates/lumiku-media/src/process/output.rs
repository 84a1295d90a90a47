//! Reading a running program: stdout (an answer, or progress lines), the tail of stderr, the end.

use std::os::unix::process::ExitStatusExt;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Child;

use super::{Finished, Program, Run};
use crate::error::MediaError;

/// Longest answer read from ffprobe; a file with more to say is not a clip.
const ANSWER_BYTES_MAX: u64 = 8 << 20;
const STDERR_TAIL_BYTES: usize = 4096;

/// Progress of ffmpeg, from `-progress pipe:1`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Progress {
    pub frames: u64,
}

impl Progress {
    /// Takes one `key=value` line; true when a report is complete.
    pub fn line(&mut self, line: &str) -> bool {
        match line.split_once('=') {
            Some(("frame", value)) => self.frames = value.trim().parse().unwrap_or(self.frames),
            Some(("progress", _)) => return true,
            _ => {}
        }
        false
    }
}

pub(super) async fn drive(child: &mut Child, run: &Run<'_>) -> Result<Finished, MediaError> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut progress = Progress::default();
    let mut answer = Vec::new();
    let reading = async {
        let Some(stdout) = stdout else { return Ok(()) };
        match run.program {
            Program::Ffmpeg => follow(stdout, run, &mut progress).await,
            Program::Ffprobe => stdout.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await.map(|_| ()),
        }
    };
    let (read, stderr_tail, status) = tokio::join!(reading, tail(stderr), child.wait());
    let doing = || format!("talk to {}", run.program.name());
    read.map_err(MediaError::io(doing()))?;
    let status = status.map_err(MediaError::io(doing()))?;
    if let Some(signal) = status.signal() {
        let detail = format!("signal {signal}");
        return Err(MediaError::Killed { tool: run.program.name().to_owned(), detail });
    }
    Ok(Finished { success: status.success(), stdout: answer, frames: progress.frames, stderr_tail })
}

async fn follow(
    stdout: impl AsyncRead + Unpin,
    run: &Run<'_>,
    progress: &mut Progress,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        if progress.line(&line)
            && let Some(frames) = run.frames.filter(|frames| *frames > 0)
        {
            run.ctl.report(progress.frames as f32 / frames as f32);
        }
    }
    Ok(())
}

/// Reads everything, keeps the end: a decoder can complain by the megabyte.
async fn tail(stderr: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stderr) = stderr else { return String::new() };
    let mut kept = Vec::new();
    let mut chunk = [0u8; 4096];
    while let Ok(read) = stderr.read(&mut chunk).await {
        if read == 0 {
            break;
        }
        kept.extend_from_slice(&chunk[..read]);
        if kept.len() > STDERR_TAIL_BYTES {
            kept.drain(..kept.len() - STDERR_TAIL_BYTES);
        }
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_counts_frames_and_survives_nonsense() {
        let mut progress = Progress::default();
        for line in ["frame=12", "fps=0.0", "out_time_us=N/A", "frame= 30", "frame=x", ""] {
            assert!(!progress.line(line));
        }
        assert!(progress.line("progress=continue"));
        assert_eq!(progress.frames, 30);
    }

    #[tokio::test]
    async fn only_the_last_words_of_a_talkative_program_are_kept() {
        let words = vec![b'a'; 100_000].into_iter().chain(*b"the end").collect::<Vec<u8>>();
        let tail = tail(Some(&words[..])).await;
        assert!(tail.ends_with("the end"));
        assert_eq!(tail.len(), STDERR_TAIL_BYTES);
    }
}
