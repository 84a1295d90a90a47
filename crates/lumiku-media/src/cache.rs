//! The segment cache: one directory per key, published by a single rename, so that a segment is either
//! there as a whole or not at all. Two tasks that want the same segment make it once.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::{Deserialize, Serialize};

use crate::error::MediaError;
use crate::scratch::{RunDir, WorkDir, sync_parent};
use crate::segment::{SAMPLE_BYTES, Segment, SegmentKey, SegmentSpec};

pub(crate) const VIDEO_FILE: &str = "video.mp4";
pub(crate) const AUDIO_FILE: &str = "audio.s16le";
pub(crate) const CARD_FILE: &str = "segment.json";

/// Written last; says what a whole segment looks like.
#[derive(Debug, Serialize, Deserialize)]
struct Card {
    frames: u64,
    video_bytes: u64,
    audio_bytes: u64,
}

#[derive(Debug)]
pub(crate) struct SegmentCache {
    /// Of all engines.
    root: PathBuf,
    /// Of this engine.
    dir: PathBuf,
    /// On the same file system as the segments, so that publishing is always a rename.
    making: RunDir,
    flights: Mutex<HashMap<SegmentKey, Weak<tokio::sync::Mutex<()>>>>,
}

impl SegmentCache {
    pub fn open(root: &Path, engine: &str) -> Result<Self, MediaError> {
        let making = RunDir::create(&root.join("making"))?;
        let dir =
            std::path::absolute(root).map_err(MediaError::io("find the segment cache"))?.join("segments");
        let (root, dir) = (dir.clone(), dir.join(engine));
        fs::create_dir_all(&dir).map_err(MediaError::io("prepare the segment cache"))?;
        Ok(Self { root, dir, making, flights: Mutex::new(HashMap::new()) })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn sweep(&self) -> Result<u64, MediaError> {
        self.making.sweep()
    }

    pub fn work_dir(&self) -> Result<WorkDir, MediaError> {
        self.making.work_dir()
    }

    /// The lock of one key: whoever holds it makes the segment, the others then find it.
    pub fn flight(&self, key: &SegmentKey) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(key).and_then(Weak::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::new(tokio::sync::Mutex::new(()));
        flights.insert(key.clone(), Arc::downgrade(&flight));
        flight
    }

    /// The finished segment, if it is there and whole; finding it counts as using it.
    pub fn find(&self, spec: &SegmentSpec, key: &SegmentKey) -> Option<Segment> {
        let dir = self.dir_of(key);
        let card: Card = serde_json::from_slice(&fs::read(dir.join(CARD_FILE)).ok()?).ok()?;
        let len = |name: &str| fs::metadata(dir.join(name)).map(|meta| meta.len()).ok();
        let whole = card.frames == spec.frames
            && len(VIDEO_FILE) == Some(card.video_bytes)
            && len(AUDIO_FILE) == Some(card.audio_bytes);
        whole.then(|| {
            Self::touch(&dir.join(CARD_FILE));
            self.segment(spec, key)
        })
    }

    /// Moves a verified working directory into the cache. Losing a race against another process is a hit.
    pub fn publish(&self, spec: &SegmentSpec, key: &SegmentKey, work: &WorkDir) -> io::Result<Segment> {
        let len = |name: &str| -> io::Result<u64> {
            let file = File::open(work.file(name))?;
            file.sync_all()?;
            Ok(file.metadata()?.len())
        };
        let card = Card { frames: spec.frames, video_bytes: len(VIDEO_FILE)?, audio_bytes: len(AUDIO_FILE)? };
        let card_path = work.file(CARD_FILE);
        fs::write(&card_path, serde_json::to_vec(&card)?)?;
        File::open(&card_path)?.sync_all()?;
        File::open(work.path())?.sync_all()?;
        let dir = self.dir_of(key);
        fs::create_dir_all(dir.parent().unwrap_or(&self.dir))?;
        if let Err(error) = fs::rename(work.path(), &dir) {
            if let Some(segment) = self.find(spec, key) {
                return Ok(segment);
            }
            // What is there is broken (a file was removed by hand): replace it.
            fs::remove_dir_all(&dir).map_err(|_| error)?;
            fs::rename(work.path(), &dir)?;
        }
        sync_parent(&dir)?;
        Ok(self.segment(spec, key))
    }

    fn dir_of(&self, key: &SegmentKey) -> PathBuf {
        self.dir.join(&key.as_str()[..2]).join(key.as_str())
    }

    fn segment(&self, spec: &SegmentSpec, key: &SegmentKey) -> Segment {
        let dir = self.dir_of(key);
        Segment {
            key: key.clone(),
            video: dir.join(VIDEO_FILE),
            audio: dir.join(AUDIO_FILE),
            frames: spec.frames,
            target: spec.target,
            file_name: spec.file_name.clone(),
        }
    }
}

/// Exact length of a segment's sound.
pub(crate) fn audio_bytes(spec: &SegmentSpec) -> u64 {
    spec.frames * spec.target.fps.samples_per_frame() * SAMPLE_BYTES
}
