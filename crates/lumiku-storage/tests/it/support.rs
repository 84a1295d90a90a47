//! A storage on a database and a folder of its own, with a clock that stands still and a media engine that
//! answers at once: content that starts with `bad` is refused, everything else is a one-second video.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{TimeDelta, TimeZone, Utc};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use lumiku_core::{Ambient, Db, ManualClock, ProjectId, UserId};
use lumiku_media::{MediaError, MediaFacts};
use lumiku_storage::{
    Asset, Inspect, Limits, LocalObjects, NewUpload, ObjectKey, Objects, Storage, StorageError,
};
use lumiku_testdb::TestDb;
use sha2::{Digest, Sha256};

pub struct Studio {
    pub db: TestDb,
    pub storage: Storage,
    pub clock: Arc<ManualClock>,
    pub engine: Arc<FakeEngine>,
    pub user: UserId,
    pub project: ProjectId,
    pub dir: tempfile::TempDir,
}

impl Studio {
    pub fn new(db: TestDb) -> Self {
        Self::with_limits(db, limits())
    }

    pub fn with_limits(db: TestDb, limits: Limits) -> Self {
        let engine = Arc::new(FakeEngine::default());
        let dir = tempfile::tempdir().expect("a temporary folder");
        let clock = clock();
        let storage = open(dir.path(), limits, db.db.clone(), &clock, 1, engine.clone());
        let (user, project) = (storage_id(&clock), storage_id(&clock));
        Self { db, storage, clock, engine, user, project, dir }
    }

    pub fn ambient(&self) -> Ambient {
        Ambient::seeded(self.clock.clone(), 77)
    }

    pub fn new_upload(&self, name: &str) -> NewUpload {
        new_upload(self.user, self.project, name)
    }

    /// Uploads `content` in one part.
    pub async fn upload(&self, name: &str, content: &[u8]) -> Result<Asset, StorageError> {
        self.upload_to(self.user, self.project, name, content).await
    }

    pub async fn upload_to(
        &self,
        user: UserId,
        project: ProjectId,
        name: &str,
        content: &[u8],
    ) -> Result<Asset, StorageError> {
        let uploads = self.storage.uploads();
        let upload = uploads.create(new_upload(user, project, name), content.len() as i64).await?;
        let outcome = uploads.append(user, upload.id, 0, None, whole(content)).await?;
        Ok(outcome.finished.expect("one part was all of it"))
    }

    pub async fn content(&self, asset: &Asset) -> Vec<u8> {
        read(self.storage.objects(), asset.object_key).await
    }

    pub async fn used_bytes(&self) -> i64 {
        self.storage.usage(&self.db.db, self.user).await.expect("usage").used_bytes
    }

    /// The law of every test: what is on the disk is known, and nothing is on its way.
    pub async fn assert_tidy(&self) {
        let strays = self.storage.stray_objects().await.expect("strays");
        assert!(strays.is_empty() && strays.unsettled.is_empty(), "{strays:?}");
    }

