//! The rules of mixing, pure: no async, no IO, no database, no clock, and no randomness but the seed handed in.
//!
//! One request passes through these files in this order: `settings` (what was asked), `selection` (which clips
//! take part, and what must be said about the others), `combinations` (how many different videos exist),
//! `draw` (which of them are made), `layout` (how many frames each clip gets), `recipe` and `plan` (what a job
//! needs), `naming`, and beside them `pricing` and `quote`, which say beforehand what a run costs.

pub mod clip;
pub mod combinations;
pub mod draw;
pub mod layout;
pub mod naming;
pub mod plan;
pub mod pricing;
pub mod quote;
pub mod recipe;
pub mod selection;
pub mod settings;
pub mod target;
pub mod warning;

#[cfg(test)]
mod testing;

pub use clip::{Clip, ClipFacts, Group};
pub use plan::{Mix, Plan, PlannedVideo, plan};
pub use pricing::{PRICES, Price, credits_each, prices_of};
pub use quote::{QuoteFacts, quote};
pub use recipe::{Recipe, RecipeSegment};
pub use settings::MixerSettings;
pub use warning::Warning;

/// Clips in one project, and so in one run.
pub const CLIPS_MAX: usize = 100;
/// Videos in one run.
pub const VIDEOS_MAX: u32 = 1_000;
/// A shorter clip flashes by unseen, and segments of one or two frames make players drop frames at the joins.
pub const CLIP_DURATION_MS_MIN: u64 = 250;
