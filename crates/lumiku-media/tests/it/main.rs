//! The engine against real ffmpeg, on clips of a second made by its own generators.

mod accept;
mod cancel;
mod conform;
mod join;
mod studio;
// Shared with other crates by the feature `testing`, which a crate cannot switch on for its own tests.
#[path = "../../src/testing.rs"]
mod testing;
mod thumbnail;
