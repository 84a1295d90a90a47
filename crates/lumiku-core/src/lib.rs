//! What every other crate stands on: configuration, the database handle, the message bus,
//! errors as problem details, and the [`Ambient`] that owns clock, randomness and ids.
//!
//! This crate knows nothing of users, money, jobs or media.

pub mod ambient;
pub mod bus;
pub mod config;
pub mod db;
mod ids;
pub mod page;
pub mod problem;
pub mod telemetry;

pub use ambient::{Ambient, Clock, ManualClock};
pub use chrono::{DateTime, Utc};
pub use config::Config;
pub use db::{Db, DbError, Engine, Migration, Query, Tx};
pub use ids::{
    AssetId, EntryId, EventId, GenerationId, GroupId, HoldId, JobId, OutputId, ProjectId, SessionId,
    UploadId, UserId,
};
pub use page::{Page, PageRequest};
pub use problem::{Explain, FieldProblem, Problem};
