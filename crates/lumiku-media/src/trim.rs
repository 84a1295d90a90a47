//! Keeping the segment cache below a size: the segments not used for longest go first. The use of a segment
//! is written down as the modification time of its card, so every process sees it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::time::TimeSpec;

use crate::cache::{CARD_FILE, SegmentCache};
use crate::error::MediaError;
use crate::media::{Media, blocking};

impl Media {
    /// Removes segments until the cache holds at most `bytes_max`, longest unused first; returns the bytes
    /// freed. Segments used after `keep_used_since` stay whatever happens: pass a time before the beginning of
    /// the oldest running job, because a job that holds a [`crate::Segment`] expects its files to be there.
    pub async fn trim_cache(&self, bytes_max: u64, keep_used_since: SystemTime) -> Result<u64, MediaError> {
        let this = self.clone();
        let trim = move || trim(this.cache().root(), bytes_max, keep_used_since);
        blocking("trim the segment cache", trim).await
    }
}

struct Entry {
    dir: PathBuf,
    bytes: u64,
    used: SystemTime,
}

fn trim(root: &Path, bytes_max: u64, keep_used_since: SystemTime) -> io::Result<u64> {
    let mut entries = Vec::new();
    // root / engine / first two digits / key: segments of an engine that was replaced age out like the rest.
    for engine in directories(root)? {
        for shelf in directories(&engine)? {
            entries.extend(directories(&shelf)?.into_iter().filter_map(entry));
        }
    }
    entries.sort_by_key(|entry| entry.used);
    let mut held: u64 = entries.iter().map(|entry| entry.bytes).sum();
    let before = held;
    for entry in entries {
        if held <= bytes_max || entry.used >= keep_used_since {
            break;
        }
        // The card first: from then on nobody finds the segment.
        fs::remove_file(entry.dir.join(CARD_FILE))?;
        fs::remove_dir_all(&entry.dir)?;
        held -= entry.bytes;
    }
    Ok(before - held)
}

fn directories(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path()));
    Ok(paths.collect::<io::Result<Vec<_>>>()?.into_iter().filter(|path| path.is_dir()).collect())
}

fn entry(dir: PathBuf) -> Option<Entry> {
    let used = fs::metadata(dir.join(CARD_FILE)).ok()?.modified().ok()?;
    let files = fs::read_dir(&dir).ok()?.flatten();
    let bytes = files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum();
    Some(Entry { dir, bytes, used })
}

impl SegmentCache {
    /// Notes that a segment is in use now. A cache that cannot note it still works.
    pub(crate) fn touch(card: &Path) {
        let now = TimeSpec::UTIME_NOW;
        let _ = utimensat(nix::fcntl::AT_FDCWD, card, &now, &now, UtimensatFlags::FollowSymlink);
    }
}
