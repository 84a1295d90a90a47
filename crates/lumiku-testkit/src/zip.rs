//! Reads a ZIP of stored entries by its own index, as a strict unpacker does: the writer under test
//! is not asked what it meant.

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZipEntry {
    pub name: String,
    pub content: Vec<u8>,
}

/// The entries in the order of the index. Panics where the archive contradicts itself.
pub fn read(zip: &[u8]) -> Vec<ZipEntry> {
    let end = zip.len() - 22;
    assert_eq!(&zip[end..end + 4], b"PK\x05\x06", "the archive ends with its end record");
    let count = u16_at(zip, end + 10);
    let mut at = u32_at(zip, end + 16) as usize;
    let mut entries = Vec::new();
    for _ in 0..count {
        assert_eq!(&zip[at..at + 4], b"PK\x01\x02", "the index lists an entry");
        assert_eq!(u16_at(zip, at + 10), 0, "entries are stored, not compressed");
        let (crc, size) = (u32_at(zip, at + 16), u32_at(zip, at + 24) as usize);
        let lengths = [28, 30, 32].map(|offset| usize::from(u16_at(zip, at + offset)));
        let local = u32_at(zip, at + 42) as usize;
        let name = String::from_utf8(zip[at + 46..at + 46 + lengths[0]].to_vec()).expect("names are UTF-8");
        let content = local_content(zip, local, &name, size);
        assert_eq!(crc32fast::hash(&content), crc, "{name} has the checksum of its index");
        entries.push(ZipEntry { name, content });
        at += 46 + lengths.iter().sum::<usize>();
    }
    assert_eq!(at, end, "nothing lies between index and end");
    entries
}

fn local_content(zip: &[u8], at: usize, name: &str, size: usize) -> Vec<u8> {
    assert_eq!(&zip[at..at + 4], b"PK\x03\x04", "an entry begins with its header");
    let (name_len, extra_len) = (usize::from(u16_at(zip, at + 26)), usize::from(u16_at(zip, at + 28)));
    let begins = at + 30 + name_len + extra_len;
    assert_eq!(&zip[at + 30..at + 30 + name_len], name.as_bytes(), "both headers name the same file");
    zip[begins..begins + size].to_vec()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
