//! The mixer as its users meet it: over HTTP, with real clips and real ffmpeg.

mod conformance;
mod failures;
mod hard_inputs;
mod http;
mod jobs;
mod material;
mod refused_files;

use std::sync::Arc;

use lumiku_sdk::App;
use video_mixer::VideoMixer;

fn mixer() -> Vec<Arc<dyn App>> {
    vec![Arc::new(VideoMixer)]
}
