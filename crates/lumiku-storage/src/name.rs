//! Display names from what users call their files. A name is only ever shown and offered at download, never
//! used as a path, but it travels into lists, archives and other people's file systems: so it is one line,
//! cannot turn the text around it, and is something every system can store.

use unicode_normalization::UnicodeNormalization;

/// Longest display name, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// An ending longer than this is taken for a part of the name.
const EXTENSION_CHARS_MAX: usize = 10;
const NAMELESS: &str = "untitled";
/// Names that Windows takes for devices, whatever their ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The display name for a file its user calls `given`.
pub fn clean_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let readable: String = last.nfc().filter_map(readable).collect();
    let one_line = readable.split_whitespace().collect::<Vec<_>>().join(" ");
    // A leading dot hides the file on Unix, trailing dots and spaces vanish on Windows.
    let bare = one_line.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let mut name = shorten(bare);
    if is_device(&name) {
        name.insert(0, '_');
    }
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

fn readable(c: char) -> Option<char> {
    match c {
        // Line and paragraph separators count as space; other control characters go.
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() => None,
        // Marks that reorder the text around them (a .exe that reads as .mp4), the byte order mark, and
        // the invisible space. The joiner U+200D stays: families of emoji are made with it.
        '\u{061C}'
        | '\u{200B}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' => None,
        '"' => Some('\''),
        '<' | '>' | ':' | '|' | '?' | '*' => Some('_'),
        c => Some(c),
    }
}

/// Cuts the middle out of a long name, so that its ending still tells what it is.
fn shorten(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS_MAX {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| {
        !ending.is_empty()
            && ending.chars().count() <= EXTENSION_CHARS_MAX
            && ending.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let tail = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    let stem: String = name.chars().take(NAME_CHARS_MAX - tail.chars().count()).collect();
    let stem = stem.trim_end_matches(|c: char| c == '.' || c == '\u{200D}' || c.is_whitespace());
    format!("{stem}{tail}")
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered =
        |prefix: &str| stem.strip_prefix(prefix).is_some_and(|n| matches!(n.as_bytes(), [b'1'..=b'9']));
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_one_harmless_readable_line() {
        let cases = [
            ("hook 01.mp4", "hook 01.mp4"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\system32\\clip.mp4", "clip.mp4"),
            ("/var/lib/x.mp4", "x.mp4"),
            ("folder/", "folder"),
            ("..", "untitled"),
            ("", "untitled"),
            (" . ", "untitled"),
            ("a\0b.mp4", "ab.mp4"),
            ("a\r\nSet-Cookie: x=1.mp4", "a Set-Cookie_ x=1.mp4"),
            ("evil\u{202E}4pm.exe", "evil4pm.exe"),
            ("\u{2066}x\u{2069}.mp4", "x.mp4"),
            ("CON", "_CON"),
            ("con.mp4", "_con.mp4"),
            ("com1.mp4", "_com1.mp4"),
            ("comet.mp4", "comet.mp4"),
            ("console.mp4", "console.mp4"),
            ("the \"best\" one.mp4", "the 'best' one.mp4"),
            ("it's.mp4", "it's.mp4"),
            (".htaccess", "htaccess"),
            ("clip.mp4. . ", "clip.mp4"),
            ("what?.mp4", "what_.mp4"),
            ("concat:a|b.mp4", "concat_a_b.mp4"),
            ("  two   spaces\t.mp4", "two spaces .mp4"),
            ("cafe\u{301}.mp4", "caf\u{e9}.mp4"),
            ("caf\u{e9}.mp4", "caf\u{e9}.mp4"),
            ("👩‍👩‍👧 promo 🎉.mp4", "👩‍👩‍👧 promo 🎉.mp4"),
            ("iklan – versi ②.mp4", "iklan – versi ②.mp4"),
            ("مرحبا.mp4", "مرحبا.mp4"),
        ];
        for (given, wanted) in cases {
            assert_eq!(clean_name(given), wanted, "for {given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = clean_name(&format!("{}.mp4", "x".repeat(300)));

        assert_eq!(name.chars().count(), NAME_CHARS_MAX);
        assert!(name.ends_with("x.mp4"));
        assert_eq!(clean_name(&"🎉".repeat(300)).chars().count(), NAME_CHARS_MAX);
    }

    proptest! {
        #[test]
        fn whatever_is_given_the_name_is_short_and_stays_what_it_is_when_cleaned_again(given in "\\PC*|.*") {
            let name = clean_name(&given);

            prop_assert!(!name.is_empty());
            prop_assert!(name.chars().count() <= NAME_CHARS_MAX + 1);
            prop_assert!(!name.contains(['/', '\\', '\0', '\n', '\r', '"']));
            prop_assert_eq!(clean_name(&name), name.clone());
        }
    }
}
