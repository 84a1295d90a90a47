//! The platform's own routes, one file per resource, and the apps' below them.

mod apps;
mod assets;
mod auth;
mod credits;
mod dashboard;
mod downloads;
mod events;
mod generations;
mod health;
mod me;
mod projects;
mod runs;
mod uploads;

use lumiku_sdk::Routes;
use utoipa_axum::router::OpenApiRouter;

pub use auth::welcome;

use crate::Studio;

/// The platform's routes with their documentation.
pub fn platform() -> OpenApiRouter<Studio> {
    let api = Routes::new()
        .merge(auth::routes())
        .merge(me::routes())
        .merge(credits::routes())
        .merge(apps::routes())
        .merge(projects::routes())
        .merge(runs::routes())
        .merge(assets::routes())
        .merge(uploads::routes())
        .merge(generations::routes())
        .merge(downloads::routes())
        .merge(events::routes())
        .merge(dashboard::routes())
        .into_router();
    OpenApiRouter::new().nest("/api/v1", api).merge(health::routes().into_router())
}
