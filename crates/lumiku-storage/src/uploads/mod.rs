//! Resumable uploads after tus 1.0, without the HTTP: the server's routes translate headers to these calls.
//!
//! An upload is a row and one growing file. A part is appended, synced, and only then acknowledged by moving
//! the row's offset; what a crash leaves beyond the offset is cut off when the upload goes on. Whoever
//! writes holds the file's lock, which the kernel drops with its process. The work runs in a task of its
//! own: a client that hangs up does not stop it half way.

mod append;
mod checksum;
mod finish;
mod lock;
mod metadata;
mod part;
mod store;
mod stream;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use lumiku_core::{AssetId, GroupId, ProjectId, UploadId, UserId};

use crate::{Asset, ObjectKey, Storage, StorageError};

pub use checksum::Checksum;
pub use metadata::UploadMetadata;

/// An upload somebody wants to start. That the project is the user's is the caller's to check.
#[derive(Clone, Debug)]
pub struct NewUpload {
    pub user_id: UserId,
    pub project_id: ProjectId,
    /// What the app will use it for, for example `clip`.
    pub role: String,
    pub group_id: Option<GroupId>,
    /// What the user calls the file, as it came.
    pub name: String,
}

/// An upload under way, or finished and not yet forgotten.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    pub id: UploadId,
    pub user_id: UserId,
    pub project_id: ProjectId,
    pub role: String,
    pub group_id: Option<GroupId>,
    pub name: String,
    pub length_bytes: i64,
    /// So many bytes are on the disk for certain.
    pub offset_bytes: i64,
    /// What it became, once finished.
    pub asset_id: Option<AssetId>,
    pub created_at: DateTime<Utc>,
    /// Moves on with every part.
    pub expires_at: DateTime<Utc>,
    pub(crate) object_key: Option<ObjectKey>,
}

impl Upload {
    pub(crate) fn is_complete(&self) -> bool {
        self.offset_bytes == self.length_bytes
    }
}

/// What a part did.
#[derive(Clone, Debug)]
pub struct AppendOutcome {
    pub offset_bytes: i64,
    pub expires_at: DateTime<Utc>,
    /// The asset, when this part was the last and the file was accepted.
    pub finished: Option<Asset>,
}

/// The uploads of a storage.
#[derive(Clone, Debug)]
pub struct Uploads(Storage);

impl Uploads {
    pub(crate) fn new(storage: Storage) -> Self {
        Self(storage)
    }

    pub(crate) fn path(&self, id: UploadId) -> PathBuf {
        self.0.0.uploads_dir.join(id.to_string())
    }
}

/// Runs work to its end even when whoever waits for it goes away.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, StorageError>> + Send + 'static,
) -> Result<T, StorageError> {
    tokio::spawn(work).await.map_err(|error| StorageError::Broken(error.to_string()))?
}
