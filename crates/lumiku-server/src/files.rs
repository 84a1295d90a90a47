//! Private media over HTTP: ranges, validators, and headers that keep a hostile file harmless.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lumiku_sdk::ApiError;
use lumiku_storage::{ObjectKey, Storage, StorageError};

use crate::range::parse_range;

/// A stored file on its way out. Its content never changes, so its key is its validator.
#[derive(Clone, Debug)]
pub struct ServedFile {
    pub key: ObjectKey,
    pub size_bytes: u64,
    pub content_type: String,
    /// Offered for saving under this name; shown in place when absent.
    pub download_name: Option<String>,
}

/// What a request wants of a body of known length.
pub enum Wanted {
    NotModified,
    Unsatisfiable,
    Whole,
    Part(Range<u64>),
}

/// Reads the conditional and range headers against a strong validator.
pub fn wanted(headers: &HeaderMap, etag: &str, len: u64) -> Wanted {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_NONE_MATCH)
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == etag || tag == "*"))
    {
        return Wanted::NotModified;
    }
    // A client that resumes names the version it has; another version starts over.
    if text(header::IF_RANGE).is_some_and(|tag| tag != etag) {
        return Wanted::Whole;
    }
    match text(header::RANGE).map(|value| parse_range(value, len)) {
        None | Some(Ok(None)) => Wanted::Whole,
        Some(Ok(Some(range))) => Wanted::Part(range),
        Some(Err(_)) => Wanted::Unsatisfiable,
    }
}

pub async fn serve(
    storage: &Storage,
    method: &Method,
    headers: &HeaderMap,
    file: &ServedFile,
) -> Result<Response, ApiError> {
    let etag = format!("\"{}\"", file.key);
    let mut response = match wanted(headers, &etag, file.size_bytes) {
        Wanted::NotModified => StatusCode::NOT_MODIFIED.into_response(),
        Wanted::Unsatisfiable => return Ok(unsatisfiable(file.size_bytes)),
        Wanted::Whole => {
            let body = read(storage, method, file.key, 0..file.size_bytes).await?;
            sized(StatusCode::OK, body, file.size_bytes)
        }
        Wanted::Part(range) => {
            let body = read(storage, method, file.key, range.clone()).await?;
            partial(body, &range, file.size_bytes)
        }
    };
    let headers = response.headers_mut();
    insert(headers, header::ETAG, &etag);
    insert(headers, header::CONTENT_TYPE, &file.content_type);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
    // Even a file that lies about its type cannot run anything here.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; media-src 'self'; img-src 'self'"),
    );
    if let Some(name) = &file.download_name {
        insert(headers, header::CONTENT_DISPOSITION, &attachment(name));
    }
    Ok(response)
}

/// A stored still picture, JPEG.
pub async fn serve_picture(
    storage: &Storage,
    method: &Method,
    headers: &HeaderMap,
    key: ObjectKey,
) -> Result<Response, ApiError> {
    let size_bytes = storage.objects().size(key).await?.ok_or_else(|| ApiError::not_found("picture"))?;
    let file = ServedFile { key, size_bytes, content_type: "image/jpeg".into(), download_name: None };
    serve(storage, method, headers, &file).await
}

async fn read(
    storage: &Storage,
    method: &Method,
    key: ObjectKey,
    range: Range<u64>,
) -> Result<Body, StorageError> {
    if method == Method::HEAD {
        return Ok(Body::empty());
    }
    Ok(Body::from_stream(storage.objects().read(key, range).await?))
}

/// A whole body of known length.
pub fn sized(status: StatusCode, body: Body, len: u64) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(len));
    response
}

/// A part of a body of known length.
pub fn partial(body: Body, range: &Range<u64>, len: u64) -> Response {
    let mut response = sized(StatusCode::PARTIAL_CONTENT, body, range.end - range.start);
    let value = format!("bytes {}-{}/{len}", range.start, range.end - 1);
    insert(response.headers_mut(), header::CONTENT_RANGE, &value);
    response
}

pub fn unsatisfiable(len: u64) -> Response {
    let detail = format!("The file has {len} bytes; the requested range lies outside of it.");
    let mut response = ApiError::new(416, "request.range_not_satisfiable", detail).into_response();
    insert(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{len}"));
    response
}

/// `attachment` with the name in both spellings (RFC 6266): plain for old clients, UTF-8 for the rest.
pub fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '/' | ';') { c } else { '_' })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.') {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

pub fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_quotes_newlines_or_emoji_cannot_break_the_header() {
        let value = attachment("a\"b\r\nSet-Cookie: x; é🎬.mp4");

        assert!(HeaderValue::from_str(&value).is_ok());
        assert!(!value.contains('\r') && value.contains("filename*=UTF-8''a%22b%0D%0A"));
    }
}
