//! Other websites that may call the API, as configured. Never with cookies: a page of theirs signs in
//! with a bearer token, so a taken-over subdomain cannot ride on somebody's session.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::cors::{AllowOrigin, CorsLayer};

const PREFLIGHT_CACHED: Duration = Duration::from_hours(24);

/// A layer for `server.cors_origins`: origins separated by commas, `https://*.example.com` for
/// every subdomain.
pub fn layer(origins: &str) -> CorsLayer {
    let allowed: Vec<String> = origins
        .split(',')
        .map(|origin| origin.trim().trim_end_matches('/').to_owned())
        .filter(|o| !o.is_empty())
        .collect();
    let exposed = [
        "ratelimit",
        "ratelimit-policy",
        "retry-after",
        "x-request-id",
        "upload-offset",
        "upload-length",
        "upload-expires",
        "location",
        "tus-resumable",
        "lumiku-asset-id",
    ];
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin: &HeaderValue, _| {
            origin.to_str().is_ok_and(|origin| allowed.iter().any(|pattern| matches(pattern, origin)))
        }))
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("tus-resumable"),
            HeaderName::from_static("upload-length"),
            HeaderName::from_static("upload-offset"),
            HeaderName::from_static("upload-metadata"),
            HeaderName::from_static("upload-checksum"),
            HeaderName::from_static("x-request-id"),
        ])
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(PREFLIGHT_CACHED)
}

/// The layer answers every OPTIONS as a preflight. One that is none, such as the discovery of a tus
/// client, goes past it to its route.
pub async fn only_preflights(State(routes): State<Router>, request: Request, next: Next) -> Response {
    let preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() == Method::OPTIONS && !preflight {
        return routes.oneshot(request).await.into_response();
    }
    next.run(request).await
}

fn matches(pattern: &str, origin: &str) -> bool {
    match pattern.split_once("://*.") {
        Some((scheme, domain)) => origin
            .strip_prefix(scheme)
            .and_then(|rest| rest.strip_prefix("://"))
            .and_then(|host| host.strip_suffix(domain))
            .is_some_and(|subdomain| {
                subdomain.len() > 1 && subdomain.ends_with('.') && !subdomain.contains(['/', '@', ':'])
            }),
        None => pattern == origin,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn only_the_listed_origins_and_true_subdomains_match() {
        assert!(matches("https://app.example.com", "https://app.example.com"));
        assert!(matches("https://*.example.com", "https://a.b.example.com"));
        for origin in [
            "https://example.com",
            "https://evilexample.com",
            "http://a.example.com",
            "https://a.example.com.evil.org",
        ] {
            assert!(!matches("https://*.example.com", origin), "{origin}");
        }
        assert!(!matches("https://app.example.com", "https://app.example.com.evil.org"));
    }
}
