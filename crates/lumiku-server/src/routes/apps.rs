//! The apps of this studio and their sample projects.

use axum::extract::State;
use axum::http::StatusCode;
use lumiku_core::Page;
use lumiku_sdk::{ApiError, CurrentUser, Json, Manifest, Path, Project, Routes, projects};
use utoipa_axum::routes;

use crate::Studio;

pub fn routes() -> Routes<Studio> {
    Routes::new().signed_in(routes!(list_apps)).signed_in(routes!(create_sample))
}

/// Every app with its price table and limits.
#[utoipa::path(get, path = "/apps", tag = "apps", responses((status = 200, body = Page<Manifest>)))]
async fn list_apps(State(studio): State<Studio>) -> Json<Page<Manifest>> {
    Json(Page { items: studio.apps.iter().map(|app| app.manifest()).collect(), next_cursor: None })
}

/// Makes the app's sample project, or answers with the one there is.
#[utoipa::path(post, path = "/apps/{app}/sample", tag = "apps", params(("app" = String, Path)),
    responses((status = 201, body = Project), (status = 200, body = Project)))]
async fn create_sample(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(app_id): Path<String>,
) -> Result<(StatusCode, Json<Project>), ApiError> {
    let app = studio.app(&app_id)?;
    let db = &studio.context.db;
    if let Some(project) = projects::find_sample(db, current.id(), &app_id).await? {
        return Ok((StatusCode::OK, Json(project)));
    }
    let id = app.create_sample(&studio.context, current.id()).await?;
    let project = projects::find_owned(db, current.id(), &app_id, id).await?;
    Ok((StatusCode::CREATED, Json(project.ok_or_else(|| ApiError::not_found("project"))?)))
}
