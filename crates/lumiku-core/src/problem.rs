//! Errors as RFC 9457 problem details with a stable code.
//!
//! Each crate keeps one error enum; its table from variant to status and code is its
//! [`Explain`] implementation, and the HTTP edge turns that into the response.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// Path of the field, for example `settings.duration.seconds`.
    pub field: String,
    pub code: String,
    pub message: String,
}

/// The body of every error response (`application/problem+json`).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What happened, why, and what to do.
    pub detail: String,
    /// Stable, for programs and translations: `area.what_is_wrong`.
    pub code: String,
    #[serde(default)]
    pub request_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Facts a client can act on, for example `required` and `available` credits.
    #[serde(flatten)]
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// Seconds for the `Retry-After` header.
    #[serde(skip)]
    pub retry_after_s: Option<u64>,
}

impl Problem {
    pub fn new(status: u16, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let code = code.into();
        Self {
            kind: format!("/api/docs/errors#{code}"),
            title: title_of(status).into(),
            status,
            detail: detail.into(),
            code,
            request_id: String::new(),
            errors: Vec::new(),
            facts: serde_json::Map::new(),
            retry_after_s: None,
        }
    }

    /// A field or more did not pass validation.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let detail =
            errors
                .iter()
                .map(|e| {
                    if e.field.is_empty() { e.message.clone() } else { format!("{}: {}", e.field, e.message) }
                })
                .collect::<Vec<_>>()
                .join("; ");
        Self { errors, ..Self::new(422, "request.invalid", detail) }
    }

    /// The thing does not exist, or is not the caller's: the two must look the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(404, "request.not_found", format!("There is no such {what}, or it is not yours."))
    }

    /// Our own fault. `error` goes to the log, never to the client.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %error, "a request failed on our side");
        Self::new(
            500,
            "server.internal",
            "Something went wrong on the server and was logged. Nothing was charged. Try again; if it stays, quote the request id.",
        )
    }

    #[must_use]
    pub fn with_fact(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.facts.insert(name.into(), value.into());
        self
    }

    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl Explain for Problem {
    fn problem(&self) -> Problem {
        self.clone()
    }
}

/// An error that knows how to tell itself to a client.
pub trait Explain: std::error::Error {
    fn problem(&self) -> Problem;
}

fn title_of(status: u16) -> &'static str {
    match status {
        400 => "Bad request",
        401 => "Sign in first",
        402 => "Not enough credits",
        403 => "Not allowed",
        404 => "Not found",
        405 => "Method not allowed",
        408 => "Request timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition failed",
        413 => "Too large",
        415 => "Unsupported media type",
        416 => "Range not satisfiable",
        422 => "Invalid input",
        423 => "Locked",
        429 => "Too many requests",
        460 => "Checksum mismatch",
        503 => "Not available right now",
        507 => "Storage is full",
        _ => "Server error",
    }
}

impl Explain for crate::DbError {
    fn problem(&self) -> Problem {
        let text = self.to_string();
        if text.contains("disk is full") || text.contains("could not extend file") {
            tracing::error!(error = %text, "the database's disk is full");
            let detail =
                "The server's disk is full, so nothing can be written. Ask whoever runs it to make room.";
            return Problem::new(507, "storage.disk_full", detail);
        }
        if ["database is locked", "pool timed out", "deadlock detected"]
            .iter()
            .any(|busy| text.contains(busy))
        {
            tracing::warn!(error = %text, "the database is busy");
            let detail = "The database is busy. Nothing was changed; try again in a moment.";
            return Problem::new(503, "server.busy", detail).with_retry_after(2);
        }
        Problem::internal(self)
    }
}
