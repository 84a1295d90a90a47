//! Just enough of MP4 to read the H.264 decoder configuration (avcC) back out of a segment. Segments join by
//! stream copy only when these bytes are equal; other boxes of the sample entry (btrt) may differ.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// An index larger than this is not one of our segments.
const MOOV_BYTES_MAX: u64 = 64 << 20;

/// The avcC payload of the first H.264 track; None when there is none.
pub(crate) fn parameter_sets(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some(moov) = read_moov(&mut File::open(path)?)? else { return Ok(None) };
    Ok(boxes(&moov).filter(|(name, _)| name == b"trak").find_map(|(_, trak)| avcc_of_track(trak)))
}

fn read_moov(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let len = file.metadata()?.len();
    let mut at = 0;
    while len - at >= 8 {
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0u8; 16];
        let (mut size, mut header_len) = {
            file.read_exact(&mut header[..8])?;
            (u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]])), 8)
        };
        if size == 1 {
            file.read_exact(&mut header[8..])?;
            size = u64::from_be_bytes(header[8..].try_into().unwrap_or_default());
            header_len = 16;
        }
        if size < header_len || size > len - at {
            return Ok(None);
        }
        if &header[4..8] == b"moov" {
            if size > MOOV_BYTES_MAX {
                return Ok(None);
            }
            let mut moov = vec![0; usize::try_from(size - header_len).unwrap_or(0)];
            file.read_exact(&mut moov)?;
            return Ok(Some(moov));
        }
        at += size;
    }
    Ok(None)
}

fn avcc_of_track(trak: &[u8]) -> Option<Vec<u8>> {
    /// Bytes of a visual sample entry in front of its child boxes, and of stsd in front of its entries.
    const VISUAL_ENTRY: usize = 78;
    const STSD_HEADER: usize = 8;
    let stsd = [b"mdia", b"minf", b"stbl", b"stsd"]
        .into_iter()
        .try_fold(trak, |inside, name| child(inside, *name))?;
    let entry = child(stsd.get(STSD_HEADER..)?, *b"avc1")?;
    child(entry.get(VISUAL_ENTRY..)?, *b"avcC").map(<[u8]>::to_vec)
}

fn child(inside: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    boxes(inside).find(|(found, _)| *found == name).map(|(_, payload)| payload)
}

/// The boxes in a row; stops at the first that does not fit.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let name: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
        let payload = bytes.get(8..size)?;
        bytes = &bytes[size..];
        Some((name, payload))
    })
}