    /// Nothing at all is stored or under way.
    pub async fn assert_empty(&self) {
        self.assert_tidy().await;
        assert_eq!(self.used_bytes().await, 0);
        let names = files_below(self.dir.path());
        let left: Vec<_> = names.iter().filter(|name| !name.to_string_lossy().ends_with(".lock")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at(Utc.with_ymd_and_hms(2026, 11, 23, 8, 0, 0).unwrap()))
}

fn storage_id<T: From<uuid::Uuid>>(clock: &Arc<ManualClock>) -> T {
    Ambient::seeded(clock.clone(), next_seed()).id()
}

/// A seed nobody else in this process has.
pub fn next_seed() -> u64 {
    use std::sync::atomic::AtomicU64;
    static NEXT: AtomicU64 = AtomicU64::new(1000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub fn some_id<T: From<uuid::Uuid>>() -> T {
    storage_id(&clock())
}

/// `node` seeds the ids, so that two nodes make different ones.
pub fn open(
    dir: &Path,
    limits: Limits,
    db: Db,
    clock: &Arc<ManualClock>,
    node: u64,
    engine: Arc<dyn Inspect>,
) -> Storage {
    Storage::open(dir, limits, db, Ambient::seeded(clock.clone(), node), engine).expect("storage opens")
}

pub fn limits() -> Limits {
    Limits {
        quota_bytes: 10_000_000,
        files_max: 1000,
        upload_bytes_max: 5_000_000,
        part_bytes_max: 1_000_000,
        upload_expires: TimeDelta::hours(24),
        part_idle: Duration::from_secs(20),
        trash_keeps: TimeDelta::days(30),
        unreferenced_keeps: TimeDelta::hours(1),
    }
}

pub fn new_upload(user_id: UserId, project_id: ProjectId, name: &str) -> NewUpload {
    NewUpload { user_id, project_id, role: "clip".into(), group_id: None, name: name.into() }
}

pub type Piece = Result<Bytes, String>;

/// A body that arrives whole, in pieces as a connection delivers them.
pub fn whole(content: &[u8]) -> impl Stream<Item = Piece> + Send + use<> {
    let pieces: Vec<Piece> = content.chunks(4096).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

/// A body whose connection breaks after `content`.
pub fn broken(content: &[u8]) -> impl Stream<Item = Piece> + Send + use<> {
    whole(content).chain(stream::iter([Err("connection reset".to_owned())]))
}

pub fn sha256(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

/// Content that does not repeat, so that misplaced bytes are seen.
pub fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|i| ((i * 31) ^ (i >> 8) ^ (i >> 3)) as u8).collect()
}

pub async fn read(objects: &dyn Objects, key: ObjectKey) -> Vec<u8> {
    let size = objects.size(key).await.expect("a size").expect("the object is there");
    let stream = objects.read(key, 0..size).await.expect("a stream");
    stream.try_collect::<Vec<Bytes>>().await.expect("bytes").concat()
}

pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

#[derive(Debug, Default)]
pub struct FakeEngine {
    pub missing: AtomicBool,
}

#[async_trait]
impl Inspect for FakeEngine {
    async fn accept(&self, file: &Path, name: &str) -> Result<MediaFacts, MediaError> {
        if self.missing.load(Ordering::SeqCst) {
            return Err(MediaError::ToolMissing { tool: "ffprobe".into(), detail: "not found".into() });
        }
        let content = std::fs::read(file).expect("the file under inspection is there");
        if content.starts_with(b"bad") {
            return Err(MediaError::NotMedia { file: name.into(), looks_like: "a text" });
        }
        Ok(video_facts(content.len() as u64))
    }

    async fn thumbnail(&self, _: &Path, _: &MediaFacts, to: &Path) -> Result<bool, MediaError> {
        std::fs::write(to, b"a picture").expect("the thumbnail can be written");
        Ok(true)
    }
}

fn video_facts(size_bytes: u64) -> MediaFacts {
    // As JSON, because facts only ever gain fields, with defaults.
    serde_json::from_value(serde_json::json!({
        "kind": "video",
        "container": "mp4",
        "size_bytes": size_bytes,
        "duration_ms": 1001,
        "stream_count": 2,
        "video": {
            "stream_index": 0,
            "codec": "h264",
            "width": 1080,
            "height": 1920,
            "coded_width": 1920,
            "coded_height": 1080,
            "rotation": 90,
            "sample_aspect_ratio": [1, 1],
            "frame_rate": { "num": 30_000, "den": 1001 },
            "frame_count": 30,
            "pixel_format": "yuv420p",
            "hdr": false,
        },
        "audio": null,
        "image": null,
    }))
    .expect("facts")
}

/// Which moment of storing a file a [`Freezing`] store stops at, for good.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// 0 is the thumbnail, 1 the content.
    pub put: u32,
    pub after: bool,
}

/// A store that stops at one moment and tells, so that the test can kill its process there.
#[derive(Debug)]
pub struct Freezing {
    pub inner: LocalObjects,
    pub moment: Moment,
    pub puts: std::sync::atomic::AtomicU32,
    pub frozen: std::sync::mpsc::Sender<()>,
}

#[async_trait]
impl Objects for Freezing {
    async fn put_file(&self, key: ObjectKey, from: &Path) -> Result<(), StorageError> {
        let here = self.puts.fetch_add(1, Ordering::SeqCst) == self.moment.put;
        if here && !self.moment.after {
            self.frozen.send(()).expect("the test listens");
            std::future::pending::<()>().await;
        }
        self.inner.put_file(key, from).await?;
        if here {
            self.frozen.send(()).expect("the test listens");
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn read(
        &self,
        key: ObjectKey,
        range: std::ops::Range<u64>,
    ) -> Result<lumiku_storage::ByteStream, StorageError> {
        self.inner.read(key, range).await
    }

    async fn size(&self, key: ObjectKey) -> Result<Option<u64>, StorageError> {
        self.inner.size(key).await
    }

    async fn local_file(&self, key: ObjectKey) -> Result<lumiku_storage::LocalFile, StorageError> {
        self.inner.local_file(key).await
    }

    async fn delete(&self, key: ObjectKey) -> Result<(), StorageError> {
        self.inner.delete(key).await
    }

    async fn list(&self) -> Result<Vec<String>, StorageError> {
        self.inner.list().await
    }
}
