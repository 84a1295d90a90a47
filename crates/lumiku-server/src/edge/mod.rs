//! What every request passes on its way in and out, outermost first: compression, request id with
//! log line and problem bodies, panic guard, headers, rate limits, same-origin check, session.

mod auth;
mod client;
mod cors;
mod headers;
pub mod limits;
mod request_id;

use axum::Router;
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

pub use auth::{SESSION_COOKIE, clear_session_cookie, session_cookie};
pub use client::ClientAddress;
pub use request_id::RequestId;

use crate::Studio;

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
