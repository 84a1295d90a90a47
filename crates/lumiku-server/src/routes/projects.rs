//! Projects of every app: list, make, change, duplicate, delete and restore.

use axum::extract::State;
use axum::http::StatusCode;
use lumiku_core::{Page, PageRequest, ProjectId};
use lumiku_sdk::projects::{self, NewProject};
use lumiku_sdk::{ApiError, AppContext, CurrentUser, Json, Path, Project, Query, Routes};
use lumiku_storage::Asset;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::Studio;

const NAME_CHARS_MAX: usize = 120;
const DESCRIPTION_CHARS_MAX: usize = 2_000;

pub fn routes() -> Routes<Studio> {
    Routes::new()
        .signed_in(routes!(list_projects, create_project))
        .signed_in(routes!(get_project, update_project, delete_project))
        .signed_in(routes!(duplicate_project))
        .signed_in(routes!(restore_project))
}

#[derive(Deserialize, ToSchema)]
struct CreateProject {
    name: String,
    #[serde(default)]
    description: String,
    /// The app's settings; its defaults stand in for what is absent.
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
}

#[derive(Deserialize, ToSchema)]
struct UpdateProject {
    name: Option<String>,
    description: Option<String>,
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    archived: Option<bool>,
}

/// The caller's projects in one app, newest first.
#[utoipa::path(get, path = "/apps/{app}/projects", tag = "projects", params(("app" = String, Path), PageRequest),
    responses((status = 200, body = Page<Project>)))]
async fn list_projects(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(app): Path<String>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Project>>, ApiError> {
    studio.app(&app)?;
    Ok(Json(projects::list_owned(&studio.context.db, current.id(), Some(&app), page).await?))
}

/// Makes a project.
#[utoipa::path(post, path = "/apps/{app}/projects", tag = "projects", params(("app" = String, Path)),
    request_body = CreateProject, responses((status = 201, body = Project)))]
async fn create_project(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(app): Path<String>,
    Json(request): Json<CreateProject>,
) -> Result<(StatusCode, Json<Project>), ApiError> {
    let settings = studio.app(&app)?.check_settings(&request.settings.unwrap_or_else(|| json!({})))?;
    let new = NewProject {
        id: studio.context.ambient.id(),
        user_id: current.id(),
        app: app.clone(),
        name: checked_name(&request.name)?,
        description: checked_description(request.description)?,
        settings,
        sample: false,
        now: studio.context.ambient.now(),
    };
    let tx = studio.context.db.write_tx().await?;
    projects::insert(&tx, &new).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(find(&studio.context, &current, &app, new.id).await?)))
}

/// One project.
#[utoipa::path(get, path = "/apps/{app}/projects/{id}", tag = "projects",
    params(("app" = String, Path), ("id" = ProjectId, Path)), responses((status = 200, body = Project)))]
async fn get_project(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path((app, id)): Path<(String, ProjectId)>,
) -> Result<Json<Project>, ApiError> {
    Ok(Json(find(&studio.context, &current, &app, id).await?))
}

/// Changes what is given and leaves the rest.
#[utoipa::path(patch, path = "/apps/{app}/projects/{id}", tag = "projects",
    params(("app" = String, Path), ("id" = ProjectId, Path)),
    request_body = UpdateProject, responses((status = 200, body = Project)))]
async fn update_project(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path((app, id)): Path<(String, ProjectId)>,
    Json(request): Json<UpdateProject>,
) -> Result<Json<Project>, ApiError> {
    let mut project = find(&studio.context, &current, &app, id).await?;
    if let Some(name) = request.name {
        project.name = checked_name(&name)?;
    }
    if let Some(description) = request.description {
        project.description = checked_description(description)?;
    }
    if let Some(change) = request.settings {
        project.settings = studio.app(&app)?.check_settings(&merged(&project.settings, change))?;
    }
    project.archived = request.archived.unwrap_or(project.archived);
    let tx = studio.context.db.write_tx().await?;
    projects::update(&tx, &project, studio.context.ambient.now()).await?;
    tx.commit().await?;
    Ok(Json(find(&studio.context, &current, &app, id).await?))
}

