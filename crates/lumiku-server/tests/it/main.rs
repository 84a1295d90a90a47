//! The server over HTTP, in process, with an app that needs no ffmpeg.

mod auth;
mod browser;
mod downloads;
mod events;
mod health;
mod openapi;
mod problems;
mod projects;
mod runs;
mod stub;
mod uploads;

use std::sync::Arc;

use lumiku_sdk::App;
use lumiku_testkit::StubApp;

fn stub() -> Vec<Arc<dyn App>> {
    vec![Arc::new(StubApp)]
}
