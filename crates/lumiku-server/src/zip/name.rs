//! Names that unpack anywhere. Users choose them through templates and file names, so they may
//! hold `..`, drive letters, characters that Windows refuses, or the same text twice.

use std::collections::HashSet;

/// What Windows or a shell would stumble over, besides control characters.
const FORBIDDEN: &[char] = &['\\', '<', '>', ':', '"', '|', '?', '*'];

/// Device names that Windows reserves in every folder, with any extension.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul"];

/// Longest part of a path, in bytes: under the 255 of common file systems, with room for a number.
const PART_BYTES_MAX: usize = 200;

/// Longest path, in bytes: a ZIP name has 16 bits, unpackers give up earlier.
const PATH_PARTS_MAX: usize = 16;

/// Makes every name safe, then unique without regard to case, because Windows and macOS would
/// write `A.mp4` over `a.mp4`. The second of two equal names gets ` (2)` before its extension.
pub(super) fn safe_and_unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let safe: Vec<String> = names.map(safe).collect();
    // A file must not take the name of a folder that other entries need.
    let mut taken: HashSet<String> = safe.iter().flat_map(|name| folders(name)).collect();
    safe.into_iter()
        .map(|name| {
            let mut candidate = name.clone();
            let mut number = 2_u32;
            while !taken.insert(candidate.to_lowercase()) {
                candidate = numbered(&name, number);
                number += 1;
            }
            candidate
        })
        .collect()
}

fn folders(name: &str) -> impl Iterator<Item = String> {
    let lower = name.to_lowercase();
    let ends: Vec<usize> = lower.match_indices('/').map(|(at, _)| at).collect();
    ends.into_iter().map(move |at| lower[..at].to_owned())
}

fn safe(name: &str) -> String {
    let parts: Vec<String> = name.split('/').map(safe_part).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return "file".to_owned();
    }
    parts[parts.len().saturating_sub(PATH_PARTS_MAX)..].join("/")
}

/// One part of a path; empty when nothing of it may stay (`.`, `..`, spaces).
fn safe_part(part: &str) -> String {
    let clean: String =
        part.chars().map(|c| if c.is_control() || FORBIDDEN.contains(&c) { '_' } else { c }).collect();
    // Windows drops trailing dots and spaces, which could make two names one.
    let clean = clean.trim().trim_end_matches(['.', ' ']);
    let (stem, extension) = split_extension(clean);
    let stem = cut(stem, PART_BYTES_MAX - extension.len());
    if is_reserved(clean) { format!("_{stem}{extension}") } else { format!("{stem}{extension}") }
}

fn is_reserved(part: &str) -> bool {
    let device = part.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_port = |prefix: &str| {
        device.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    RESERVED.contains(&device.as_str()) || is_port("com") || is_port("lpt")
}

fn numbered(name: &str, number: u32) -> String {
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (folder, file));
    let (stem, extension) = split_extension(file);
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}{stem} ({number}){extension}")
}

/// Splits before the last dot, where what follows can be an extension.
fn split_extension(file: &str) -> (&str, &str) {
    match file.rfind('.') {
        Some(at) if at > 0 && file.len() - at <= 16 => file.split_at(at),
        _ => (file, ""),
    }
}

fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> String {
        safe_and_unique(std::iter::once(name)).remove(0)
    }

    #[test]
    fn names_lose_what_could_leave_the_folder_or_upset_a_file_system() {
        let cases = [
            ("videos/01_hook.mp4", "videos/01_hook.mp4"),
            ("../../etc/passwd", "etc/passwd"),
            ("/abs/./x//y.mp4", "abs/x/y.mp4"),
            ("C:\\clips\\a.mp4", "C__clips_a.mp4"),
            ("what? \"this\": <a|b>*.mp4", "what_ _this__ _a_b__.mp4"),
            ("line\nbreak\u{0}.mp4", "line_break_.mp4"),
            ("trailing. . /x. ", "trailing/x"),
            ("NUL.mp4", "_NUL.mp4"),
            ("lpt1/com0", "_lpt1/_com0"),
            ("kopi ☕ panas.mp4", "kopi ☕ panas.mp4"),
            ("..", "file"),
            ("", "file"),
        ];
        for (given, expected) in cases {
            assert_eq!(one(given), expected, "{given:?}");
        }
    }

    #[test]
    fn long_names_are_cut_before_the_extension_and_between_characters() {
        let long = one(&format!("{}.mp4", "é".repeat(300)));

        assert!(long.len() <= PART_BYTES_MAX && long.ends_with("é.mp4"), "{long}");
    }

    #[test]
    fn equal_names_are_numbered_without_regard_to_case() {
        let names = ["a.mp4", "A.mp4", "a.mp4", "a (2).mp4", "b/a.mp4", "b", "x", "x"];

        let unique = safe_and_unique(names.into_iter());

        assert_eq!(
            unique,
            ["a.mp4", "A (2).mp4", "a (3).mp4", "a (2) (2).mp4", "b/a.mp4", "b (2)", "x", "x (2)"]
        );
    }
}
