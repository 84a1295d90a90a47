//! Automation that deserves Rust: the rules of the house, generated files, and proofs.

pub mod generate;
mod process;
pub mod proof;
pub mod tidy;

use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
