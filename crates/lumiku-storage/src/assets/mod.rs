//! Assets: the files of a project. Their content never changes; name, group, position and the trash do.

mod placement;
mod store;
mod trash;
mod view;

use chrono::{DateTime, Utc};
use lumiku_core::{AssetId, GroupId, ProjectId, UserId};
use lumiku_media::MediaFacts;

use crate::ObjectKey;

pub use placement::{Arranged, Placement};
pub use view::{AssetKind, AssetView};

/// An accepted file.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    pub id: AssetId,
    pub user_id: UserId,
    pub project_id: ProjectId,
    /// What the app uses it for, for example `clip`.
    pub role: String,
    pub kind: AssetKind,
    /// As its owner called it, cleaned.
    pub name: String,
    pub object_key: ObjectKey,
    pub content_type: String,
    pub size_bytes: i64,
    /// Of the content, in lower-case hexadecimal.
    pub sha256: String,
    pub facts: MediaFacts,
    pub thumbnail_key: Option<ObjectKey>,
    pub group_id: Option<GroupId>,
    /// Order within the project, ties in order of arrival.
    pub position: i64,
    pub created_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// An asset about to be written; it goes to the end of its project.
#[derive(Clone, Debug)]
pub struct NewAsset {
    pub id: AssetId,
    pub user_id: UserId,
    pub project_id: ProjectId,
    pub role: String,
    pub name: String,
    pub object_key: ObjectKey,
    pub size_bytes: i64,
    pub sha256: String,
    pub facts: MediaFacts,
    pub thumbnail_key: Option<ObjectKey>,
    pub group_id: Option<GroupId>,
    pub created_at: DateTime<Utc>,
}
