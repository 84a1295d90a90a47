//! A server process that cannot outlive the tests.
//!
//! Statics are not dropped in Rust and a killed test process drops nothing, so a shell stands
//! guard: it reads a pipe this process holds, and when the pipe closes, for whatever reason, it
//! stops the server and removes its folder.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A shell script under guard. The script must print one line when its server is ready, then
/// wait for the end of its standard input, then clean up.
#[derive(Debug)]
pub struct Supervised {
    shell: Child,
}

impl Supervised {
    /// Starts `script` and returns the line it prints when ready. `user` is whom to become when
    /// we are root, for servers that refuse to run as root.
    pub fn start(script: &str, arguments: &[&str], user: Option<&str>) -> Result<(Self, String), String> {
        let mut command = as_user(user.filter(|_| we_are_root()));
        command.args(["sh", "-c", script, "guard"]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C at the terminal must reach the tests alone; the guard follows when they are gone.
        command.process_group(0);
        let mut shell = command.spawn().map_err(|error| format!("cannot start a shell: {error}"))?;
        let mut ready = String::new();
        if let Some(stdout) = shell.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut ready);
        }
        if ready.trim().is_empty() {
            drop(shell.stdin.take());
            let mut reason = String::new();
            if let Some(mut stderr) = shell.stderr.take() {
                let _ = stderr.read_to_string(&mut reason);
            }
            let _ = shell.wait();
            return Err(reason);
        }
        Ok((Self { shell }, ready.trim().to_owned()))
    }

    /// Ends the server and waits until it is gone.
    pub fn stop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.stop();
    }
}

#[expect(clippy::disallowed_methods, reason = "the test servers are processes; no user input comes near")]
fn as_user(user: Option<&str>) -> Command {
    match user {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--init-groups");
            // The folder we stand in may be closed to that user.
            command.current_dir("/");
            command
        }
        None => Command::new("env"),
    }
}

fn we_are_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