/// Puts the project into the trash, from where it can be restored for 30 days.
#[utoipa::path(delete, path = "/apps/{app}/projects/{id}", tag = "projects",
    params(("app" = String, Path), ("id" = ProjectId, Path)), responses((status = 204)))]
async fn delete_project(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path((app, id)): Path<(String, ProjectId)>,
) -> Result<StatusCode, ApiError> {
    let now = studio.context.ambient.now();
    let tx = studio.context.db.write_tx().await?;
    if !projects::set_deleted(&tx, current.id(), &app, id, Some(now)).await? {
        return Err(ApiError::not_found("project"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the project out of the trash.
#[utoipa::path(post, path = "/apps/{app}/projects/{id}/restore", tag = "projects",
    params(("app" = String, Path), ("id" = ProjectId, Path)), responses((status = 200, body = Project)))]
async fn restore_project(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path((app, id)): Path<(String, ProjectId)>,
) -> Result<Json<Project>, ApiError> {
    let tx = studio.context.db.write_tx().await?;
    let restored = projects::set_deleted(&tx, current.id(), &app, id, None).await.map_err(|error| {
        if error.is_unique_violation() {
            ApiError::new(
                409,
                "project.sample_exists",
                "There is another sample project already; delete that one first.",
            )
        } else {
            error.into()
        }
    })?;
    if !restored {
        return Err(ApiError::not_found("project"));
    }
    tx.commit().await?;
    Ok(Json(find(&studio.context, &current, &app, id).await?))
}

/// Makes a copy with the same material and settings, without the runs.
#[utoipa::path(post, path = "/apps/{app}/projects/{id}/duplicate", tag = "projects",
    params(("app" = String, Path), ("id" = ProjectId, Path)), responses((status = 201, body = Project)))]
async fn duplicate_project(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path((app_id, id)): Path<(String, ProjectId)>,
) -> Result<(StatusCode, Json<Project>), ApiError> {
    let app = studio.app(&app_id)?;
    let from = find(&studio.context, &current, &app_id, id).await?;
    let name: String = from.name.chars().take(NAME_CHARS_MAX - 4).collect();
    let new = NewProject {
        id: studio.context.ambient.id(),
        user_id: current.id(),
        app: app_id.clone(),
        name: format!("{name} (2)"),
        description: from.description.clone(),
        settings: from.settings.clone(),
        sample: false,
        now: studio.context.ambient.now(),
    };
    let tx = studio.context.db.write_tx().await?;
    projects::insert(&tx, &new).await?;
    let to = projects::find_owned(&tx, current.id(), &app_id, new.id).await?;
    let to = to.ok_or_else(|| ApiError::not_found("project"))?;
    let groups = app.duplicate(&studio.context, &tx, &from, &to).await?;
    Asset::copy_to_project(&tx, &studio.context.ambient, current.id(), (from.id, to.id), &groups).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(find(&studio.context, &current, &app_id, new.id).await?)))
}

/// A project of the caller that is not in the trash.
pub async fn find(
    context: &AppContext,
    current: &CurrentUser,
    app: &str,
    id: ProjectId,
) -> Result<Project, ApiError> {
    projects::find_owned(&context.db, current.id(), app, id)
        .await?
        .filter(|project| project.deleted_at.is_none())
        .ok_or_else(|| ApiError::not_found("project"))
}

/// Top-level keys of `change` replace those of `settings`.
pub fn merged(settings: &Value, change: Value) -> Value {
    match (settings.clone(), change) {
        (Value::Object(mut old), Value::Object(new)) => {
            old.extend(new);
            Value::Object(old)
        }
        (_, change) => change,
    }
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let message = format!("a project's name has 1 to {NAME_CHARS_MAX} characters and no line breaks");
        return Err(ApiError::field("name", "project.bad_name", message));
    }
    Ok(name.to_owned())
}

fn checked_description(description: String) -> Result<String, ApiError> {
    if description.chars().count() > DESCRIPTION_CHARS_MAX {
        let message = format!("a description has at most {DESCRIPTION_CHARS_MAX} characters");
        return Err(ApiError::field("description", "project.description_too_long", message));
    }
    Ok(description)
}
