//! Assets: the files of projects. Small files come in by multipart, large ones by `/uploads`.

use axum::extract::multipart::Field;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use lumiku_core::{AssetId, GroupId, Page, PageRequest, ProjectId, Query as _, params};
use lumiku_sdk::{ApiError, CurrentUser, Json, Path, Query, Routes, projects, trash};
use lumiku_storage::{Asset, AssetView, NewUpload, Placement, Usage};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::Studio;
use crate::files::{self, ServedFile};

pub const ROLE_DEFAULT: &str = "clip";

pub fn routes() -> Routes<Studio> {
    Routes::new()
        .signed_in(routes!(list_assets))
        .signed_in_streamed(routes!(create_asset))
        .signed_in(routes!(get_asset, update_asset, delete_asset))
        .signed_in(routes!(restore_asset))
        .signed_in(routes!(get_asset_content))
        .signed_in(routes!(get_asset_thumbnail))
        .signed_in(routes!(get_storage))
        .signed_in(routes!(empty_trash))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    project_id: ProjectId,
    cursor: Option<Uuid>,
    limit: Option<u32>,
}

/// What `multipart/form-data` carries; the fields before the file describe it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the form")]
struct AssetForm {
    project_id: ProjectId,
    /// `clip` when absent.
    role: Option<String>,
    group_id: Option<GroupId>,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

#[derive(Deserialize, ToSchema)]
#[expect(clippy::option_option, reason = "absent, null and an id mean three things")]
struct UpdateAsset {
    name: Option<String>,
    /// `null` takes the asset out of its group.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<GroupId>)]
    group_id: Option<Option<GroupId>>,
    position: Option<i64>,
}

/// Tells an absent field from `null`.
#[expect(clippy::option_option, reason = "absent, null and an id mean three things")]
fn present<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<Option<GroupId>>, D::Error> {
    Deserialize::deserialize(field).map(Some)
}

/// The files of a project in their order.
#[utoipa::path(get, path = "/assets", tag = "assets", params(ListQuery), responses((status = 200, body = Page<AssetView>)))]
async fn list_assets(
    State(studio): State<Studio>,
    current: CurrentUser,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<AssetView>>, ApiError> {
    let page = PageRequest { cursor: query.cursor, limit: query.limit };
    let assets = Asset::list_by_project(&studio.context.db, current.id(), query.project_id, page).await?;
    Ok(Json(assets.map(AssetView::from)))
}

/// Takes a file by `multipart/form-data`, streamed and checked like an upload.
#[utoipa::path(post, path = "/assets", tag = "assets",
    request_body(content = AssetForm, content_type = "multipart/form-data"),
    responses((status = 201, body = AssetView)))]
async fn create_asset(
    State(studio): State<Studio>,
    current: CurrentUser,
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<(StatusCode, Json<AssetView>), ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let (mut project_id, mut role, mut group_id) = (None, ROLE_DEFAULT.to_owned(), None);
    while let Some(field) = form.next_field().await.map_err(|error| bad_form(&error))? {
        match field.name().unwrap_or_default() {
            "project_id" => project_id = Some(parsed(field, "project_id").await?),
            "group_id" => group_id = Some(parsed(field, "group_id").await?),
            "role" => role = field.text().await.map_err(|error| bad_form(&error))?,
            "file" => {
                let project_id: ProjectId = project_id.ok_or_else(|| {
                    ApiError::field("project_id", "request.missing", "send project_id before the file")
                })?;
                check_place(&studio, &current, project_id, group_id).await?;
                let name = field.file_name().unwrap_or("file").to_owned();
                let new = NewUpload { user_id: current.id(), project_id, role, group_id, name };
                let asset = studio.context.storage.uploads().accept_stream(new, announced, field).await?;
                return Ok((StatusCode::CREATED, Json(asset.into())));
            }
            other => {
                return Err(ApiError::field(
                    other,
                    "request.unknown_field",
                    "expected project_id, role, group_id or file",
                ));
            }
        }
    }
    Err(ApiError::field("file", "request.missing", "the form has no file"))
}

async fn parsed<T: std::str::FromStr>(field: Field<'_>, name: &str) -> Result<T, ApiError> {
    let text = field.text().await.map_err(|error| bad_form(&error))?;
    text.trim().parse().map_err(|_| ApiError::field(name, "request.bad_id", "expected an id"))
}

fn bad_form(error: &axum::extract::multipart::MultipartError) -> ApiError {
    ApiError::new(
        error.status().as_u16(),
        "request.bad_form",
        format!("The form cannot be read: {}", error.body_text()),
    )
}

