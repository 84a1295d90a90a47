//! The id that ties an answer, its log lines and a person's question together; and the log line
//! of each request.

use std::any::Any;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lumiku_core::Ambient;
use lumiku_sdk::ApiError;
use lumiku_sdk::error::ProblemBody;
use tracing::Instrument;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id, from the client when it sent a sane one.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

pub async fn trace(mut request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_sane(id))
        .map_or_else(fresh_id, str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    // The pattern, not the path: ids and tokens in paths stay out of the logs.
    let route = request.extensions().get::<MatchedPath>().map_or_else(
        || request.uri().path().split('/').take(4).collect::<Vec<_>>().join("/"),
        |p| p.as_str().to_owned(),
    );
    let span = tracing::info_span!("http", request.id = %id);
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let duration_ms = began.elapsed().as_millis() as u64;
    span.in_scope(|| {
        if route.starts_with("/health") {
            tracing::debug!(http.method = %method, http.route = route, http.status = status, duration_ms, "request");
        } else {
            tracing::info!(http.method = %method, http.route = route, http.status = status, duration_ms, "request");
        }
    });
    if let Some(ProblemBody(mut problem)) = response.extensions_mut().remove::<ProblemBody>() {
        problem.request_id.clone_from(&id);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(body);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// A panic is our fault, told like every other.
#[expect(clippy::needless_pass_by_value, reason = "the shape that the panic layer calls")]
pub fn panic_problem(panic: Box<dyn Any + Send + 'static>) -> Response {
    let reason = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panic".into());
    ApiError::internal(&format!("panic: {reason}")).into_response()
}

fn is_sane(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn fresh_id() -> String {
    Ambient::system().uuid().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_of_a_client_are_kept() {
        assert!(is_sane("0190b1c2-aaaa-bbbb-cccc-123456789012"));
        for bad in ["short", "with space in it", "new\nline-in-it", &"x".repeat(65)] {
            assert!(!is_sane(bad), "{bad}");
        }
    }
}
