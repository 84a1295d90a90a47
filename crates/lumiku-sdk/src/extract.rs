//! Extractors that answer with problem details instead of plain text.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use lumiku_accounts::{Session, User};
use lumiku_core::{FieldProblem, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The signed-in person. Present on every route that [`crate::Routes`] declares as signed in.
#[derive(Clone, Debug)]
pub struct CurrentUser {
    pub session: Session,
}

impl CurrentUser {
    pub fn id(&self) -> UserId {
        self.session.user.id
    }

    pub fn user(&self) -> &User {
        &self.session.user
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(sign_in_first)
    }
}

pub fn sign_in_first() -> ApiError {
    ApiError::new(
        401,
        "auth.sign_in_first",
        "You are not signed in, or your session has ended. Sign in and try again.",
    )
}

/// A JSON body, in and out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(bad_json(&rejection)),
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn bad_json(rejection: &JsonRejection) -> ApiError {
    match rejection {
        JsonRejection::JsonDataError(error) => {
            // "Failed to deserialize the JSON body into the target type: path: reason at line 1 column 2"
            let text = error.body_text();
            let reason = text.split_once("target type: ").map_or(text.as_str(), |(_, rest)| rest);
            let reason = reason.split(" at line ").next().unwrap_or(reason);
            let (field, message) = reason.split_once(": ").unwrap_or(("", reason));
            let field = if field.contains(' ') || field.contains('`') { "" } else { field };
            let message = if field.is_empty() { reason } else { message };
            ApiError::invalid(vec![FieldProblem {
                field: field.into(),
                code: "request.wrong_type".into(),
                message: message.into(),
            }])
        }
        JsonRejection::MissingJsonContentType(_) => ApiError::new(
            415,
            "request.not_json",
            "The body must be JSON: send the header `Content-Type: application/json`.",
        ),
        JsonRejection::JsonSyntaxError(error) => ApiError::new(
            400,
            "request.bad_json",
            format!("The body is not valid JSON. {}", error.body_text()),
        ),
        other => ApiError::new(other.status().as_u16(), "request.bad_body", other.body_text()),
    }
}

/// Path parameters. An id that is no UUID is simply not found.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found: Result<_, PathRejection> =
            axum::extract::Path::<T>::from_request_parts(parts, state).await;
        found.map(|axum::extract::Path(value)| Self(value)).map_err(|_| ApiError::not_found("resource"))
    }
}

/// The query string.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found: Result<_, QueryRejection> =
            axum::extract::Query::<T>::from_request_parts(parts, state).await;
        found.map(|axum::extract::Query(value)| Self(value)).map_err(|rejection| {
            ApiError::new(
                400,
                "request.bad_query",
                format!("The query string cannot be read. {}", rejection.body_text()),
            )
        })
    }
}