/// Fails unless the project is the caller's and not in the trash, and has the group if one is named.
pub async fn check_place(
    studio: &Studio,
    current: &CurrentUser,
    id: ProjectId,
    group: Option<GroupId>,
) -> Result<(), ApiError> {
    let db = &studio.context.db;
    let sql = "SELECT app FROM projects WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL";
    let app: Option<String> = db.scalar(sql, params![id, current.id()]).await?;
    let app_id = app.ok_or_else(|| ApiError::not_found("project"))?;
    let Some(group) = group else { return Ok(()) };
    let app = studio.app(&app_id)?;
    let project = projects::find_owned(db, current.id(), &app_id, id).await?;
    let project = project.ok_or_else(|| ApiError::not_found("project"))?;
    if app.has_group(&studio.context, &project, group).await? {
        Ok(())
    } else {
        Err(ApiError::not_found("group"))
    }
}

async fn find(studio: &Studio, current: &CurrentUser, id: AssetId) -> Result<Asset, ApiError> {
    let found = Asset::find_owned(&studio.context.db, id, current.id()).await?;
    found.ok_or_else(|| ApiError::not_found("file"))
}

/// One file's facts.
#[utoipa::path(get, path = "/assets/{id}", tag = "assets", params(AssetId), responses((status = 200, body = AssetView)))]
async fn get_asset(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<AssetId>,
) -> Result<Json<AssetView>, ApiError> {
    Ok(Json(find(&studio, &current, id).await?.into()))
}

/// Renames a file or moves it to a group and a place. Its content never changes.
#[utoipa::path(patch, path = "/assets/{id}", tag = "assets", params(AssetId), request_body = UpdateAsset,
    responses((status = 200, body = AssetView)))]
async fn update_asset(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<AssetId>,
    Json(request): Json<UpdateAsset>,
) -> Result<Json<AssetView>, ApiError> {
    if let Some(Some(group)) = request.group_id {
        let project = find(&studio, &current, id).await?.project_id;
        check_place(&studio, &current, project, Some(group)).await?;
    }
    let placement = Placement { name: request.name, group_id: request.group_id, position: request.position };
    let tx = studio.context.db.write_tx().await?;
    let asset = Asset::update_placement(&tx, id, current.id(), placement).await?;
    tx.commit().await?;
    Ok(Json(asset.into()))
}

/// Puts a file into the trash for 30 days.
#[utoipa::path(delete, path = "/assets/{id}", tag = "assets", params(AssetId), responses((status = 204)))]
async fn delete_asset(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<AssetId>,
) -> Result<StatusCode, ApiError> {
    studio.context.storage.delete_asset(id, current.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a file out of the trash.
#[utoipa::path(post, path = "/assets/{id}/restore", tag = "assets", params(AssetId),
    responses((status = 200, body = AssetView)))]
async fn restore_asset(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<AssetId>,
) -> Result<Json<AssetView>, ApiError> {
    Ok(Json(studio.context.storage.restore_asset(id, current.id()).await?.into()))
}

/// The file itself. Honours ranges and validators.
#[utoipa::path(get, path = "/assets/{id}/content", tag = "assets", params(AssetId),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304)))]
async fn get_asset_content(
    State(studio): State<Studio>,
    current: CurrentUser,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<AssetId>,
) -> Result<Response, ApiError> {
    let asset = find(&studio, &current, id).await?;
    let file = ServedFile {
        key: asset.object_key,
        size_bytes: asset.size_bytes as u64,
        content_type: asset.content_type,
        download_name: None,
    };
    files::serve(&studio.context.storage, &method, &headers, &file).await
}

/// A still picture of the file, JPEG.
#[utoipa::path(get, path = "/assets/{id}/thumbnail", tag = "assets", params(AssetId),
    responses((status = 200, content_type = "image/jpeg")))]
async fn get_asset_thumbnail(
    State(studio): State<Studio>,
    current: CurrentUser,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<AssetId>,
) -> Result<Response, ApiError> {
    let key =
        find(&studio, &current, id).await?.thumbnail_key.ok_or_else(|| ApiError::not_found("picture"))?;
    files::serve_picture(&studio.context.storage, &method, &headers, key).await
}

/// How much room the caller's files take.
#[utoipa::path(get, path = "/storage", tag = "assets", responses((status = 200, body = Usage)))]
async fn get_storage(State(studio): State<Studio>, current: CurrentUser) -> Result<Json<Usage>, ApiError> {
    Ok(Json(studio.context.storage.usage(&studio.context.db, current.id()).await?))
}

/// Removes for good everything in the caller's trash: files, runs and projects.
#[utoipa::path(post, path = "/storage/empty-trash", tag = "assets", responses((status = 200, body = Usage)))]
async fn empty_trash(State(studio): State<Studio>, current: CurrentUser) -> Result<Json<Usage>, ApiError> {
    trash::empty(&studio.context, current.id()).await?;
    get_storage(State(studio), current).await
}
