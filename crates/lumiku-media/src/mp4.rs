//! Just enough of MP4 to read back what was written: the H.264 decoder configuration (avcC) of a segment, and
//! the tracks of an output. Segments join by stream copy only when their avcC is equal; other boxes of the
//! sample entry (btrt) may differ. The index of our own output says what a program that demuxes it would
//! count, at a fraction of its cost; what strangers upload is never read here.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::facts::FrameRate;

/// An index larger than this is not one of our segments.
const MOOV_BYTES_MAX: u64 = 64 << 20;

/// The avcC payload of the first H.264 track; None when there is none.
pub(crate) fn parameter_sets(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some(moov) = read_moov(&mut File::open(path)?)? else { return Ok(None) };
    Ok(boxes(&moov).filter(|(name, _)| name == b"trak").find_map(|(_, trak)| avcc_of_track(trak)))
}

/// A track as its index describes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Track {
    pub is_video: bool,
    /// Frames of a picture track, packets of a sound track.
    pub samples: u64,
    /// Of all samples together.
    pub bytes: u64,
    /// What is presented, edit list applied.
    pub duration_s: f64,
    /// Coded size and samples per second; zero for sound.
    pub width: u32,
    pub height: u32,
    pub frame_rate: FrameRate,
}

/// The tracks of a finished file; None when its index cannot be read.
pub(crate) fn tracks(path: &Path) -> io::Result<Option<Vec<Track>>> {
    let Some(moov) = read_moov(&mut File::open(path)?)? else { return Ok(None) };
    let Some(movie_timescale) = child(&moov, *b"mvhd").and_then(|mvhd| u32_at(mvhd, 12)) else {
        return Ok(None);
    };
    let traks = boxes(&moov).filter(|(name, _)| name == b"trak");
    Ok(traks.map(|(_, trak)| track(trak, movie_timescale)).collect())
}

fn track(trak: &[u8], movie_timescale: u32) -> Option<Track> {
    let mdia = child(trak, *b"mdia")?;
    let stbl = child(child(mdia, *b"minf")?, *b"stbl")?;
    let is_video = child(mdia, *b"hdlr")?.get(8..12)? == b"vide";
    let (stsz, stts) = (child(stbl, *b"stsz")?, child(stbl, *b"stts")?);
    let samples = u32_at(stsz, 8)?;
    let bytes = match u32_at(stsz, 4)? {
        0 => (0..samples as usize).map(|n| u32_at(stsz, 12 + 4 * n).map(u64::from)).sum::<Option<u64>>()?,
        each => u64::from(each) * u64::from(samples),
    };
    let duration_s = f64::from(u32_at(child(trak, *b"tkhd")?, 20)?) / f64::from(movie_timescale);
    let mut track = Track {
        is_video,
        samples: samples.into(),
        bytes,
        duration_s,
        width: 0,
        height: 0,
        frame_rate: FrameRate { num: 0, den: 1 },
    };
    if is_video {
        let entry = child(child(stbl, *b"stsd")?.get(8..)?, *b"avc1")?;
        let size = u32_at(entry, 24)?;
        (track.width, track.height) = (size >> 16, size & 0xFFFF);
        // One run of equal steps is a constant rate; anything else is none of ours.
        if u32_at(stts, 4)? == 1 {
            let (timescale, step) = (u32_at(child(mdia, *b"mdhd")?, 12)?, u32_at(stts, 12)?);
            track.frame_rate = FrameRate { num: timescale / step.max(1), den: 1 };
        }
    }
    Some(track)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
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
