//! The one error every handler returns: a problem on its way to the client.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lumiku_core::{Explain, FieldProblem, Problem};

/// A problem details response. Boxed, because it is carried through every `Result`.
#[derive(Clone, Debug)]
pub struct ApiError(pub Box<Problem>);

impl ApiError {
    pub fn new(status: u16, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Problem::new(status, code, detail).into()
    }

    pub fn not_found(what: &str) -> Self {
        Problem::not_found(what).into()
    }

    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        Problem::invalid(errors).into()
    }

    /// One field is wrong.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldProblem { field: field.into(), code: code.into(), message: message.into() }])
    }

    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        Problem::internal(error).into()
    }
}

impl<E: Explain> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(Box::new(error.problem()))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.retry_after_s;
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(ProblemBody(self.0));
        response
    }
}

/// Left on the response so that the edge can add the request id to the body.
#[derive(Clone, Debug)]
pub struct ProblemBody(pub Box<Problem>);
