//! The queue's SQL. Every write a worker makes carries the fence it claimed with, so that one
//! that was declared dead and wakes up again changes nothing.

mod claim;
mod end;
mod enqueue;
mod lease;
mod read;

use std::fmt::Write;

use chrono::TimeDelta;
use lumiku_core::db::Value;
use lumiku_core::{Ambient, Db, Engine, JobId};
use uuid::Uuid;

pub(crate) use end::CRASHED;
pub use end::Transition;
pub use lease::{CRASHES_MAX, Pulse};

/// Claims, leases and ends; public so that tests can drive the queue step by step.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    ambient: Ambient,
    lease: TimeDelta,
}

/// One set of slots in one process, for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkerId(pub Uuid);

/// A claim, as proof: the job and the fence it was claimed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Held {
    pub id: JobId,
    pub fence: i64,
}

impl Store {
    pub(crate) fn new(db: Db, ambient: Ambient, lease: TimeDelta) -> Self {
        Self { db, ambient, lease }
    }

    /// The same queue over another handle, for the heartbeat's own thread.
    pub(crate) fn over(&self, db: Db) -> Self {
        Self { db, ..self.clone() }
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    /// Locks the selected rows on PostgreSQL. An SQLite write transaction is alone anyway.
    fn for_update(&self) -> &'static str {
        match self.db.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE",
        }
    }

    /// As [`Self::for_update`], passing over rows that somebody else holds.
    fn skip_locked(&self) -> &'static str {
        match self.db.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// `$3, $4, $5` for a list of values, which are appended to `bound`.
fn placeholders(bound: &mut Vec<Value>, values: impl IntoIterator<Item = Value>) -> String {
    let mut text = String::new();
    for value in values {
        bound.push(value);
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}${}", bound.len());
    }
    text
}
