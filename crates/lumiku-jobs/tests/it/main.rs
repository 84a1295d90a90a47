//! The queue's promises, each on both databases.

mod cancelling;
mod claiming;
mod enqueueing;
mod fencing;
mod plans;
mod queue;
mod states;
mod workers;
