//! Everything that can go wrong with stored files, and the one table from there to status and code. The
//! sentences are shown to people: they name the file as its owner called it and say what to do next.

use std::io;

use lumiku_core::{DbError, Explain, Problem};
use lumiku_media::MediaError;

#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// The file was looked at and refused, or could not be looked at.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// It does not exist or belongs to somebody else; the two must look the same.
    #[error("There is no such {0}, or it is not yours.")]
    NotFound(&'static str),
    #[error("The disk could not {doing}: {source}")]
    Io { doing: &'static str, source: io::Error },
    #[error("The server's disk is full, so nothing more can be stored. Ask whoever runs it to make room.")]
    DiskFull,
    #[error(
        "Your storage is full: {needed_bytes} bytes are needed, and {used_bytes} of {quota_bytes} are in use. \
         Delete files you no longer need and empty the trash ({trash_bytes} bytes)."
    )]
    QuotaExceeded { used_bytes: i64, quota_bytes: i64, needed_bytes: i64, trash_bytes: i64 },
    #[error("You already store {files_max} files, the most allowed. Delete some and empty the trash.")]
    TooManyFiles { files_max: i64 },
    #[error(
        "{name} is larger than the {bytes_max} bytes allowed. Shorten it or export it at a lower bitrate."
    )]
    TooLarge { name: String, bytes_max: i64 },
    #[error("The part is larger than {part_bytes_max} bytes. Send the upload in smaller parts.")]
    PartTooLarge { part_bytes_max: i64 },
    #[error("The upload was announced with {length_bytes} bytes and more than that arrived. Start it again.")]
    BeyondLength { length_bytes: i64 },
    #[error(
        "The upload stands at byte {expected_offset}, not {offset}. Ask for its offset and go on from there."
    )]
    OffsetMismatch { expected_offset: i64, offset: i64 },
    #[error("Another request is writing to this upload. Wait for it, then ask for the offset and go on.")]
    Locked,
    #[error("The part arrived damaged: its checksum differs. It was thrown away; send it again.")]
    ChecksumMismatch,
    #[error("The checksum cannot be used: {0}. Send sha256 or sha1 and the digest in base64.")]
    ChecksumInvalid(&'static str),
    #[error("The upload's description cannot be used: {0}.")]
    MetadataInvalid(String),
    #[error("The connection broke at byte {offset}. What arrived is kept; go on from there.")]
    Interrupted { offset: i64 },
    #[error("The connection broke before {name} was whole, and nothing was kept. Send it again.")]
    BrokenOff { name: String },
    #[error("The bytes of this upload are no longer on the disk. Start it again.")]
    Lost,
    #[error("A piece of work on stored files broke down: {0}")]
    Broken(String),
}

impl StorageError {
    /// For `map_err`: what the disk was asked to do when it failed.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io { doing, source },
        }
    }

    fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Self::Db(_) | Self::Io { .. } | Self::Broken(_) => (500, "server.internal"),
            Self::Media(error) if error.is_about_the_file() => (422, error.code()),
            Self::Media(error) if error.is_transient() => (503, error.code()),
            Self::Media(error) => (500, error.code()),
            Self::NotFound(_) => (404, "request.not_found"),
            Self::DiskFull => (507, "storage.disk_full"),
            // 507 rather than 413: the request is fine and works again once there is room.
            Self::QuotaExceeded { .. } => (507, "storage.quota_exceeded"),
            Self::TooManyFiles { .. } => (507, "storage.too_many_files"),
            Self::TooLarge { .. } => (413, "uploads.too_large"),
            Self::PartTooLarge { .. } => (413, "uploads.part_too_large"),
            Self::BeyondLength { .. } => (413, "uploads.beyond_length"),
            Self::OffsetMismatch { .. } => (409, "uploads.offset_mismatch"),
            Self::Locked => (423, "uploads.locked"),
            Self::ChecksumMismatch => (460, "uploads.checksum_mismatch"),
            Self::ChecksumInvalid(_) => (400, "uploads.checksum_invalid"),
            Self::MetadataInvalid(_) => (400, "uploads.metadata_invalid"),
            Self::Interrupted { .. } | Self::BrokenOff { .. } => (408, "uploads.interrupted"),
            Self::Lost => (410, "uploads.lost"),
        }
    }
}

impl Explain for StorageError {
    fn problem(&self) -> Problem {
        let (status, code) = self.status_and_code();
        let problem = match (self, status) {
            (Self::NotFound(what), _) => return Problem::not_found(what),
            // A transient or internal fault of the media engine keeps its code; its words go to the log.
            (Self::Media(_), 500 | 503) => {
                tracing::error!(error = %self, "a file could not be checked");
                let detail = "The file could not be checked just now, through no fault of its own. Try again; \
                              if it stays, quote the request id.";
                Problem::new(status, code, detail)
            }
            (_, 500) => return Problem::internal(self),
            _ => Problem::new(status, code, self.to_string()),
        };
        match *self {
            Self::QuotaExceeded { used_bytes, quota_bytes, needed_bytes, trash_bytes } => problem
                .with_fact("used_bytes", used_bytes)
                .with_fact("quota_bytes", quota_bytes)
                .with_fact("needed_bytes", needed_bytes)
                .with_fact("trash_bytes", trash_bytes),
            Self::TooLarge { bytes_max, .. } => problem.with_fact("bytes_max", bytes_max),
            Self::PartTooLarge { part_bytes_max } => problem.with_fact("part_bytes_max", part_bytes_max),
            Self::OffsetMismatch { expected_offset, .. } => {
                problem.with_fact("expected_offset", expected_offset)
            }
            Self::Interrupted { offset } => problem.with_fact("expected_offset", offset),
            Self::Locked => problem.with_retry_after(1),
            Self::Media(_) if status == 503 => problem.with_retry_after(5),
            _ => problem,
        }
    }
}
