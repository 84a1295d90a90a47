//! Names for what is refused, because "this is an HLS playlist" helps where "invalid file" does not.

/// What a refused file seems to be, and whether it is media of a kind we do not take (as opposed to a text).
pub fn looks_like(head: &[u8]) -> (&'static str, bool) {
    let start = &head[..head.len().min(1024)];
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("#extm3u") {
        return ("an HLS playlist", false);
    }
    if lower.starts_with("ffconcat") {
        return ("an ffconcat script", false);
    }
    if lower.contains("<svg") {
        return ("an SVG drawing", true);
    }
    if lower.contains("<mpd") {
        return ("a DASH manifest", false);
    }
    if lower.starts_with("<!doctype html") || lower.contains("<html") {
        return ("a web page", false);
    }
    binary(head).unwrap_or_else(|| textual(start))
}

fn binary(head: &[u8]) -> Option<(&'static str, bool)> {
    let known: [(&[u8], &str, bool); 13] = [
        (b"%PDF", "a PDF document", false),
        (b"PK\x03\x04", "a ZIP archive", false),
        (b"\x1f\x8b", "a compressed archive", false),
        (b"MZ", "a program", false),
        (b"\x7fELF", "a program", false),
        (b"#!", "a script", false),
        (b"%!PS", "a PostScript document", false),
        (b"8BPS", "a Photoshop document", true),
        (b"BM", "a BMP picture", true),
        (b"II*\0", "a TIFF picture", true),
        (b"MM\0*", "a TIFF picture", true),
        (b"fLaC", "a FLAC sound", true),
        (b"FLV", "a Flash video", true),
    ];
    if let Some((_, name, media)) = known.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some((name, *media));
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI ") {
        return Some(("an AVI video", true));
    }
    if head.get(4..8) == Some(b"ftyp") {
        return match head.get(8..12)? {
            b"heic" | b"heix" | b"mif1" | b"hevc" | b"msf1" => Some(("a HEIC picture", true)),
            b"avif" | b"avis" => Some(("an AVIF picture", true)),
            _ => Some(("an unknown relative of MP4", true)),
        };
    }
    (head.len() > 376 && head[0] == 0x47 && head[188] == 0x47).then_some(("an MPEG transport stream", true))
}

fn textual(start: &[u8]) -> (&'static str, bool) {
    let readable = start.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..));
    if readable { ("a text file", false) } else { ("data of an unknown kind", false) }
}
