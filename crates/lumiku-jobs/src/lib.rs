//! The durable job queue, in the studio's own database.
//!
//! A job is enqueued in the transaction that holds the credits and ended in the one that settles
//! them, so neither can happen without the other. While a job runs no transaction is open: the
//! worker holds a lease, renews it from a thread of its own, and proves with a fencing number that
//! it still owns the job whenever it writes. A worker that dies loses the lease, and the job runs
//! again elsewhere. `docs/reference/jobs.md` has the states and the figures.

mod error;
mod fair;
mod handler;
mod job;
mod jobs;
mod schema;
mod state;
mod store;
mod workers;

pub use error::JobsError;
pub use handler::{End, Handler, JobContext, Outcome};
pub use job::{Job, NewJob};
pub use jobs::{Counts, Jobs};
pub use lumiku_core::JobId;
pub use schema::MIGRATIONS;
pub use state::{Event, State, next};
pub use store::{CRASHES_MAX, Held, Pulse, Store, Transition, WorkerId};
pub use workers::Workers;
