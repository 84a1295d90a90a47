//! The one place of xtask that starts other programs.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

#[expect(clippy::disallowed_methods, reason = "automation runs cargo, git and npm")]
fn command(program: &Path, arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a program to its end and returns what it printed; its complaints go to the terminal.
pub(crate) fn output(program: &Path, arguments: &[&str], folder: &Path) -> Result<String> {
    let shown = format!("{} {}", program.display(), arguments.join(" "));
    let output = command(program, arguments, folder)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{shown}`"))?;
    ensure!(output.status.success(), "`{shown}` failed: {}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed no UTF-8"))
}
