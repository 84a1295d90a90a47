//! What the rules need to know about an uploaded clip and about a group.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One clip of a project, in the project's own order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    /// The id of its asset.
    pub id: Uuid,
    /// SHA-256 of the file in hex. Two uploads of one file are one clip to the mixer, whatever their names.
    pub sha256: String,
    /// The uploaded file's name, for people to read; never a path.
    pub name: String,
    /// A clip is in at most one group.
    pub group: Option<Uuid>,
    pub facts: ClipFacts,
}

/// What the probe measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipFacts {
    /// Of the picture, after rotation and with square pixels.
    pub width: u32,
    pub height: u32,
    /// Of the video stream, not of the container: a longer audio track does not make a longer clip.
    pub duration_ms: u64,
    pub has_audio: bool,
}

/// One group; the order of the slice of groups is the order in the video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub id: Uuid,
    pub name: String,
}
