//! Outputs as files: one in place, one to save, or many as a ZIP that is never written anywhere.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use lumiku_core::{GenerationId, OutputId};
use lumiku_sdk::generation::store::{self, OutputRow};
use lumiku_sdk::generation::{OutputState, Review};
use lumiku_sdk::{ApiError, CurrentUser, Path, Query, Routes};
use lumiku_storage::{ObjectKey, Storage, StorageError};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use crate::files::{self, ServedFile, Wanted};
use crate::zip::{Entry, Layout, Piece};
use crate::{Studio, manifest};

pub fn routes() -> Routes<Studio> {
    Routes::new()
        .signed_in(routes!(get_output_content))
        .signed_in(routes!(get_output_thumbnail))
        .signed_in(routes!(get_generation_zip))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContentQuery {
    /// `1` offers the file for saving instead of showing it.
    download: Option<u8>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ZipQuery {
    /// `all` (the default), `approved`, or output ids separated by commas.
    outputs: Option<String>,
}

/// The finished file. Honours ranges and validators.
#[utoipa::path(get, path = "/outputs/{id}/content", tag = "downloads", params(OutputId, ContentQuery),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304)))]
async fn get_output_content(
    State(studio): State<Studio>,
    current: CurrentUser,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<OutputId>,
    Query(query): Query<ContentQuery>,
) -> Result<Response, ApiError> {
    let row = find(&studio, &current, id).await?;
    let key = row.object_key.ok_or_else(|| ApiError::not_found("finished file"))?;
    let file = ServedFile {
        key,
        size_bytes: row.size_bytes.unwrap_or_default() as u64,
        content_type: row.content_type.unwrap_or_default(),
        download_name: query.download.is_some_and(|flag| flag != 0).then_some(row.name),
    };
    files::serve(&studio.context.storage, &method, &headers, &file).await
}

/// A still picture of the output, JPEG.
#[utoipa::path(get, path = "/outputs/{id}/thumbnail", tag = "downloads", params(OutputId),
    responses((status = 200, content_type = "image/jpeg")))]
async fn get_output_thumbnail(
    State(studio): State<Studio>,
    current: CurrentUser,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<OutputId>,
) -> Result<Response, ApiError> {
    let row = find(&studio, &current, id).await?;
    let key = row.thumbnail_key.ok_or_else(|| ApiError::not_found("picture"))?;
    files::serve_picture(&studio.context.storage, &method, &headers, key).await
}

async fn find(studio: &Studio, current: &CurrentUser, id: OutputId) -> Result<OutputRow, ApiError> {
    let row = store::find_output_owned(&studio.context.db, current.id(), id).await?;
    row.ok_or_else(|| ApiError::not_found("output"))
}

/// The finished outputs as one ZIP in posting order, with a manifest. Its length is known before
/// the first byte, and a broken download resumes by range.
#[utoipa::path(get, path = "/generations/{id}/zip", tag = "downloads", params(GenerationId, ZipQuery),
    responses((status = 200, content_type = "application/zip"), (status = 206), (status = 304)))]
async fn get_generation_zip(
    State(studio): State<Studio>,
    current: CurrentUser,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<GenerationId>,
    Query(query): Query<ZipQuery>,
) -> Result<Response, ApiError> {
    let db = &studio.context.db;
    let generation =
        store::find_owned(db, current.id(), id).await?.ok_or_else(|| ApiError::not_found("run"))?;
    let chosen = chosen(store::list_outputs(db, id).await?, query.outputs.as_deref().unwrap_or("all"))?;
    if chosen.is_empty() {
        return Err(ApiError::new(
            404,
            "generation.nothing_to_download",
            "None of the chosen outputs is finished. Wait for the first one, or choose others.",
        ));
    }
    let (layout, keys) = layout(&chosen);
    let mut response = serve_zip(&studio.context.storage, &method, &headers, &layout, keys);
    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(response);
    }
    let name = format!("{} {}.zip", generation.project_name, generation.created_at.format("%Y-%m-%d"));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    files::insert(headers, header::ETAG, layout.etag());
    files::insert(headers, header::CONTENT_DISPOSITION, &files::attachment(&name));
    Ok(response)
}

fn chosen(outputs: Vec<OutputRow>, which: &str) -> Result<Vec<OutputRow>, ApiError> {
    let finished = outputs.into_iter().filter(|row| row.state == OutputState::Completed);
    match which {
        "all" => Ok(finished.collect()),
        "approved" => Ok(finished.filter(|row| row.review == Review::Approved).collect()),
        ids => {
            let wanted: Result<Vec<OutputId>, _> = ids.split(',').map(str::parse).collect();
            let wanted = wanted.map_err(|_| {
                ApiError::field(
                    "outputs",
                    "request.bad_ids",
                    "expected `all`, `approved`, or ids separated by commas",
                )
            })?;
            Ok(finished.filter(|row| wanted.contains(&row.id)).collect())
        }
    }
}

fn layout(rows: &[OutputRow]) -> (Layout, Vec<Option<ObjectKey>>) {
    let mut keys = Vec::with_capacity(rows.len() + 1);
    let mut entries = Vec::with_capacity(rows.len() + 1);
    for row in rows {
        keys.push(row.object_key);
        entries.push(Entry::object(
            row.name.clone(),
            row.size_bytes.unwrap_or_default() as u64,
            row.crc32.unwrap_or_default() as u32,
            row.finished_at.unwrap_or_default(),
        ));
    }
    let newest = rows.iter().filter_map(|row| row.finished_at).max().unwrap_or_default();
    keys.push(None);
    entries.push(Entry::inline("manifest.csv", Bytes::from(manifest::csv(rows)), newest));
    (Layout::new(&entries), keys)
}

fn serve_zip(
    storage: &Storage,
    method: &Method,
    headers: &HeaderMap,
    layout: &Layout,
    keys: Vec<Option<ObjectKey>>,
) -> Response {
    let len = layout.len();
    let (range, part) = match files::wanted(headers, layout.etag(), len) {
        Wanted::NotModified => return StatusCode::NOT_MODIFIED.into_response(),
        Wanted::Unsatisfiable => return files::unsatisfiable(len),
        Wanted::Whole => (0..len, false),
        Wanted::Part(range) => (range, true),
    };
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        let pieces: Vec<Piece> = layout.spans_for(range.clone()).collect();
        let storage = storage.clone();
        Body::from_stream(
            stream::iter(pieces).then(move |piece| read(storage.clone(), keys.clone(), piece)).try_flatten(),
        )
    };
    if part { files::partial(body, &range, len) } else { files::sized(StatusCode::OK, body, len) }
}

type ByteResult = Result<Bytes, std::io::Error>;

async fn read(
    storage: Storage,
    keys: Vec<Option<ObjectKey>>,
    piece: Piece,
) -> Result<stream::BoxStream<'static, ByteResult>, std::io::Error> {
    match piece {
        Piece::Bytes(bytes) => Ok(stream::once(async move { Ok(bytes) }).boxed()),
        Piece::Object { entry, range } => {
            let key =
                keys.get(entry).copied().flatten().ok_or_else(|| std::io::Error::other("no such entry"))?;
            let bytes = storage
                .objects()
                .read(key, range)
                .await
                .map_err(|error: StorageError| std::io::Error::other(error.to_string()))?;
            Ok(bytes.map_err(|error| std::io::Error::other(error.to_string())).boxed())
        }
    }
}
