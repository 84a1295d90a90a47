//! What every request passes on its way in and out, outermost first: request id, log line, panic
//! guard, headers, problem bodies, body timeout, compression, same-origin check, session.

mod auth;
mod client;
mod headers;
pub mod limits;
mod request_id;

use std::time::Duration;

use axum::Router;
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

pub use client::ClientAddress;
pub use auth::{SESSION_COOKIE, clear_session_cookie, session_cookie};
pub use request_id::RequestId;

use crate::Studio;

/// How long a request other than an upload, download or stream may take.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

pub fn wrap(router: Router, studio: &Studio) -> Router {
    let compressible = DefaultPredicate::new()
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("text/event-stream"));
    router
        .layer(middleware::from_fn_with_state(studio.clone(), auth::authenticate))
        .layer(middleware::from_fn_with_state(studio.clone(), auth::same_origin))
        .layer(middleware::from_fn_with_state(studio.clone(), limits::apply))
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(middleware::from_fn(headers::cors_and_security))
        .layer(CatchPanicLayer::custom(request_id::panic_problem))
        .layer(middleware::from_fn(request_id::trace))
}
