//! A ZIP that is never put together: sizes and checksums are known before the first byte is
//! asked for, so the archive's layout is arithmetic and any byte range of it can be answered.
//!
//! Entries are stored, not compressed (videos and pictures already are), which makes the length
//! exact up front: downloads show their progress, resume after a break and cost no memory.
//! This module does no IO; whoever answers the request reads the objects that the pieces name.

mod name;
mod record;
#[cfg(test)]
mod tests;

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use record::Record;

/// One file of the archive.
#[derive(Clone, Debug)]
pub struct Entry {
    name: String,
    size_bytes: u64,
    crc32: u32,
    modified: DateTime<Utc>,
    inline: Option<Bytes>,
}

impl Entry {
    /// A file whose bytes are read elsewhere. `crc32` is the IEEE checksum of all of them; a wrong
    /// one makes every unpacker refuse the file.
    pub fn object(name: impl Into<String>, size_bytes: u64, crc32: u32, modified: DateTime<Utc>) -> Self {
        Self { name: name.into(), size_bytes, crc32, modified, inline: None }
    }

    /// A small file, such as a manifest, that the layout carries itself.
    pub fn inline(name: impl Into<String>, content: impl Into<Bytes>, modified: DateTime<Utc>) -> Self {
        let content = content.into();
        Self {
            name: name.into(),
            size_bytes: content.len() as u64,
            crc32: crc32fast::hash(&content),
            modified,
            inline: Some(content),
        }
    }
}

/// A run of the archive's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes that the layout made.
    Bytes(Bytes),
    /// A range of the object given as the `entry`-th one, counted from zero.
    Object { entry: usize, range: Range<u64> },
}

/// Where every byte of the archive comes from.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Everything that is not an object, in archive order.
    literal: Bytes,
    spans: Vec<Span>,
    names: Vec<String>,
    len: u64,
    etag: String,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u64,
    end: u64,
    source: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Literal { at: usize },
    Object { entry: usize },
}

impl Layout {
    /// Lays the entries out in the order given. Names are made safe and unique: whatever a name
    /// template produced, no unpacker writes outside its folder or over another entry.
    pub fn new(entries: &[Entry]) -> Self {
        let names = name::safe_and_unique(entries.iter().map(|entry| entry.name.as_str()));
        let mut plan = Plan::default();
        let mut records = Vec::with_capacity(entries.len());
        for (index, (entry, name)) in entries.iter().zip(&names).enumerate() {
            let record = Record {
                name,
                size_bytes: entry.size_bytes,
                crc32: entry.crc32,
                modified: entry.modified,
                offset: plan.len,
            };
            plan.literal(|out| record.write_local(out));
            match &entry.inline {
                Some(content) => plan.literal(|out| out.extend_from_slice(content)),
                None => plan.object(index, entry.size_bytes),
            }
            records.push(record);
        }
        let central_offset = plan.len;
        plan.literal(|out| {
            for record in &records {
                record.write_central(out);
            }
        });
        let central_size = plan.len - central_offset;
        plan.literal(|out| record::write_end(out, records.len() as u64, central_offset, central_size));

        let literal = plan.bytes.freeze();
        let etag = etag(&literal, entries);
        Self { literal, spans: plan.spans, names, len: plan.len, etag }
    }

    /// The archive's size in bytes, for Content-Length.
    #[expect(clippy::len_without_is_empty, reason = "an archive has an end record even without entries")]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// A strong entity tag, quotes included. It covers names, sizes, checksums and times.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The entries' names as they stand in the archive, in the order given.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The pieces that make up `range` of the archive; what lies beyond the end is left out.
    pub fn spans_for(&self, range: Range<u64>) -> impl Iterator<Item = Piece> + Send + use<'_> {
        let first = self.spans.partition_point(|span| span.end <= range.start);
        let wanted = self.spans[first..].iter().take_while(move |span| span.start < range.end);
        wanted.map(move |span| {
            let from = range.start.max(span.start) - span.start;
            let to = range.end.min(span.end) - span.start;
            match span.source {
                Source::Literal { at } => {
                    Piece::Bytes(self.literal.slice(at + from as usize..at + to as usize))
                }
                Source::Object { entry } => Piece::Object { entry, range: from..to },
            }
        })
    }
}

/// The archive as far as it is laid out.
#[derive(Default)]
struct Plan {
    bytes: BytesMut,
    spans: Vec<Span>,
    len: u64,
}

impl Plan {
    /// Appends what `write` writes; neighbouring literals become one span.
    fn literal(&mut self, write: impl FnOnce(&mut BytesMut)) {
        let at = self.bytes.len();
        write(&mut self.bytes);
        let start = self.len;
        self.len += (self.bytes.len() - at) as u64;
        match self.spans.last_mut() {
            Some(Span { end, source: Source::Literal { .. }, .. }) => *end = self.len,
            _ => self.spans.push(Span { start, end: self.len, source: Source::Literal { at } }),
        }
    }

    fn object(&mut self, entry: usize, size_bytes: u64) {
        if size_bytes > 0 {
            let start = self.len;
            self.len += size_bytes;
            self.spans.push(Span { start, end: self.len, source: Source::Object { entry } });
        }
    }
}

/// The literal bytes hold every name, size and checksum; times are added because the archive
/// keeps them only to the second.
fn etag(literal: &[u8], entries: &[Entry]) -> String {
    let mut hash = Sha256::new();
    hash.update(literal);
    for entry in entries {
        hash.update(entry.modified.timestamp_micros().to_le_bytes());
    }
    format!("\"{}\"", hex::encode(&hash.finalize()[..16]))
}
