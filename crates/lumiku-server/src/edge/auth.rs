//! Who is asking: the session behind a cookie or a bearer token; and, for cookies, whether the
//! request comes from our own pages.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use lumiku_sdk::{ApiError, CurrentUser};

use crate::Studio;

/// The name over plain http; over https it carries the `__Host-` prefix, which browsers only
/// accept with `Secure`.
pub const SESSION_COOKIE: &str = "lumiku_session";

fn cookie_name(studio: &Studio) -> String {
    if studio.is_https() { format!("__Host-{SESSION_COOKIE}") } else { SESSION_COOKIE.to_owned() }
}

/// The cookie that carries a new session.
pub fn session_cookie(studio: &Studio, token: &str) -> Cookie<'static> {
    Cookie::build((cookie_name(studio), token.to_owned()))
        .path("/")
        .http_only(true)
        .secure(studio.is_https())
        .same_site(SameSite::Lax)
        .max_age(Duration::days(studio.context.config.accounts.session_absolute_days))
        .build()
}

/// The cookie that ends it.
pub fn clear_session_cookie(studio: &Studio) -> Cookie<'static> {
    let mut cookie = session_cookie(studio, "");
    cookie.make_removal();
    cookie
}

/// Puts [`CurrentUser`] on requests with a live session. Routes decide whether they need one.
pub async fn authenticate(State(studio): State<Studio>, mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let Some(token) = bearer(request.headers()).or_else(|| cookie(&studio, request.headers())) else {
        return next.run(request).await;
    };
    match studio.context.accounts.authenticate(&token).await {
        Ok(Some(session)) => {
            request.extensions_mut().insert(CurrentUser { session });
        }
        Ok(None) => {}
        Err(error) => return ApiError::from(error).into_response(),
    }
    next.run(request).await
}

/// Unsafe calls that a browser would sign with our cookie must come from our own origin. Bearer
/// tokens are never sent by a browser on its own and pass.
pub async fn same_origin(State(studio): State<Studio>, request: Request, next: Next) -> Response {
    let unsafe_method = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    if unsafe_method && bearer(headers).is_none() && !is_same_origin(&studio, headers) {
        return ApiError::new(
            403,
            "auth.cross_origin",
            "This call came from another website and was refused. Scripts sign in with a bearer token instead of a cookie.",
        )
        .into_response();
    }
    next.run(request).await
}

fn is_same_origin(studio: &Studio, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match text("origin") {
        // Neither header: not a browser, so no cookie rides along unasked.
        None => true,
        Some(origin) => {
            let host = text("host").unwrap_or_default();
            origin == studio.public_url.trim_end_matches('/')
                || origin.split_once("://").is_some_and(|(_, rest)| rest == host)
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn cookie(studio: &Studio, headers: &HeaderMap) -> Option<String> {
    let wanted = cookie_name(studio);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value: &HeaderValue| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}
