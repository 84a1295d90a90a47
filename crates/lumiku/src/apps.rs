//! The one list of apps. A new tool is one folder below `apps/` and one line here.

use std::sync::Arc;

use lumiku_core::Migration;
use lumiku_sdk::App;

pub fn all() -> Vec<Arc<dyn App>> {
    vec![Arc::new(video_mixer::VideoMixer)]
}

/// Every migration of the platform and the apps.
pub fn migrations() -> Vec<Migration> {
    let mut migrations = lumiku_server::platform_migrations();
    for app in all() {
        migrations.extend_from_slice(app.migrations());
    }
    migrations
}
