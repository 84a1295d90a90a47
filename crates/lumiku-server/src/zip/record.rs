//! The fixed records of a ZIP file, as PKWARE's APPNOTE.TXT 6.3.10 numbers them.
//!
//! ZIP64 fields appear only where a value does not fit, because old unpackers (and some phones)
//! refuse archives that use them without need.

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, Datelike, Timelike, Utc};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const ZIP64_END: u32 = 0x0606_4b50;
const ZIP64_LOCATOR: u32 = 0x0706_4b50;

const ZIP64_EXTRA: u16 = 0x0001;
const TIMESTAMP_EXTRA: u16 = 0x5455;

/// Bit 11: the name is UTF-8.
const FLAGS: u16 = 1 << 11;
const STORED: u16 = 0;
const VERSION_PLAIN: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// Made on Unix, so that the permission bits below are read.
const MADE_BY_UNIX: u16 = 3 << 8;
const REGULAR_FILE_0644: u32 = 0o100_644 << 16;

/// The value that says "look in the ZIP64 field".
const MAX_32: u64 = u32::MAX as u64;
const MAX_16: u64 = u16::MAX as u64;

/// What the headers say about one stored entry.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub name: &'a str,
    pub size_bytes: u64,
    pub crc32: u32,
    pub modified: DateTime<Utc>,
    /// Where the local header begins.
    pub offset: u64,
}

impl Record<'_> {
    /// 4.3.7. Both sizes go to the ZIP64 field together, as the note demands of local headers.
    pub fn write_local(&self, out: &mut BytesMut) {
        let wide = if self.is_big() { vec![self.size_bytes, self.size_bytes] } else { Vec::new() };
        let extra = self.extra(&wide);
        out.put_u32_le(LOCAL_HEADER);
        self.write_shared(out, self.is_big());
        out.put_u16_le(self.name.len() as u16);
        out.put_u16_le(extra.len() as u16);
        out.put_slice(self.name.as_bytes());
        out.put_slice(&extra);
    }

    /// 4.3.12.
    pub fn write_central(&self, out: &mut BytesMut) {
        let mut wide = if self.is_big() { vec![self.size_bytes, self.size_bytes] } else { Vec::new() };
        if self.offset >= MAX_32 {
            wide.push(self.offset);
        }
        let extra = self.extra(&wide);
        let is_zip64 = !wide.is_empty();
        out.put_u32_le(CENTRAL_HEADER);
        out.put_u16_le(MADE_BY_UNIX | version(is_zip64));
        self.write_shared(out, is_zip64);
        out.put_u16_le(self.name.len() as u16);
        out.put_u16_le(extra.len() as u16);
        out.put_u16_le(0); // comment
        out.put_u16_le(0); // disk
        out.put_u16_le(0); // internal attributes
        out.put_u32_le(REGULAR_FILE_0644);
        out.put_u32_le(low_32(self.offset));
        out.put_slice(self.name.as_bytes());
        out.put_slice(&extra);
    }

    /// The fields from "version needed" to "uncompressed size", alike in both headers.
    fn write_shared(&self, out: &mut BytesMut, is_zip64: bool) {
        let (date, time) = dos_time(self.modified);
        out.put_u16_le(version(is_zip64));
        out.put_u16_le(FLAGS);
        out.put_u16_le(STORED);
        out.put_u16_le(time);
        out.put_u16_le(date);
        out.put_u32_le(self.crc32);
        out.put_u32_le(low_32(self.size_bytes));
        out.put_u32_le(low_32(self.size_bytes));
    }

    fn is_big(&self) -> bool {
        self.size_bytes >= MAX_32
    }

    /// The ZIP64 field when there is something `wide`, and the time in UTC, which the DOS time
    /// cannot express.
    fn extra(&self, wide: &[u64]) -> Vec<u8> {
        let mut extra = Vec::new();
        if !wide.is_empty() {
            extra.put_u16_le(ZIP64_EXTRA);
            extra.put_u16_le(wide.len() as u16 * 8);
            for value in wide {
                extra.put_u64_le(*value);
            }
        }
        if let Ok(seconds) = i32::try_from(self.modified.timestamp()) {
            extra.put_u16_le(TIMESTAMP_EXTRA);
            extra.put_u16_le(5);
            extra.put_u8(1); // only the modification time follows
            extra.put_i32_le(seconds);
        }
        extra
    }
}

/// 4.3.14 to 4.3.16: the end of the archive, behind its wide twin where numbers overflow.
pub(super) fn write_end(out: &mut BytesMut, entries: u64, central_offset: u64, central_size: u64) {
    if entries >= MAX_16 || central_offset >= MAX_32 || central_size >= MAX_32 {
        out.put_u32_le(ZIP64_END);
        out.put_u64_le(44); // size of the rest of this record
        out.put_u16_le(MADE_BY_UNIX | VERSION_ZIP64);
        out.put_u16_le(VERSION_ZIP64);
        out.put_u32_le(0); // this disk
        out.put_u32_le(0); // disk of the central directory
        out.put_u64_le(entries);
        out.put_u64_le(entries);
        out.put_u64_le(central_size);
        out.put_u64_le(central_offset);
        out.put_u32_le(ZIP64_LOCATOR);
        out.put_u32_le(0);
        out.put_u64_le(central_offset + central_size);
        out.put_u32_le(1); // disks in total
    }
    out.put_u32_le(END);
    out.put_u16_le(0);
    out.put_u16_le(0);
    out.put_u16_le(entries.min(MAX_16) as u16);
    out.put_u16_le(entries.min(MAX_16) as u16);
    out.put_u32_le(low_32(central_size));
    out.put_u32_le(low_32(central_offset));
    out.put_u16_le(0); // comment
}

fn version(is_zip64: bool) -> u16 {
    if is_zip64 { VERSION_ZIP64 } else { VERSION_PLAIN }
}

fn low_32(value: u64) -> u32 {
    value.min(MAX_32) as u32
}

/// Date and time as MS-DOS kept them: from 1980 to 2107, in steps of two seconds.
fn dos_time(time: DateTime<Utc>) -> (u16, u16) {
    let pack_date = |years: u32, month: u32, day: u32| ((years << 9) + (month << 5) + day) as u16;
    match time.year() {
        ..1980 => (pack_date(0, 1, 1), 0),
        2108.. => (pack_date(127, 12, 31), 0),
        year => (
            pack_date(year as u32 - 1980, time.month(), time.day()),
            ((time.hour() << 11) + (time.minute() << 5) + time.second() / 2) as u16,
        ),
    }
}
