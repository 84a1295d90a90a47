//! The engine: tools, slots, directories and limits behind one cheap handle.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::cache::SegmentCache;
use crate::config::{MediaConfig, MediaLimits};
use crate::error::MediaError;
use crate::process::Processes;
use crate::scratch::{RunDir, WorkDir};
use crate::tools::Tools;

/// One per process and data directory; clones share it.
#[derive(Clone)]
pub struct Media {
    inner: Arc<Inner>,
}

struct Inner {
    config: MediaConfig,
    processes: Processes,
    scratch: RunDir,
    cache: SegmentCache,
    engine: String,
}

impl Media {
    /// Starts each tool once, so that a missing ffmpeg is found now and not in the middle of a night.
    pub fn new(config: MediaConfig) -> Result<Self, MediaError> {
        let tools = Tools::find(&config)?;
        // The look of HDR clips depends on zscale, so it belongs to the identity of the engine.
        let identity = format!("{} zscale={}", tools.version, tools.has_zscale);
        let engine = hex::encode(&Sha256::digest(identity)[..8]);
        let scratch = RunDir::create(&config.scratch_dir)?;
        let cache = SegmentCache::open(&config.cache_dir, &engine)?;
        let processes = Processes::new(tools, config.limits.clone(), config.process_slots)?;
        Ok(Self { inner: Arc::new(Inner { config, processes, scratch, cache, engine }) })
    }

    /// First line of `ffmpeg -version`.
    pub fn version(&self) -> &str {
        &self.inner.processes.tools().version
    }

    /// Short hash of everything about the tools that changes bytes; segments are cached below it.
    pub fn engine(&self) -> &str {
        &self.inner.engine
    }

    pub fn config(&self) -> &MediaConfig {
        &self.inner.config
    }

    pub fn limits(&self) -> &MediaLimits {
        &self.inner.config.limits
    }

    /// Removes what killed processes left in the working directories; returns how many directories. Called
    /// once at start-up; directories of living processes, told by a kernel lock, are left alone.
    pub async fn sweep_scratch(&self) -> Result<u64, MediaError> {
        let this = self.clone();
        let sweep = move || Ok(this.inner.scratch.sweep().and_then(|n| Ok(n + this.inner.cache.sweep()?)));
        blocking("sweep the working directories", sweep).await?
    }

    pub(crate) fn processes(&self) -> &Processes {
        &self.inner.processes
    }

    pub(crate) fn cache(&self) -> &SegmentCache {
        &self.inner.cache
    }

    pub fn work_dir(&self) -> Result<WorkDir, MediaError> {
        self.inner.scratch.work_dir()
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media").field("config", &self.inner.config).field("version", &self.version()).finish()
    }
}

/// Runs file work off the async threads: fsync can take a second on a busy disk.
pub(crate) async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, MediaError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| MediaError::io(doing)(io::Error::other(error)))?.map_err(MediaError::io(doing))
}

/// Publishes a finished file under its final name, durably.
pub(crate) async fn publish(from: &Path, to: &Path) -> Result<(), MediaError> {
    let (from, to) = (from.to_owned(), to.to_owned());
    blocking("store a finished file", move || crate::scratch::publish(&from, &to)).await
}
