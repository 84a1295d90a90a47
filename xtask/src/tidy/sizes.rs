//! How long files may be. One bound is hard; the median and the ninth decile keep the whole from
//! drifting towards it.

use super::SourceFile;

const LINES_MAX: usize = 800;
const LINES_NOTED: usize = 400;
const MEDIAN_MAX: usize = 150;
const DECILE_MAX: usize = 400;
const SVELTE_NOTED: usize = 200;
const SVELTE_MAX: usize = 400;
const ARCHITECTURE_MAX: usize = 150;

const CODE: &[&str] = &["rs", "ts", "js", "svelte", "css", "sql"];

/// Files worth splitting soon, and the figures that are bounded.
pub(super) fn notes(files: &[SourceFile]) -> Vec<String> {
    let mut notes: Vec<String> = measured(files)
        .filter(|(file, lines)| *lines > if is_svelte(file) { SVELTE_NOTED } else { LINES_NOTED })
        .map(|(file, lines)| format!("{}: {lines} lines", file.path))
        .collect();
    notes.push(format!("Rust files: median {} lines, p90 {}", quantile(files, 0.5), quantile(files, 0.9)));
    notes
}

pub(super) fn problems(files: &[SourceFile]) -> Vec<String> {
    let mut problems: Vec<String> = measured(files)
        .filter_map(|(file, lines)| {
            let max = if is_svelte(file) { SVELTE_MAX } else { LINES_MAX };
            (lines > max)
                .then(|| format!("{}: {lines} lines, at most {max}; split it by what it knows", file.path))
        })
        .collect();
    for (share, max) in [(0.5, MEDIAN_MAX), (0.9, DECILE_MAX)] {
        let lines = quantile(files, share);
        if lines > max {
            problems.push(format!("Rust files: {share} of them have up to {lines} lines, at most {max}"));
        }
    }
    if let Some(file) = files.iter().find(|file| file.path == "ARCHITECTURE.md") {
        let lines = file.text.lines().count();
        if lines > ARCHITECTURE_MAX {
            problems.push(format!("ARCHITECTURE.md: {lines} lines, at most {ARCHITECTURE_MAX}"));
        }
    }
    problems
}

fn measured(files: &[SourceFile]) -> impl Iterator<Item = (&SourceFile, usize)> {
    let is_code = |file: &&SourceFile| CODE.contains(&file.ending()) && file.path != crate::generate::TYPES;
    files.iter().filter(is_code).map(|file| (file, file.text.lines().count()))
}

fn is_svelte(file: &SourceFile) -> bool {
    file.ending() == "svelte"
}

/// The length that `share` of the Rust files do not pass.
fn quantile(files: &[SourceFile], share: f64) -> usize {
    let rust = measured(files).filter(|(file, _)| file.ending() == "rs");
    let mut lines: Vec<usize> = rust.map(|(_, lines)| lines).collect();
    lines.sort_unstable();
    let at = (lines.len().saturating_sub(1) as f64 * share).round() as usize;
    lines.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, lines: usize) -> SourceFile {
        SourceFile::new(path, "x\n".repeat(lines))
    }

    #[test]
    fn files_past_the_bound_fail_and_long_ones_are_noted() {
        let short = || (0..20).map(|_| file("crates/a/src/short.rs", 10)).collect::<Vec<_>>();
        let cases = [
            ("crates/a/src/a.rs", 400, 0, 0),
            ("crates/a/src/a.rs", 401, 1, 0),
            ("crates/a/src/a.rs", 801, 1, 1),
            ("web/src/a.svelte", 201, 1, 0),
            ("web/src/a.svelte", 401, 1, 1),
            ("ARCHITECTURE.md", 151, 0, 1),
            ("Cargo.lock", 9_000, 0, 0),
            (crate::generate::TYPES, 9_000, 0, 0),
        ];
        for (path, lines, noted, failed) in cases {
            let mut files = short();
            files.push(file(path, lines));
            assert_eq!(notes(&files).len(), noted + 1, "{path} {lines}");
            assert_eq!(problems(&files).len(), failed, "{path} {lines}");
        }
    }

    #[test]
    fn many_long_files_fail_together() {
        let files: Vec<_> = (0..10).map(|_| file("crates/a/src/a.rs", 300)).collect();

        assert_eq!(problems(&files), ["Rust files: 0.5 of them have up to 300 lines, at most 150"]);
    }
}
