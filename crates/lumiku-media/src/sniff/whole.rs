//! Is the file all there? Containers say how long they are; comparing that with the length on disk finds a
//! cut-off upload in microseconds, where ffmpeg would decode what is left and report success.

use std::io::{self, Read, Seek, SeekFrom};

use super::Container;

/// `Ok(Some(detail))` when the file ends before its own structure does.
pub(crate) fn check_whole<R: Read + Seek>(
    container: Container,
    file: &mut R,
    len: u64,
) -> io::Result<Option<String>> {
    file.seek(SeekFrom::Start(0))?;
    match container {
        Container::Mp4 | Container::Quicktime | Container::M4a => bmff(file, len),
        Container::Matroska | Container::Webm => matroska(file, len),
        Container::Wav | Container::Webp => riff(file, len),
        Container::Png => ends_with(file, len, b"IEND", "the end of the picture is missing"),
        Container::Jpeg => ends_with(file, len, &[0xff, 0xd9], "the end of the picture is missing"),
        Container::Gif | Container::Mp3 | Container::Ogg => Ok(None),
    }
}

/// Top-level boxes only: each says its size, so the walk reads a few dozen bytes of a 500 MB file.
fn bmff<R: Read + Seek>(file: &mut R, len: u64) -> io::Result<Option<String>> {
    const BOXES_MAX: usize = 100_000;
    let (mut at, mut index_found) = (0u64, false);
    for _ in 0..BOXES_MAX {
        if at == len {
            break;
        }
        if len - at < 8 {
            // A few stray bytes after the last box are common and harmless once the index was seen.
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0u8; 16];
        let got = if len - at >= 16 { 16 } else { 8 };
        file.read_exact(&mut header[..got])?;
        let name: [u8; 4] = [header[4], header[5], header[6], header[7]];
        index_found |= matches!(&name, b"moov" | b"moof");
        let small = u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]]));
        let size = match small {
            0 => len - at,
            1 if got == 16 => u64::from_be_bytes(header[8..16].try_into().unwrap_or_default()),
            size => size,
        };
        let end = at.saturating_add(size);
        if size < 8 {
            break;
        }
        if end > len {
            let printable = name.iter().all(u8::is_ascii_graphic);
            if index_found && !printable {
                break;
            }
            return Ok(Some(format!("{} bytes are missing at its end", end - len)));
        }
        at = end;
    }
    Ok((!index_found).then(|| "its index is missing".to_owned()))
}

/// EBML header, then one Segment whose size is known unless the file was written live.
fn matroska<R: Read + Seek>(file: &mut R, len: u64) -> io::Result<Option<String>> {
    let mut head = vec![0u8; 256.min(usize::try_from(len).unwrap_or(256))];
    file.read_exact(&mut head)?;
    let Some((header_size, size_len)) = head.get(4..).and_then(vint) else { return Ok(None) };
    let segment = 4 + size_len + usize::try_from(header_size.unwrap_or(0)).unwrap_or(usize::MAX / 2);
    if head.get(segment..segment + 4) != Some(&[0x18, 0x53, 0x80, 0x67]) {
        return Ok(Some("its main part is missing".to_owned()));
    }
    let Some((Some(size), size_len)) = head.get(segment + 4..).and_then(vint) else { return Ok(None) };
    let end = (segment + 4 + size_len) as u64 + size;
    Ok((end > len).then(|| format!("{} bytes are missing at its end", end - len)))
}

/// An EBML variable-length integer and its own length; all ones means "unknown".
fn vint(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let first = *bytes.first()?;
    let len = first.leading_zeros() as usize + 1;
    if len > 8 {
        return None;
    }
    let mask = if len == 8 { 0 } else { 0xff_u8 >> len };
    let mut value = u64::from(first & mask);
    for byte in bytes.get(1..len)? {
        value = value << 8 | u64::from(*byte);
    }
    let unknown = (1u64 << (7 * len)) - 1;
    Some(((value != unknown).then_some(value), len))
}

fn riff<R: Read + Seek>(file: &mut R, len: u64) -> io::Result<Option<String>> {
    let mut header = [0u8; 8];
    file.read_exact(&mut header)?;
    let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    // Recorders that were killed, and streams, leave 0 or all ones here; ffmpeg reads those to the end.
    let end = u64::from(size) + 8;
    let missing = size != 0 && size != u32::MAX && end > len + 1;
    Ok(missing.then(|| format!("{} bytes are missing at its end", end - len)))
}

/// Cameras append data after the end marker, so it is looked for in the last part of the file.
fn ends_with<R: Read + Seek>(
    file: &mut R,
    len: u64,
    marker: &[u8],
    detail: &str,
) -> io::Result<Option<String>> {
    let tail_len = len.min(256 * 1024);
    file.seek(SeekFrom::Start(len - tail_len))?;
    let mut tail = Vec::new();
    file.take(tail_len).read_to_end(&mut tail)?;
    let found = tail.windows(marker.len()).any(|window| window == marker);
    Ok((!found).then(|| detail.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn detail(container: Container, bytes: &[u8]) -> Option<String> {
        check_whole(container, &mut Cursor::new(bytes), bytes.len() as u64).unwrap()
    }

    #[test]
    fn a_film_cut_anywhere_inside_its_boxes_is_incomplete() {
        let film = [
            &16u32.to_be_bytes()[..],
            b"ftypisom\0\0\0\0",
            &16u32.to_be_bytes(),
            b"moov12345678",
            &24u32.to_be_bytes(),
            b"mdat0123456789abcdef",
        ]
        .concat();
        assert_eq!(detail(Container::Mp4, &film), None);
        for cut in [17, 20, 31, 41, 55] {
            assert!(detail(Container::Mp4, &film[..cut]).is_some(), "cut at {cut}");
        }
    }

    #[test]
    fn sizes_that_overflow_are_incomplete_not_a_crash() {
        let huge = [&1u32.to_be_bytes()[..], b"mdat", &u64::MAX.to_be_bytes()].concat();
        assert!(detail(Container::Mp4, &huge).is_some());
    }
}
