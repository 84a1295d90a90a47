use chrono::TimeDelta;
use lumiku_core::Config;

/// Everything that is bounded, each with its name.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Room of a user who was given no other.
    pub quota_bytes: i64,
    /// Contents and open uploads of one user.
    pub files_max: i64,
    pub upload_bytes_max: i64,
    /// One part of a resumable upload.
    pub part_bytes_max: i64,
    /// An upload nobody continued for this long is removed.
    pub upload_expires: TimeDelta,
    /// A part that brings nothing for this long counts as interrupted, so that it cannot hold its upload.
    pub part_idle: std::time::Duration,
    /// How long what was deleted can be brought back.
    pub trash_keeps: TimeDelta,
    /// An object nobody refers to this long after it was announced is given up.
    pub unreferenced_keeps: TimeDelta,
}

impl Limits {
    pub fn from_config(config: &Config) -> Self {
        let storage = &config.storage;
        Self {
            quota_bytes: storage.quota_bytes,
            files_max: 20_000,
            upload_bytes_max: storage.upload_bytes_max,
            part_bytes_max: storage.upload_part_bytes_max,
            upload_expires: TimeDelta::hours(storage.upload_expires_h.clamp(1, 24 * 365)),
            part_idle: std::time::Duration::from_secs(30),
            trash_keeps: TimeDelta::days(30),
            unreferenced_keeps: TimeDelta::hours(1),
        }
    }
}
