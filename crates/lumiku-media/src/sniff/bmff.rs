//! The ISO base media family (MP4, QuickTime, M4A): which member it is, by the brands of its first box.

use super::Container;

/// Boxes a QuickTime file of the years before `ftyp` may begin with.
const OLD_QUICKTIME: [&[u8; 4]; 5] = [b"moov", b"mdat", b"wide", b"free", b"skip"];

pub(super) fn container(head: &[u8]) -> Option<Container> {
    let size = u64::from(u32::from_be_bytes(head.get(..4)?.try_into().ok()?));
    let name: &[u8; 4] = head.get(4..8)?.try_into().ok()?;
    if name == b"ftyp" {
        let brand: &[u8; 4] = head.get(8..12)?.try_into().ok()?;
        if !(16..=4096).contains(&size) {
            return None;
        }
        return by_brand(*brand);
    }
    let old = OLD_QUICKTIME.contains(&name) && (size >= 8 || size == 1 || (size == 0 && name == b"mdat"));
    old.then_some(Container::Quicktime)
}

fn by_brand(brand: [u8; 4]) -> Option<Container> {
    match &brand {
        b"qt  " => Some(Container::Quicktime),
        b"M4A " | b"M4B " => Some(Container::M4a),
        b"isom" | b"iso2" | b"iso3" | b"iso4" | b"iso5" | b"iso6" | b"iso7" | b"iso8" | b"iso9" | b"mp41"
        | b"mp42" | b"avc1" | b"M4V " | b"M4VH" | b"M4VP" | b"MSNV" | b"dash" | b"f4v " | b"XAVC"
        | b"mmp4" | b"3gp4" | b"3gp5" | b"3gp6" | b"3gp7" | b"3g2a" | b"hvc1" | b"av01" | b"cmfc"
        | b"NDSC" => Some(Container::Mp4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ftyp(brand: [u8; 4]) -> Vec<u8> {
        [&20u32.to_be_bytes()[..], b"ftyp", &brand, &[0; 8]].concat()
    }

    #[test]
    fn the_major_brand_names_the_member_of_the_family() {
        assert_eq!(container(&ftyp(*b"isom")), Some(Container::Mp4));
        assert_eq!(container(&ftyp(*b"qt  ")), Some(Container::Quicktime));
        assert_eq!(container(&ftyp(*b"M4A ")), Some(Container::M4a));
        assert_eq!(container(&ftyp(*b"heic")), None, "a photograph of a phone, which ffmpeg 5 cannot decode");
        assert_eq!(container(&ftyp(*b"avif")), None);
    }

    #[test]
    fn a_box_of_zeros_is_not_a_film() {
        assert_eq!(container(&[0; 64]), None);
        assert_eq!(container(b"\0\0\0\0moov"), None);
    }
}
