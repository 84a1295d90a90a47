//! The rules of the house as a test, so that `cargo test` tells too.

use xtask::tidy;

#[test]
fn the_repository_follows_the_rules_of_the_house() {
    let root = xtask::root();
    let files = tidy::files(&root).unwrap();

    let problems = tidy::problems(&root, &files).unwrap();

    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
