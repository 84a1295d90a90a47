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
mod studio;
mod ui;
pub mod zip;

pub use openapi::document as openapi_document;
pub use studio::{Drain, Studio};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use utoipa_scalar::{Scalar, Servable};

/// JSON bodies above this are refused; uploads have a limit of their own.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The whole server.
pub fn router(studio: &Studio) -> Router {
    let (api, document) = routes::all(studio).split_for_parts();
    let document = openapi::complete(document);
    let json = serde_json::to_string(&document).unwrap_or_default();
    let router = Router::new()
        .merge(api)
        .route(
            "/api/v1/openapi.json",
            get(move || async move { ([("content-type", "application/json")], json) }),
        )
        .merge(Scalar::with_url("/api/docs", document))
        .fallback(ui::serve)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(studio.clone());
    edge::wrap(router, studio)
}
