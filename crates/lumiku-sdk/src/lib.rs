//! The contract an app is written against.
//!
//! An app is one value that implements [`App`]: its manifest (name, limits, price table), its own
//! routes and migrations, how it quotes and plans a run, and how it renders one output. Everything
//! else (projects, holds, jobs, progress, settlement, review, downloads) is done here and in the
//! server, the same for every app.

pub mod app;
pub mod context;
pub mod error;
pub mod events;
pub mod extract;
pub mod generation;
pub mod idempotency;
pub mod manifest;
pub mod migrations;
pub mod projects;
pub mod quote;
pub mod routes;
pub mod trash;

pub use app::{App, RenderError, RenderTask, Rendered};
pub use context::AppContext;
pub use error::ApiError;
pub use events::Events;
pub use extract::{CurrentUser, Json, Path, Query};
pub use generation::{Generation, GenerationState, Output, OutputState};
pub use manifest::{Limit, Manifest, Price};
pub use migrations::MIGRATIONS;
pub use projects::Project;
pub use quote::{Plan, PlannedOutput, Quote, QuoteLine, QuoteNotice, RunRequest};
pub use routes::{Access, Routes};
