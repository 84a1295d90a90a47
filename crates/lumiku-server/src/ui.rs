//! The web UI inside the binary. Without the feature `embed-ui` a placeholder page stands in, so
//! that the Rust side builds and runs without Node.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use lumiku_sdk::ApiError;

/// Answers everything no route took: files of the UI, its start page for its own paths, and a
/// problem for unknown calls of the API.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || path.starts_with("/health") {
        return ApiError::new(
            404,
            "request.no_route",
            format!("There is no {} {path} here; see /api/docs for what there is.", request.method()),
        )
        .into_response();
    }
    page::answer(path, request.headers())
}

#[cfg(feature = "embed-ui")]
mod page {
    use axum::body::Body;
    use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
    use axum::response::{IntoResponse, Response};
    use rust_embed::{EmbeddedFile, RustEmbed};

    #[derive(RustEmbed)]
    #[folder = "../../web/build"]
    struct Files;

    /// Hashed file names never change their content.
    const IMMUTABLE: &str = "_app/immutable/";

    pub fn answer(path: &str, headers: &HeaderMap) -> Response {
        let path = path.trim_start_matches('/');
        let known = if path.is_empty() { None } else { Files::get(path) };
        // The UI routes in the browser: its paths have no file and get the start page.
        let (name, file) = match known {
            Some(file) => (path, Some(file)),
            None if path.rsplit('/').next().is_some_and(|last| last.contains('.')) => (path, None),
            None => ("index.html", Files::get("index.html")),
        };
        match file {
            Some(file) => serve(name, &file, headers),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn serve(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
        let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
        let seen =
            headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
        let mut response =
            if seen { StatusCode::NOT_MODIFIED.into_response() } else { body(name, file, headers) };
        let cache =
            if name.starts_with(IMMUTABLE) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        crate::files::insert(headers, header::CONTENT_TYPE, kind.as_ref());
        crate::files::insert(headers, header::ETAG, &etag);
        response
    }

    /// The precompressed twin when the browser takes it.
    fn body(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
        let accepted =
            headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
        for (encoding, extension) in [("br", "br"), ("gzip", "gz")] {
            let twin =
                accepted.contains(encoding).then(|| Files::get(&format!("{name}.{extension}"))).flatten();
            if let Some(twin) = twin {
                let mut response = Body::from(twin.data.into_owned()).into_response();
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
                return response;
            }
        }
        Body::from(file.data.clone().into_owned()).into_response()
    }
}

#[cfg(not(feature = "embed-ui"))]
mod page {
    use axum::http::HeaderMap;
    use axum::response::{Html, IntoResponse, Response};

    const PLACEHOLDER: &str =
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>
<title>Lumiku</title><h1>Lumiku is running</h1><p>This binary was built without its web pages.
Build with <code>script/server</code>, or use the API: <a href=/api/docs>/api/docs</a>.</p></html>";

    pub fn answer(_path: &str, _headers: &HeaderMap) -> Response {
        Html(PLACEHOLDER).into_response()
    }
}
