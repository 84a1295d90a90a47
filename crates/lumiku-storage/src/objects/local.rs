//! Objects as files below one directory, spread over 256 folders. Publishing is a rename, and both the file
//! and its directory are synced first: what the database names after a power cut must be on the disk.

use std::fs::{self, File};
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::{ByteStream, LocalFile, ObjectKey, Objects};
use crate::StorageError;
use crate::disk::{blocking, create_private_dir, remove_if_there, sync_dir};

const READ_BYTES: usize = 64 * 1024;
/// Marks a copy under way from another file system.
const INCOMING: &str = "incoming";

#[derive(Clone, Debug)]
pub struct LocalObjects {
    root: PathBuf,
}

impl LocalObjects {
    /// Opens the store below `root`, making the directory if need be.
    pub fn open(root: &Path) -> Result<Self, StorageError> {
        let root = std::path::absolute(root).map_err(StorageError::io("find the object store"))?;
        create_private_dir(&root).map_err(StorageError::io("make the object store"))?;
        Ok(Self { root })
    }

    fn path(&self, key: ObjectKey) -> PathBuf {
        // The last digits are random, the first are the time, which would fill one folder after the other.
        let name = key.to_string();
        self.root.join(&name[name.len() - 2..]).join(name)
    }
}

#[async_trait]
impl Objects for LocalObjects {
    async fn put_file(&self, key: ObjectKey, from: &Path) -> Result<(), StorageError> {
        let (from, to) = (from.to_owned(), self.path(key));
        blocking(move || publish(&from, &to)).await.map_err(StorageError::io("store a file"))
    }

    async fn read(&self, key: ObjectKey, range: Range<u64>) -> Result<ByteStream, StorageError> {
        let mut file = tokio::fs::File::open(self.path(key)).await.map_err(missing_or("read a file"))?;
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start)).await.map_err(StorageError::io("read a file"))?;
        }
        let bytes = file.take(range.end.saturating_sub(range.start));
        Ok(ReaderStream::with_capacity(bytes, READ_BYTES).boxed())
    }

    async fn size(&self, key: ObjectKey) -> Result<Option<u64>, StorageError> {
        match tokio::fs::metadata(self.path(key)).await {
            Ok(facts) => Ok(Some(facts.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::io("look for a file")(error)),
        }
    }

    async fn local_file(&self, key: ObjectKey) -> Result<LocalFile, StorageError> {
        match self.size(key).await? {
            Some(_) => Ok(LocalFile { path: self.path(key) }),
            None => Err(StorageError::NotFound("file")),
        }
    }

    async fn delete(&self, key: ObjectKey) -> Result<(), StorageError> {
        let path = self.path(key);
        let work = move || {
            remove_if_there(&path.with_extension(INCOMING))?;
            remove_if_there(&path)?;
            match path.parent().map(sync_dir) {
                Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        };
        blocking(work).await.map_err(StorageError::io("delete a file"))
    }

    async fn list(&self) -> Result<Vec<String>, StorageError> {
        let root = self.root.clone();
        blocking(move || list_below(&root)).await.map_err(StorageError::io("list the stored files"))
    }
}

fn missing_or(doing: &'static str) -> impl FnOnce(io::Error) -> StorageError {
    move |error| match error.kind() {
        io::ErrorKind::NotFound => StorageError::NotFound("file"),
        _ => StorageError::io(doing)(error),
    }
}

fn publish(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().ok_or_else(|| io::Error::other("an object lies in no folder"))?;
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => folder.parent().map_or(Ok(()), sync_dir)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    File::open(from)?.sync_all()?;
    match fs::rename(from, to) {
        // Somebody mounted the store apart from the working files: copy beside, then rename.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let incoming = to.with_extension(INCOMING);
            fs::copy(from, &incoming)?;
            File::open(&incoming)?.sync_all()?;
            fs::rename(&incoming, to)?;
            fs::remove_file(from)?;
        }
        renamed => renamed?,
    }
    sync_dir(folder)
}

fn list_below(root: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            for file in fs::read_dir(entry.path())? {
                names.push(file?.file_name().to_string_lossy().into_owned());
            }
        } else {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}
