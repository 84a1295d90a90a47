//! Picture sizes out of the headers, so that a bomb of 50,000 x 50,000 is refused before anything decodes it.

use super::Container;

pub(super) fn dimensions(container: Container, head: &[u8]) -> Option<(u64, u64)> {
    match container {
        Container::Png => Some((be32(head, 16)?, be32(head, 20)?)),
        Container::Gif => Some((le16(head, 6)?, le16(head, 8)?)),
        Container::Jpeg => jpeg(head),
        Container::Webp => webp(head),
        _ => None,
    }
}

/// Walks the markers to the first start-of-frame. `None` when it lies beyond the head (long EXIF previews);
/// the decoder's own `-max_pixels` is the guard then.
fn jpeg(head: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2;
    loop {
        while *head.get(at)? != 0xff {
            at += 1;
        }
        while *head.get(at)? == 0xff {
            at += 1;
        }
        let marker = *head.get(at)?;
        at += 1;
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((be16(head, at + 5)?, be16(head, at + 3)?));
            }
            0x01 | 0xd0..=0xd8 => {}
            0xd9 | 0xda => return None,
            _ => at += be16(head, at)?.max(2) as usize,
        }
    }
}

fn webp(head: &[u8]) -> Option<(u64, u64)> {
    match head.get(12..16)? {
        b"VP8X" => Some((le24(head, 24)? + 1, le24(head, 27)? + 1)),
        b"VP8L" => {
            let bits = u64::from(u32::from_le_bytes(head.get(21..25)?.try_into().ok()?));
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        _ => Some((le16(head, 26)? & 0x3fff, le16(head, 28)? & 0x3fff)),
    }
}

fn be32(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)))
}

fn be16(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn le16(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn le24(bytes: &[u8], at: usize) -> Option<u64> {
    Some(le16(bytes, at)? | u64::from(*bytes.get(at + 2)?) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_is_measured_behind_its_other_segments() {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc2, 0, 17, 8];
        bytes.extend(1080u16.to_be_bytes());
        bytes.extend(1920u16.to_be_bytes());
        assert_eq!(dimensions(Container::Jpeg, &bytes), Some((1920, 1080)));
        assert_eq!(dimensions(Container::Jpeg, &bytes[..11]), None);
    }
}
