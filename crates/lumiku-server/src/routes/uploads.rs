//! Resumable uploads by tus 1.0: creation, checksum, termination, expiration.
//!
//! The protocol's words are headers; this file translates them and nothing else. Its errors are
//! problem details like everywhere, which tus clients pass on as text.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lumiku_core::{DateTime, UploadId, Utc};
use lumiku_sdk::{ApiError, CurrentUser, Path, Routes};
use lumiku_storage::{Checksum, NewUpload, Upload, UploadMetadata};
use utoipa_axum::routes;

use super::assets::{ROLE_DEFAULT, check_place};
use crate::Studio;
use crate::files::insert;

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// The asset that a finished upload became.
const ASSET_ID: HeaderName = HeaderName::from_static("lumiku-asset-id");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");

pub fn routes() -> Routes<Studio> {
    Routes::new()
        .public(routes!(get_upload_options))
        .signed_in(routes!(create_upload))
        .signed_in_streamed(routes!(get_upload, append_upload, delete_upload))
}

/// What the server speaks.
#[utoipa::path(options, path = "/uploads", tag = "uploads", responses((status = 204)))]
async fn get_upload_options(State(studio): State<Studio>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(TUS_RESUMABLE, VERSION);
    insert(headers, HeaderName::from_static("tus-version"), "1.0.0");
    insert(headers, HeaderName::from_static("tus-extension"), "creation,checksum,termination,expiration");
    insert(headers, HeaderName::from_static("tus-checksum-algorithm"), Checksum::ALGORITHMS);
    let max = studio.context.storage.limits().upload_bytes_max.to_string();
    insert(headers, HeaderName::from_static("tus-max-size"), &max);
    response
}

/// Begins an upload: `Upload-Length`, and `Upload-Metadata` with `filename`, `project_id`, `role`, `group_id`.
#[utoipa::path(post, path = "/uploads", tag = "uploads",
    params(("Upload-Length" = i64, Header), ("Upload-Metadata" = String, Header), ("Tus-Resumable" = String, Header)),
    responses((status = 201, description = "`Location` is where the parts go")))]
async fn create_upload(
    State(studio): State<Studio>,
    current: CurrentUser,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check_version(&headers)?;
    let length_bytes = number(&headers, &UPLOAD_LENGTH)?;
    let metadata = UploadMetadata::parse(text(&headers, "upload-metadata").unwrap_or_default())?;
    let Some(project_id) = metadata.project_id else {
        return Err(ApiError::field("project_id", "request.missing", "send project_id in Upload-Metadata"));
    };
    check_place(&studio, &current, project_id, metadata.group_id).await?;
    let new = NewUpload {
        user_id: current.id(),
        project_id,
        role: metadata.role.unwrap_or_else(|| ROLE_DEFAULT.into()),
        group_id: metadata.group_id,
        name: metadata.filename,
    };
    let upload = studio.context.storage.uploads().create(new, length_bytes).await?;
    let mut response = StatusCode::CREATED.into_response();
    insert(response.headers_mut(), header::LOCATION, &format!("/api/v1/uploads/{}", upload.id));
    describe(response.headers_mut(), 0, upload.expires_at);
    Ok(response)
}

/// How far an upload is.
#[utoipa::path(head, path = "/uploads/{id}", tag = "uploads", params(UploadId), responses((status = 200)))]
async fn get_upload(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<UploadId>,
) -> Result<Response, ApiError> {
    let upload: Upload = studio.context.storage.uploads().status(current.id(), id).await?;
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    describe(headers, upload.offset_bytes, upload.expires_at);
    headers.insert(UPLOAD_LENGTH, HeaderValue::from(upload.length_bytes));
    if let Some(asset) = upload.asset_id {
        insert(headers, ASSET_ID, &asset.to_string());
    }
    Ok(response)
}

/// Sends the next part, at most 10 MB. The last one checks the file and names the asset it became.
#[utoipa::path(patch, path = "/uploads/{id}", tag = "uploads",
    params(UploadId, ("Upload-Offset" = i64, Header), ("Upload-Checksum" = Option<String>, Header)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "`Upload-Offset`, and `Lumiku-Asset-Id` after the last part")))]
async fn append_upload(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<UploadId>,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers();
    check_version(headers)?;
    if text(headers, "content-type") != Some("application/offset+octet-stream") {
        return Err(ApiError::new(
            415,
            "uploads.wrong_content_type",
            "A part is sent with `Content-Type: application/offset+octet-stream`.",
        ));
    }
    let offset = number(headers, &UPLOAD_OFFSET)?;
    let checksum = text(headers, "upload-checksum").map(Checksum::parse).transpose()?;
    let body = request.into_body().into_data_stream();
    let outcome = studio.context.storage.uploads().append(current.id(), id, offset, checksum, body).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    describe(response.headers_mut(), outcome.offset_bytes, outcome.expires_at);
    if let Some(asset) = outcome.finished {
        insert(response.headers_mut(), ASSET_ID, &asset.id.to_string());
    }
    Ok(response)
}

/// Gives an upload up.
#[utoipa::path(delete, path = "/uploads/{id}", tag = "uploads", params(UploadId), responses((status = 204)))]
async fn delete_upload(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<UploadId>,
) -> Result<Response, ApiError> {
    studio.context.storage.uploads().terminate(current.id(), id).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(TUS_RESUMABLE, VERSION);
    Ok(response)
}

fn describe(headers: &mut HeaderMap, offset: i64, expires_at: DateTime<Utc>) {
    headers.insert(TUS_RESUMABLE, VERSION);
    headers.insert(UPLOAD_OFFSET, HeaderValue::from(offset));
    insert(headers, UPLOAD_EXPIRES, &expires_at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
}

fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    match text(headers, TUS_RESUMABLE.as_str()) {
        Some("1.0.0") => Ok(()),
        _ => Err(ApiError::new(
            412,
            "uploads.wrong_version",
            "Send `Tus-Resumable: 1.0.0`; it is the version spoken here.",
        )),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<i64, ApiError> {
    text(headers, name.as_str())
        .and_then(|value| value.parse().ok())
        .filter(|number| *number >= 0)
        .ok_or_else(|| {
            ApiError::new(400, "uploads.bad_header", format!("`{name}` must be a whole number from 0."))
        })
}
