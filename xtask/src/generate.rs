//! Generated files: the OpenAPI document comes from the binary, the web client's types from it.
//! They are committed, so that a change of the API shows in the diff; `tidy` says when stale.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;

pub(crate) const OPENAPI: &str = "web/openapi.json";
pub(crate) const TYPES: &str = "web/src/lib/api/schema.d.ts";

/// Writes both files.
pub fn run(root: &Path) -> Result<()> {
    let program = Path::new("cargo");
    let document =
        process::output(program, &["run", "--quiet", "--package", "lumiku", "--", "openapi"], root)?;
    fs::write(root.join(OPENAPI), document).with_context(|| format!("cannot write {OPENAPI}"))?;
    write_types(root)
}

fn write_types(root: &Path) -> Result<()> {
    process::output(Path::new("npm"), &["run", "--silent", "gen"], &root.join("web")).map(drop)
}

/// Says which of the two files differs from what `binary` would generate, and leaves both as
/// they were.
pub(crate) fn stale(root: &Path, binary: &Path) -> Result<Vec<String>> {
    let binary = binary.canonicalize().with_context(|| format!("cannot find {}", binary.display()))?;
    let document = process::output(&binary, &["openapi"], root)?;
    let mut stale = Vec::new();
    if fs::read_to_string(root.join(OPENAPI)).unwrap_or_default() == document {
        let types = root.join(TYPES);
        let committed = fs::read_to_string(&types).unwrap_or_default();
        write_types(root)?;
        if fs::read_to_string(&types).unwrap_or_default() != committed {
            fs::write(&types, committed)?;
            stale.push(TYPES);
        }
    } else {
        stale.push(OPENAPI);
    }
    Ok(stale.into_iter().map(|file| format!("{file}: stale, run `cargo xtask gen`")).collect())
}
