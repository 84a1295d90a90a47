//! Our own look at the first bytes of a file, before any other program sees it. The answer forces ffmpeg's
//! demuxer, so a playlist or script named .mp4 never reaches the code that would open the files it names.
//! Deliberately short: only the formats the studio accepts; everything else is refused by name.

mod bmff;
mod image;
mod looks;
mod whole;

use serde::{Deserialize, Serialize};

use crate::facts::MediaKind;

pub use looks::looks_like;
pub(crate) use whole::check_whole;

/// How many bytes from the start of a file [`sniff`] wants; fewer are fine for a smaller file.
pub const HEAD_BYTES: usize = 64 * 1024;

/// A file format the studio accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    Mp4,
    Quicktime,
    M4a,
    Matroska,
    Webm,
    Jpeg,
    Png,
    Webp,
    Gif,
    Wav,
    Mp3,
    Ogg,
}

impl Container {
    /// ffmpeg's name of the demuxer, forced with `-f` and the only one on the whitelist.
    pub fn demuxer(self) -> &'static str {
        match self {
            Self::Mp4 | Self::Quicktime | Self::M4a => "mov",
            Self::Matroska | Self::Webm => "matroska",
            Self::Jpeg => "jpeg_pipe",
            Self::Png => "png_pipe",
            Self::Webp => "webp_pipe",
            Self::Gif => "gif",
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::Quicktime => "video/quicktime",
            Self::M4a => "audio/mp4",
            Self::Matroska => "video/x-matroska",
            Self::Webm => "video/webm",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Ogg => "audio/ogg",
        }
    }

    /// Without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Quicktime => "mov",
            Self::M4a => "m4a",
            Self::Matroska => "mkv",
            Self::Webm => "webm",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
        }
    }

    /// What such a file usually is; probing may find an MP4 that holds only sound.
    pub fn kind(self) -> MediaKind {
        match self {
            Self::Mp4 | Self::Quicktime | Self::Matroska | Self::Webm => MediaKind::Video,
            Self::Jpeg | Self::Png | Self::Webp | Self::Gif => MediaKind::Image,
            Self::M4a | Self::Wav | Self::Mp3 | Self::Ogg => MediaKind::Audio,
        }
    }
}

/// Recognises an accepted format by magic bytes and the first structure behind them; `None` is a refusal.
pub fn sniff(head: &[u8]) -> Option<Container> {
    let head = &head[..head.len().min(HEAD_BYTES)];
    if head.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(Container::Jpeg);
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n") && head.get(12..16) == Some(b"IHDR") {
        return Some(Container::Png);
    }
    if (head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a")) && head.len() >= 13 {
        return Some(Container::Gif);
    }
    if head.starts_with(b"RIFF") {
        return match head.get(8..12)? {
            b"WEBP" if matches!(head.get(12..16)?, b"VP8 " | b"VP8L" | b"VP8X") => Some(Container::Webp),
            b"WAVE" => Some(Container::Wav),
            _ => None,
        };
    }
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return matroska(head);
    }
    if head.starts_with(b"OggS\0") && head.len() >= 27 {
        return Some(Container::Ogg);
    }
    if head.starts_with(b"ID3") && head.len() >= 10 && head[6..10].iter().all(|b| b & 0x80 == 0) {
        return Some(Container::Mp3);
    }
    bmff::container(head).or_else(|| mp3_frames(head).then_some(Container::Mp3))
}

/// Width and height a picture claims, read without decoding it; zero is never returned.
pub fn image_dimensions(container: Container, head: &[u8]) -> Option<(u64, u64)> {
    image::dimensions(container, head).filter(|(width, height)| *width > 0 && *height > 0)
}

/// The DocType string of the EBML header tells WebM from Matroska.
fn matroska(head: &[u8]) -> Option<Container> {
    let header = &head[..head.len().min(128)];
    let has = |name: &[u8]| header.windows(name.len()).any(|window| window == name);
    if has(b"\x42\x82") && has(b"webm") {
        Some(Container::Webm)
    } else if has(b"matroska") {
        Some(Container::Matroska)
    } else {
        None
    }
}

/// Two MPEG audio layer III frames, the second exactly where the first says it ends: a text cannot do that.
fn mp3_frames(head: &[u8]) -> bool {
    let Some(first) = mp3_frame_bytes(head) else { return false };
    head.get(first..).is_some_and(|rest| mp3_frame_bytes(rest).is_some())
}

fn mp3_frame_bytes(bytes: &[u8]) -> Option<usize> {
    const KBPS: [[usize; 15]; 2] = [
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ];
    let &[0xff, second, third, _, ..] = bytes else { return None };
    let (version, layer) = ((second >> 3) & 3, (second >> 1) & 3);
    if second & 0xe0 != 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let mpeg1 = version == 3;
    let kbps = *KBPS[usize::from(mpeg1)].get(usize::from(third >> 4)).filter(|kbps| **kbps > 0)?;
    let base = [44_100, 48_000, 32_000].get(usize::from((third >> 2) & 3))?;
    let rate = base >> usize::from(!mpeg1) >> usize::from(version == 0);
    let padding = usize::from((third >> 1) & 1);
    Some(if mpeg1 { 144 } else { 72 } * kbps * 1000 / rate + padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_scripts_and_foreign_formats_are_refused() {
        let refused: [&[u8]; 10] = [
            b"",
            b"x",
            b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
            b"ffconcat version 1.0\nfile /etc/passwd\n",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%PDF-1.7",
            b"MZ\x90\0",
            b"\x7fELF\x02\x01\x01",
            b"RIFF\x00\x00\x00\x00AVI LIST",
            &[0; 4096],
        ];
        for bytes in refused {
            assert_eq!(sniff(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_picture_of_fifty_thousand_pixels_a_side_is_measured_without_decoding() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend(50_000u32.to_be_bytes());
        png.extend(50_000u32.to_be_bytes());
        assert_eq!(sniff(&png), Some(Container::Png));
        assert_eq!(image_dimensions(Container::Png, &png), Some((50_000, 50_000)));
    }

    #[test]
    fn an_mpeg_frame_must_be_followed_by_another() {
        let frame = |next: u8| {
            let mut bytes = vec![0; 421];
            bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
            bytes[417] = next;
            bytes[418] = 0xfb;
            bytes[419] = 0x90;
            bytes
        };
        assert_eq!(sniff(&frame(0xff)), Some(Container::Mp3));
        assert_eq!(sniff(&frame(0x20)), None);
    }
}
