//! The HTTP shell: middleware at the edge, the platform's own routes, the apps' routes below
//! `/api/v1/apps/{app}`, the OpenAPI document and the embedded web UI.
//!
//! [`router`] is the whole server as one value, so tests drive it in process.

pub mod edge;
mod files;
mod manifest;
mod openapi;
pub mod range;
mod routes;
mod streams;
mod studio;
mod ui;
pub mod zip;

pub use openapi::document as openapi_document;
pub use routes::welcome;
pub use streams::STREAMS_PER_USER_MAX;
pub use studio::{Drain, Studio};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::routing::get;
use lumiku_core::Migration;
use lumiku_sdk::ApiError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_scalar::{Scalar, Servable};

/// JSON bodies above this are refused; uploads have a limit of their own.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The whole server.
pub fn router(studio: &Studio) -> Router {
    let document = openapi::document(&studio.apps);
    let json = serde_json::to_string(&document).unwrap_or_default();
    let mut router: Router<Studio> = routes::platform().into();
    for app in studio.apps.iter() {
        let routes: OpenApiRouter<Studio> = app.routes().into_router().with_state(studio.context.clone());
        router = router.nest(&format!("/api/v1/apps/{}", app.manifest().id), routes.into());
    }
    let router = router
        .route(
            "/api/v1/openapi.json",
            get(move || async move { ([("content-type", "application/json")], json) }),
        )
        .merge(Scalar::with_url("/api/docs", document))
        .fallback(ui::serve)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(studio.clone());
    edge::wrap(router, studio)
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    let detail = format!("{} cannot be called with {method}; the header `Allow` says how.", uri.path());
    ApiError::new(405, "request.wrong_method", detail)
}

/// Every migration of the platform, without the apps'.
pub fn platform_migrations() -> Vec<Migration> {
    [
        lumiku_accounts::MIGRATIONS,
        lumiku_ledger::MIGRATIONS,
        lumiku_jobs::MIGRATIONS,
        lumiku_storage::MIGRATIONS,
        lumiku_sdk::MIGRATIONS,
    ]
    .concat()
}
