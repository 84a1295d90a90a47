//! Where contents lie, under keys we make. The trait is as wide as what the rest of the crate needs, so that
//! an S3 implementation can take the place of the local disk without anything above noticing.

mod local;

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use lumiku_core::db::Value;
use uuid::Uuid;

use crate::StorageError;

pub use local::LocalObjects;

/// The name of an object. Being an id it cannot be a path out of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(pub Uuid);

impl From<Uuid> for ObjectKey {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<ObjectKey> for Value {
    fn from(key: ObjectKey) -> Self {
        key.0.into()
    }
}

impl sea_orm::TryGetable for ObjectKey {
    fn try_get_by<I: sea_orm::ColIdx>(
        row: &sea_orm::QueryResult,
        index: I,
    ) -> Result<Self, sea_orm::TryGetError> {
        Uuid::try_get_by(row, index).map(Self)
    }
}

impl sea_orm::sea_query::Nullable for ObjectKey {
    fn null() -> Value {
        <Uuid as sea_orm::sea_query::Nullable>::null()
    }
}

/// Content as it is read, in pieces of about 64 KiB.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// An object as a file of this machine, for programs that read files. A store that has to fetch it first
/// keeps the copy only as long as this value lives.
#[derive(Debug)]
pub struct LocalFile {
    path: PathBuf,
}

impl AsRef<Path> for LocalFile {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// A store of immutable contents.
#[async_trait]
pub trait Objects: Send + Sync + fmt::Debug {
    /// Moves a finished file into the store. When this returns, the content survives a power cut; until
    /// then nothing is visible under the key.
    async fn put_file(&self, key: ObjectKey, from: &Path) -> Result<(), StorageError>;

    /// The bytes of `range`, which must lie within the object.
    async fn read(&self, key: ObjectKey, range: Range<u64>) -> Result<ByteStream, StorageError>;

    /// `None` when there is no such object.
    async fn size(&self, key: ObjectKey) -> Result<Option<u64>, StorageError>;

    async fn local_file(&self, key: ObjectKey) -> Result<LocalFile, StorageError>;

    /// Deleting what is not there is no error, so that it can be repeated.
    async fn delete(&self, key: ObjectKey) -> Result<(), StorageError>;

    /// The names of everything in the store, also of things that do not belong there.
    async fn list(&self) -> Result<Vec<String>, StorageError>;
}
