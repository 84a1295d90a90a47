//! The rules of the house that no compiler knows. Each check is a pure function over the
//! repository's files, so that its tests are data.

mod app_names;
mod dependencies;
mod documents;
mod sizes;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{generate, process};

/// A text file of the repository; the path is relative to its root, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

impl SourceFile {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// What follows the last dot of the path.
    fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }
}

/// Runs every check, prints what is wrong and answers with the exit code.
pub fn run(root: &Path, binary: Option<&Path>) -> Result<ExitCode> {
    let files = files(root)?;
    for note in sizes::notes(&files) {
        println!("note: {note}");
    }
    let mut problems = problems(root, &files)?;
    match binary {
        Some(binary) => problems.extend(generate::stale(root, binary)?),
        None => println!("note: generated files were not checked, that needs --binary target/debug/lumiku"),
    }
    for problem in &problems {
        println!("{problem}");
    }
    println!("tidy: {} files, {} problems", files.len(), problems.len());
    Ok(ExitCode::from(u8::from(!problems.is_empty())))
}

/// What is wrong, one sentence each; everything but the generated files.
pub fn problems(root: &Path, files: &[SourceFile]) -> Result<Vec<String>> {
    let packages = dependencies::packages(root)?;
    let checks = [
        dependencies::problems(&packages),
        dependencies::banned(files),
        app_names::problems(files),
        documents::problems(files),
        sizes::problems(files),
    ];
    Ok(checks.concat())
}

/// The files git knows or would add. Those that are not text come with an empty one.
pub fn files(root: &Path) -> Result<Vec<SourceFile>> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let listed =
        process::output(Path::new("git"), &arguments, root).context("tidy looks at what git tracks")?;
    let paths = listed.split('\0').filter(|path| !path.is_empty());
    let present = paths.filter(|path| root.join(path).is_file());
    Ok(present
        .map(|path| SourceFile::new(path, fs::read_to_string(root.join(path)).unwrap_or_default()))
        .collect())
}
