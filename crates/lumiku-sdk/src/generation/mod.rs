//! Generations: a run and its outputs, from the hold that pays for it to its settlement.
//!
//! - `model`  what the API shows
//! - `store`  SQL
//! - `start`  hold + rows + jobs in one transaction; retry of failed outputs; cancel
//! - `job`    the handler that renders one output and, in the transaction that ends its job,
//!   publishes it and settles the run when it was the last

pub mod job;
mod model;
mod settle;
pub mod start;
pub mod store;

pub use model::{Credits, Generation, GenerationState, Output, OutputError, OutputState, Progress, Review};
