//! The question put to the media engine before a file is accepted. A trait, because the rules of uploads are
//! tested a thousand times over with an engine that answers at once.

use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use lumiku_media::{Media, MediaError, MediaFacts};

/// Longer side of a thumbnail, in pixels: sharp on a card of a dense screen.
const THUMBNAIL_SIDE_MAX: u32 = 480;

#[async_trait]
pub trait Inspect: Send + Sync + fmt::Debug {
    /// What the file is, or why it is refused. `name` is for the sentence only.
    async fn accept(&self, file: &Path, name: &str) -> Result<MediaFacts, MediaError>;

    /// Writes a JPEG to `to`; false when there is nothing to see (sound).
    async fn thumbnail(&self, file: &Path, facts: &MediaFacts, to: &Path) -> Result<bool, MediaError>;
}

#[async_trait]
impl Inspect for Media {
    async fn accept(&self, file: &Path, name: &str) -> Result<MediaFacts, MediaError> {
        Self::accept(self, file, name).await
    }

    async fn thumbnail(&self, file: &Path, facts: &MediaFacts, to: &Path) -> Result<bool, MediaError> {
        if facts.dimensions().is_none() {
            return Ok(false);
        }
        Self::thumbnail(self, file, facts, THUMBNAIL_SIDE_MAX, to).await?;
        Ok(true)
    }
}
