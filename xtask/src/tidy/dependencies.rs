//! Who may stand on whom. The table is the architecture; cargo only knows what is, not what may be.

use std::path::Path;

use anyhow::Result;
use serde::Deserialize;

use super::SourceFile;
use crate::process;

/// A crate of the workspace and the workspace crates it may use. Apps share one row.
const MAY_USE: &[(&str, &[&str])] = &[
    ("lumiku-core", &[]),
    ("lumiku-media", &[]),
    ("lumiku-accounts", &["lumiku-core"]),
    ("lumiku-ledger", &["lumiku-core"]),
    ("lumiku-jobs", &["lumiku-core"]),
    ("lumiku-storage", &["lumiku-core", "lumiku-media"]),
    ("lumiku-sdk", PLATFORM),
    (
        "lumiku-server",
        &[
            "lumiku-accounts",
            "lumiku-core",
            "lumiku-jobs",
            "lumiku-ledger",
            "lumiku-media",
            "lumiku-sdk",
            "lumiku-storage",
        ],
    ),
    ("lumiku-testdb", &["lumiku-core"]),
    (
        "lumiku-testkit",
        &[
            "lumiku-accounts",
            "lumiku-core",
            "lumiku-jobs",
            "lumiku-ledger",
            "lumiku-media",
            "lumiku-sdk",
            "lumiku-server",
            "lumiku-storage",
            "lumiku-testdb",
        ],
    ),
    ("xtask", &[]),
];
const PLATFORM: &[&str] =
    &["lumiku-accounts", "lumiku-core", "lumiku-jobs", "lumiku-ledger", "lumiku-media", "lumiku-storage"];
/// An app reaches money, people and the server only through the sdk.
const APP_MAY_USE: &[&str] = &["lumiku-core", "lumiku-jobs", "lumiku-media", "lumiku-sdk", "lumiku-storage"];
/// The binary wires everything that ships.
const BINARY: &str = "lumiku";
/// Measures the product, so it may know all of it; nothing may know it.
const BENCH: &str = "bench";
/// What ships never contains these; any crate's tests may use them.
const FOR_TESTS: &[&str] = &["lumiku-testdb", "lumiku-testkit"];

#[derive(Debug, Deserialize)]
pub(super) struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing for a normal one.
    kind: Option<String>,
}

impl Package {
    fn is_app(&self) -> bool {
        Path::new(&self.manifest_path).ancestors().nth(2).is_some_and(|folder| folder.ends_with("apps"))
    }
}

pub(super) fn packages(root: &Path) -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let json = process::output(Path::new("cargo"), &arguments, root)?;
    Ok(serde_json::from_str::<Metadata>(&json)?.packages)
}

pub(super) fn problems(packages: &[Package]) -> Vec<String> {
    let is_ours = |name: &str| packages.iter().any(|package| package.name == name);
    let is_app = |name: &str| packages.iter().any(|package| package.name == name && package.is_app());
    let mut problems = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        let row = MAY_USE.iter().find(|(row, _)| *row == name).map(|(_, may_use)| *may_use);
        if name == BENCH {
            continue;
        }
        if row.is_none() && name != BINARY && !package.is_app() {
            problems.push(format!("{name}: not in the table of xtask/src/tidy/dependencies.rs"));
            continue;
        }
        for dependency in package.dependencies.iter().filter(|dependency| is_ours(&dependency.name)) {
            let target = dependency.name.as_str();
            // A crate that tests itself with another feature set names itself.
            let is_test =
                dependency.kind.as_deref() == Some("dev") && (FOR_TESTS.contains(&target) || target == name);
            let allowed = match row {
                Some(row) => row.contains(&target),
                None if name == BINARY => !FOR_TESTS.contains(&target),
                None => APP_MAY_USE.contains(&target) && !is_app(target),
            };
            if !allowed && !is_test {
                problems.push(format!("{name} must not depend on {target}"));
            }
        }
    }
    problems
}

/// Crates that `deny.toml` bans and the lock file holds, also on machines without cargo-deny.
pub(super) fn banned(files: &[SourceFile]) -> Vec<String> {
    let text = |path: &str| files.iter().find(|file| file.path == path).map_or("", |file| &file.text);
    let bans =
        text("deny.toml").lines().filter_map(|line| line.split("{ crate = \"").nth(1)?.split('"').next());
    bans.filter(|name| text("Cargo.lock").contains(&format!("name = \"{name}\"\n")))
        .map(|name| {
            format!(
                "Cargo.lock holds {name}, which deny.toml bans; `cargo tree -i {name}` says who brought it"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_in_the_lock_file_is_named() {
        let deny = SourceFile::new("deny.toml", "deny = [\n  { crate = \"bad\", reason = \"x\" },\n]");
        let lock = |name: &str| SourceFile::new("Cargo.lock", format!("[[package]]\nname = \"{name}\"\n"));

        assert_eq!(banned(&[deny.clone(), lock("bad")]).len(), 1);
        assert_eq!(banned(&[deny, lock("bad-not")]).len(), 0);
    }

    fn package(name: &str, folder: &str, uses: &[(&str, Option<&str>)]) -> Package {
        let dependencies =
            uses.iter().map(|(name, kind)| Dependency { name: (*name).into(), kind: kind.map(Into::into) });
        let manifest_path = format!("/repo/{folder}/{name}/Cargo.toml");
        Package { name: name.into(), manifest_path, dependencies: dependencies.collect() }
    }

    fn workspace(extra: Package) -> Vec<Package> {
        let mut packages = vec![
            package("lumiku-core", "crates", &[("serde", None), ("lumiku-testdb", Some("dev"))]),
            package("lumiku-testdb", "crates", &[("lumiku-core", None)]),
            package("lumiku-sdk", "crates", &[("lumiku-core", None)]),
            package("other-app", "apps", &[("lumiku-sdk", None)]),
            package("lumiku", "crates", &[("other-app", None), ("lumiku-sdk", None)]),
        ];
        packages.push(extra);
        packages
    }

    #[test]
    fn each_forbidden_direction_is_named() {
        let cases = [
            (
                package("lumiku-media", "crates", &[("lumiku-core", None)]),
                "lumiku-media must not depend on lumiku-core",
            ),
            (package("some-app", "apps", &[("other-app", None)]), "some-app must not depend on other-app"),
            (
                package("some-app", "apps", &[("lumiku-testdb", None)]),
                "some-app must not depend on lumiku-testdb",
            ),
            (package("new", "crates", &[]), "new: not in the table of xtask/src/tidy/dependencies.rs"),
        ];
        for (extra, expected) in cases {
            assert_eq!(problems(&workspace(extra)), [expected]);
        }
    }

    #[test]
    fn an_app_on_the_sdk_with_the_test_kit_for_its_tests_is_fine() {
        let app = package("some-app", "apps", &[("lumiku-sdk", None), ("lumiku-testdb", Some("dev"))]);

        assert_eq!(problems(&workspace(app)), Vec::<String>::new());
    }
}
