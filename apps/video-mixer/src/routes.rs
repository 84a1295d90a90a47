//! Groups of a project and the arrangement of clips in them.

use std::collections::HashSet;

use axum::extract::State;
use axum::http::StatusCode;
use lumiku_core::{AssetId, GroupId, Page, ProjectId, Tx};
use lumiku_sdk::{ApiError, AppContext, CurrentUser, Json, Path, Routes, projects};
use lumiku_storage::{Arranged, Asset};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::ID;
use crate::store::{self, GroupRow};

const GROUP_NAME_CHARS_MAX: usize = 60;
const GROUPS_MAX: usize = 20;
/// Colours of new groups: far apart around the wheel, one after the other.
const HUE_FIRST: i64 = 255;
const HUE_STEP: i64 = 137;

pub fn routes() -> Routes {
    Routes::new()
        .signed_in(routes!(list_groups, create_group))
        .signed_in(routes!(update_group, delete_group))
        .signed_in(routes!(put_arrangement))
}

#[derive(Deserialize, ToSchema)]
struct CreateGroup {
    #[schema(example = "Hook")]
    name: String,
    hue: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
struct UpdateGroup {
    name: Option<String>,
    position: Option<i64>,
    hue: Option<i64>,
}

/// The whole order of a project's clips.
#[derive(Deserialize, ToSchema)]
struct Arrangement {
    groups: Vec<ArrangedGroup>,
    #[serde(default)]
    ungrouped: Vec<AssetId>,
}

#[derive(Deserialize, ToSchema)]
struct ArrangedGroup {
    id: GroupId,
    asset_ids: Vec<AssetId>,
}

/// The groups in the order of the video.
#[utoipa::path(get, path = "/projects/{id}/groups", tag = "video-mixer", params(ProjectId),
    responses((status = 200, body = Page<GroupRow>)))]
async fn list_groups(
    State(context): State<AppContext>,
    current: CurrentUser,
    Path(id): Path<ProjectId>,
) -> Result<Json<Page<GroupRow>>, ApiError> {
    check_project(&context, &current, id).await?;
    let items = store::list_groups(&context.db, current.id(), id).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

/// Adds a group at the end.
#[utoipa::path(post, path = "/projects/{id}/groups", tag = "video-mixer", params(ProjectId),
    request_body = CreateGroup, responses((status = 201, body = GroupRow)))]
async fn create_group(
    State(context): State<AppContext>,
    current: CurrentUser,
    Path(id): Path<ProjectId>,
    Json(request): Json<CreateGroup>,
) -> Result<(StatusCode, Json<GroupRow>), ApiError> {
    check_project(&context, &current, id).await?;
    let name = checked_name(&request.name)?;
    let tx = context.db.write_tx().await?;
    let groups = store::list_groups(&tx, current.id(), id).await?;
    if groups.len() >= GROUPS_MAX {
        let text = format!("A project has at most {GROUPS_MAX} groups. Delete one you no longer need.");
        return Err(ApiError::new(422, "video-mixer.too_many_groups", text));
    }
    let position = groups.iter().map(|group| group.position).max().unwrap_or_default() + 1;
    let hue = checked_hue(request.hue.unwrap_or_else(|| (HUE_FIRST + HUE_STEP * groups.len() as i64) % 360))?;
    let group = GroupRow { id: context.ambient.id(), name, position, hue };
    store::insert_group(&tx, id, &group, context.ambient.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(group)))
}

/// Renames, recolours or moves a group.
#[utoipa::path(patch, path = "/projects/{id}/groups/{group_id}", tag = "video-mixer",
    params(("id" = ProjectId, Path), ("group_id" = GroupId, Path)),
    request_body = UpdateGroup, responses((status = 200, body = GroupRow)))]
