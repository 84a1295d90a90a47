//! Only an app's own folder, the binary's list and the measurements know an app by name; then a sixth app is one
//! folder and one line, and removing one leaves nothing behind.

use super::SourceFile;

/// Code that must not know any app.
const ROOMS: &[&str] = &["crates/", "web/src/", "xtask/"];
/// The wiring, and what is generated from it.
const EXCEPT: &[&str] = &["crates/lumiku/", crate::generate::TYPES];

pub(super) fn problems(files: &[SourceFile]) -> Vec<String> {
    let mut names: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix("apps/")?.strip_suffix("/Cargo.toml"))
        .collect();
    names.sort_unstable();
    let is_checked = |path: &str| {
        ROOMS.iter().any(|room| path.starts_with(room)) && !EXCEPT.iter().any(|room| path.starts_with(room))
    };
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| is_checked(&file.path)) {
        for name in &names {
            let spellings = [(*name).to_owned(), name.replace('-', "_")];
            let line = file.text.lines().position(|line| spellings.iter().any(|name| line.contains(name)));
            if let Some(line) = line {
                problems.push(format!(
                    "{}:{}: names the app {name}; only apps/{name} and crates/lumiku may",
                    file.path,
                    line + 1
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_named_only_at_home_and_in_the_binary() {
        let home = SourceFile::new("apps/clip-maker/Cargo.toml", "name = \"clip-maker\"");
        let cases = [
            ("crates/lumiku/src/apps.rs", "clip_maker::APP", 0),
            ("docs/guide/run.md", "clip-maker", 0),
            ("crates/lumiku-server/src/a.rs", "fn f() {}\nuse clip_maker;", 1),
            ("web/src/lib/menu.ts", "'clip-maker'", 1),
        ];
        for (path, text, expected) in cases {
            let files = [home.clone(), SourceFile::new(path, text)];
            assert_eq!(problems(&files).len(), expected, "{path}");
        }
    }
}
