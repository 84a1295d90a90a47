//! Documents say only what is true: paths and links lead somewhere, nothing of a developer's own
//! machine is named, and the root holds no status reports.

use std::path::{Component, Path};

use super::SourceFile;

const ROOT_MARKDOWN: &[&str] =
    &["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"];

/// Paths of somebody's machine that were pasted by accident. Spelled in two parts, so that this
/// file does not find itself.
const MACHINE_PATHS: &[(&str, &str)] = &[
    ("/work", "/main"),
    ("/work", "/wt/"),
    ("/work", "/plan"),
    ("/work", "/shared"),
    ("/work", "/target"),
    ("/root", "/."),
    ("/home", "/runner"),
    ("/Users", "/"),
];

pub(super) fn problems(files: &[SourceFile]) -> Vec<String> {
    let exists = |path: &str| {
        let path = path.trim_end_matches('/');
        let inside = |file: &SourceFile| {
            file.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        path.is_empty() || files.iter().any(inside)
    };
    let mut problems = Vec::new();
    for file in files {
        let is_markdown = file.ending() == "md";
        if is_markdown && !file.path.contains('/') && !ROOT_MARKDOWN.contains(&file.path.as_str()) {
            problems.push(format!("{}: the root holds only {}", file.path, ROOT_MARKDOWN.join(", ")));
        }
        if file.path == "ARCHITECTURE.md" {
            let missing = named_paths(&file.text).filter(|path| !exists(path));
            problems
                .extend(missing.map(|path| format!("ARCHITECTURE.md names {path}, which does not exist")));
        }
        if is_markdown {
            let broken = links(file).into_iter().filter(|path| !exists(path));
            problems
                .extend(broken.map(|path| format!("{}: links to {path}, which does not exist", file.path)));
        }
        for (start, end) in MACHINE_PATHS {
            if file.text.contains(&[*start, *end].concat()) {
                problems.push(format!("{}: names a path of somebody's machine, {start}{end}", file.path));
            }
        }
    }
    problems
}

/// Every `code` that looks like a path of this repository.
fn named_paths(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|code| {
        let is_path_like = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        let has_ending = Path::new(code).extension().is_some_and(|ending| ending.len() <= 4);
        code.chars().all(is_path_like) && !code.starts_with('/') && (code.contains('/') || has_ending)
    })
}

/// The targets of a Markdown file's relative links, as paths from the root.
fn links(file: &SourceFile) -> Vec<String> {
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let targets = file.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
    let is_relative = |target: &&str| !target.is_empty() && !target.contains(':') && !target.starts_with('/');
    targets.filter(is_relative).map(|target| resolve(&folder.join(target))).collect()
}

fn resolve(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        problems(&[
            SourceFile::new("script/setup", ""),
            SourceFile::new("crates/lumiku-core/src/lib.rs", ""),
            SourceFile::new(path, text),
        ])
    }

    #[test]
    fn a_path_in_the_architecture_must_exist() {
        let cases = [
            ("`script/setup`, `crates/lumiku-core/`, `crates/lumiku-core/src`", 0),
            ("`GET /health`, `db.write_tx()`, `/api/v1`, `serve`, `find_`", 0),
            ("`crates/lumiku-cor`", 1),
            ("`script/nothing` and `gone.rs`", 2),
        ];
        for (text, expected) in cases {
            assert_eq!(check("ARCHITECTURE.md", text).len(), expected, "{text}");
        }
    }

    #[test]
    fn a_relative_link_must_lead_somewhere() {
        let text = "[a](../../script/setup) [b](https://example.org) [c](#part) [d](guide.md) ![e](x.png)";

        assert_eq!(
            check("docs/guide/guide.md", text),
            ["docs/guide/guide.md: links to docs/guide/x.png, which does not exist"]
        );
    }

    #[test]
    fn the_root_holds_no_status_reports_and_nothing_names_a_machine() {
        assert_eq!(check("FINAL_FIX_COMPLETE.md", "").len(), 1);
        assert_eq!(check("docs/a.md", &["cd /work", "/main"].concat()).len(), 1);
    }
}
