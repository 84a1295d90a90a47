//! What every request passes on its way in and out, outermost first: compression, request id with
//! log line and problem bodies, panic guard, headers, rate limits, same-origin check, session.

mod auth;
mod client;
mod cors;
mod headers;
pub mod limits;
mod request_id;

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use lumiku_sdk::ApiError;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

pub use auth::{SESSION_COOKIE, clear_session_cookie, session_cookie};
pub use client::ClientAddress;
pub use request_id::RequestId;

use crate::Studio;

/// How long a request may take until its answer begins. Uploads take as long as they bring bytes,
/// which the storage watches.
const DEADLINE: Duration = Duration::from_mins(1);

async fn deadline(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/v1/uploads") || path == "/api/v1/assets" {
        return next.run(request).await;
    }
    tokio::time::timeout(DEADLINE, next.run(request)).await.unwrap_or_else(|_| {
        let detail = "The request took longer than a minute and was given up. Send it again; if it stays, quote the request id.";
        ApiError::new(503, "server.timeout", detail).into_response()
    })
}

pub fn wrap(router: Router, studio: &Studio) -> Router {
    let compressible = DefaultPredicate::new()
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("text/event-stream"));
    let router = router
        .layer(middleware::from_fn_with_state(studio.clone(), auth::authenticate))
        .layer(middleware::from_fn_with_state(studio.clone(), auth::same_origin))
        .layer(middleware::from_fn_with_state(studio.clone(), limits::apply))
        .layer(middleware::from_fn(deadline))
        .layer(middleware::from_fn_with_state(studio.clone(), headers::apply));
    router
        .clone()
        .layer(cors::layer(&studio.context.config.server.cors_origins))
        .layer(middleware::from_fn_with_state(router, cors::only_preflights))
        .layer(CatchPanicLayer::custom(request_id::panic_problem))
        .layer(middleware::from_fn(request_id::trace))
        // Outermost: a body that another layer writes later would be sent under the wrong encoding.
        .layer(CompressionLayer::new().compress_when(compressible))
}
