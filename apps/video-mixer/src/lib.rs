//! Video Mixer: clips in groups become as many different short videos as were asked for.

pub mod domain;
pub mod error;
pub mod sample;