async fn update_group(
    State(context): State<AppContext>,
    current: CurrentUser,
    Path((id, group_id)): Path<(ProjectId, GroupId)>,
    Json(request): Json<UpdateGroup>,
) -> Result<Json<GroupRow>, ApiError> {
    check_project(&context, &current, id).await?;
    let tx = context.db.write_tx().await?;
    let mut group = find_group(&tx, &current, id, group_id).await?;
    if let Some(name) = request.name {
        group.name = checked_name(&name)?;
    }
    group.hue = checked_hue(request.hue.unwrap_or(group.hue))?;
    group.position = request.position.unwrap_or(group.position);
    store::update_group(&tx, id, &group).await?;
    tx.commit().await?;
    Ok(Json(group))
}

/// Deletes a group; its clips stay in the project, ungrouped.
#[utoipa::path(delete, path = "/projects/{id}/groups/{group_id}", tag = "video-mixer",
    params(("id" = ProjectId, Path), ("group_id" = GroupId, Path)), responses((status = 204)))]
async fn delete_group(
    State(context): State<AppContext>,
    current: CurrentUser,
    Path((id, group_id)): Path<(ProjectId, GroupId)>,
) -> Result<StatusCode, ApiError> {
    check_project(&context, &current, id).await?;
    let tx = context.db.write_tx().await?;
    find_group(&tx, &current, id, group_id).await?;
    Asset::ungroup(&tx, current.id(), id, group_id).await?;
    store::delete_group(&tx, id, group_id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the order of groups and clips at once, as after dragging.
#[utoipa::path(put, path = "/projects/{id}/arrangement", tag = "video-mixer", params(ProjectId),
    request_body = Arrangement, responses((status = 204)))]
async fn put_arrangement(
    State(context): State<AppContext>,
    current: CurrentUser,
    Path(id): Path<ProjectId>,
    Json(request): Json<Arrangement>,
) -> Result<StatusCode, ApiError> {
    check_project(&context, &current, id).await?;
    let tx = context.db.write_tx().await?;
    let mut order = Vec::new();
    for (place, arranged) in request.groups.iter().enumerate() {
        let group = find_group(&tx, &current, id, arranged.id).await?;
        store::update_group(&tx, id, &GroupRow { position: place as i64 + 1, ..group }).await?;
        order.extend(arranged.asset_ids.iter().map(|asset| (*asset, Some(arranged.id))));
    }
    order.extend(request.ungrouped.iter().map(|asset| (*asset, None)));
    let distinct: HashSet<AssetId> = order.iter().map(|(asset, _)| *asset).collect();
    if distinct.len() != order.len() {
        return Err(ApiError::field("groups", "video-mixer.clip_twice", "a clip is in at most one group"));
    }
    let order: Vec<Arranged> = order
        .into_iter()
        .zip(1..)
        .map(|((id, group_id), position)| Arranged { id, group_id, position })
        .collect();
    Asset::arrange(&tx, current.id(), id, &order).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn check_project(context: &AppContext, current: &CurrentUser, id: ProjectId) -> Result<(), ApiError> {
    projects::find_owned(&context.db, current.id(), ID, id)
        .await?
        .filter(|project| project.deleted_at.is_none())
        .map(|_| ())
        .ok_or_else(|| ApiError::not_found("project"))
}

async fn find_group(
    tx: &Tx,
    current: &CurrentUser,
    id: ProjectId,
    group: GroupId,
) -> Result<GroupRow, ApiError> {
    let groups = store::list_groups(tx, current.id(), id).await?;
    groups.into_iter().find(|row| row.id == group).ok_or_else(|| ApiError::not_found("group"))
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > GROUP_NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let message = format!("a group's name has 1 to {GROUP_NAME_CHARS_MAX} characters and no line breaks");
        return Err(ApiError::field("name", "video-mixer.bad_group_name", message));
    }
    Ok(name.to_owned())
}

fn checked_hue(hue: i64) -> Result<i64, ApiError> {
    if (0..360).contains(&hue) {
        Ok(hue)
    } else {
        Err(ApiError::field("hue", "video-mixer.bad_hue", "a hue is a number of degrees from 0 to 359"))
    }
}
