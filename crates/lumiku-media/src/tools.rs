//! Finding the programs and asking them, once, who they are and what they can do.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::config::MediaConfig;
use crate::error::MediaError;

/// Where bare names are looked up, here and by the children; the server's own PATH is not trusted.
pub(crate) const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin";

#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
    pub prlimit: PathBuf,
    pub setpriv: PathBuf,
    /// First line of `ffmpeg -version`.
    pub version: String,
    /// zscale is what turns HDR into SDR properly; without it HDR clips are converted plainly.
    pub has_zscale: bool,
}

impl Tools {
    pub fn find(config: &MediaConfig) -> Result<Self, MediaError> {
        let ffmpeg = locate(&config.ffmpeg)?;
        let ffprobe = locate(&config.ffprobe)?;
        let version = first_line(&ask(&ffmpeg, &["-hide_banner", "-version"])?);
        ask(&ffprobe, &["-hide_banner", "-version"])?;
        let encoders = ask(&ffmpeg, &["-hide_banner", "-encoders"])?;
        if !encoders.contains("libx264") {
            let detail = "it was built without libx264".to_owned();
            return Err(MediaError::ToolMissing { tool: ffmpeg.display().to_string(), detail });
        }
        let filters = ask(&ffmpeg, &["-hide_banner", "-filters"])?;
        let has_zscale = filters.contains(" zscale ") && filters.contains(" tonemap ");
        let (prlimit, setpriv) = (locate(Path::new("prlimit"))?, locate(Path::new("setpriv"))?);
        Ok(Self { ffmpeg, ffprobe, prlimit, setpriv, version, has_zscale })
    }
}

fn locate(program: &Path) -> Result<PathBuf, MediaError> {
    let missing = |detail: &str| MediaError::ToolMissing {
        tool: program.display().to_string(),
        detail: detail.to_owned(),
    };
    if program.components().count() > 1 {
        return std::path::absolute(program)
            .ok()
            .filter(|path| path.is_file())
            .ok_or_else(|| missing("there is no such file"));
    }
    let found = SEARCH_PATH.split(':').map(|dir| Path::new(dir).join(program)).find(|path| path.is_file());
    found.ok_or_else(|| missing(&format!("not found in {SEARCH_PATH}")))
}

/// Runs at start-up only, before there is any untrusted file.
fn ask(program: &Path, args: &[&str]) -> Result<String, MediaError> {
    #[expect(clippy::disallowed_methods, reason = "lumiku-media is the crate that starts processes")]
    let output = std::process::Command::new(program).args(args).stdin(Stdio::null()).output();
    let failed = |detail: String| MediaError::ToolMissing { tool: program.display().to_string(), detail };
    match output {
        Ok(Output { status, stdout, .. }) if status.success() => {
            Ok(String::from_utf8_lossy(&stdout).into_owned())
        }
        Ok(Output { status, .. }) => Err(failed(format!("it ended with {status}"))),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}
