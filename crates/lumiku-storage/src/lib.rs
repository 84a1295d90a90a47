//! Stored files: the object store and who refers to what in it, assets, resumable uploads, quota and trash.
//!
//! Every file that comes in is looked at by the media engine before it is accepted, lies under a key we
//! made, and is known to the database for as long as it exists. Who may touch which project is the caller's
//! to check; everything here is scoped to the user who owns it.

mod assets;
mod disk;
mod error;
mod inspect;
mod limits;
mod migrations;
mod name;
pub mod objects;
mod quota;
mod scratch;
mod stored;
mod sweep;
mod uploads;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lumiku_core::{Ambient, Db};

pub use assets::{Arranged, Asset, AssetKind, AssetView, NewAsset, Placement};
pub use error::StorageError;
pub use inspect::Inspect;
pub use limits::Limits;
pub use migrations::MIGRATIONS;
pub use name::{NAME_CHARS_MAX, clean_name};
pub use objects::{ByteStream, LocalFile, LocalObjects, ObjectKey, Objects};
pub use quota::Usage;
pub use stored::{Holder, NewObject, reference, release_all};
pub use sweep::{Strays, SweepReport};
pub use uploads::{AppendOutcome, Checksum, NewUpload, Upload, UploadMetadata, Uploads};

/// Everything about stored files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Db,
    ambient: Ambient,
    limits: Limits,
    objects: Arc<dyn Objects>,
    inspect: Arc<dyn Inspect>,
    uploads_dir: PathBuf,
    scratch: scratch::Scratch,
}

impl Storage {
    /// Storage below `data_dir`: `objects/` for contents, `uploads/` for what is on its way in.
    pub fn open(
        data_dir: &Path,
        limits: Limits,
        db: Db,
        ambient: Ambient,
        inspect: Arc<dyn Inspect>,
    ) -> Result<Self, StorageError> {
        let objects = Arc::new(LocalObjects::open(&data_dir.join("objects"))?);
        Self::over(objects, data_dir, limits, db, ambient, inspect)
    }

    /// Storage with its contents in another store.
    pub fn over(
        objects: Arc<dyn Objects>,
        data_dir: &Path,
        limits: Limits,
        db: Db,
        ambient: Ambient,
        inspect: Arc<dyn Inspect>,
    ) -> Result<Self, StorageError> {
        let uploads_dir = std::path::absolute(data_dir.join("uploads"))
            .map_err(StorageError::io("find the directory of uploads"))?;
        disk::create_private_dir(&uploads_dir).map_err(StorageError::io("make the directory of uploads"))?;
        let scratch = scratch::Scratch::create(&uploads_dir, &ambient)
            .map_err(StorageError::io("make a working directory"))?;
        Ok(Self(Arc::new(Inner { db, ambient, limits, objects, inspect, uploads_dir, scratch })))
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub fn objects(&self) -> &dyn Objects {
        self.0.objects.as_ref()
    }

    pub fn uploads(&self) -> Uploads {
        Uploads::new(self.clone())
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(crate) fn ambient(&self) -> &Ambient {
        &self.0.ambient
    }
}
