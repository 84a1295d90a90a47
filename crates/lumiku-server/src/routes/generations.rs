//! Runs and their outputs: list, look, cancel, retry, review, delete and restore.

use axum::extract::State;
use axum::http::StatusCode;
use lumiku_core::{GenerationId, OutputId, Page, PageRequest, ProjectId};
use lumiku_sdk::generation::store::{self, GenerationFilter, OutputRow};
use lumiku_sdk::generation::{Review, start};
use lumiku_sdk::{ApiError, CurrentUser, Generation, GenerationState, Json, Output, Path, Query, Routes};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::Studio;

pub fn routes() -> Routes<Studio> {
    Routes::new()
        .signed_in(routes!(list_generations))
        .signed_in(routes!(get_generation, delete_generation))
        .signed_in(routes!(cancel_generation))
        .signed_in(routes!(retry_failed_outputs))
        .signed_in(routes!(restore_generation))
        .signed_in(routes!(update_output))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    app: Option<String>,
    project_id: Option<ProjectId>,
    state: Option<GenerationState>,
    cursor: Option<Uuid>,
    limit: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
struct UpdateOutput {
    review: Option<Review>,
    #[schema(minimum = 0, maximum = 5)]
    stars: Option<i64>,
}

/// The caller's runs, newest first, without their outputs.
#[utoipa::path(get, path = "/generations", tag = "generations", params(ListQuery),
    responses((status = 200, body = Page<Generation>)))]
async fn list_generations(
    State(studio): State<Studio>,
    current: CurrentUser,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Generation>>, ApiError> {
    let db = &studio.context.db;
    let filter = GenerationFilter { app: query.app, project_id: query.project_id, state: query.state };
    let page = PageRequest { cursor: query.cursor, limit: query.limit };
    let rows = store::list_owned(db, current.id(), &filter, page).await?;
    Ok(Json(Page { next_cursor: rows.next_cursor, items: briefly(&studio, rows.items).await? }))
}

/// Runs as lists show them.
pub async fn briefly(studio: &Studio, rows: Vec<store::GenerationRow>) -> Result<Vec<Generation>, ApiError> {
    let now = studio.context.ambient.now();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let posters = store::list_posters(&studio.context.db, row.id).await?;
        items.push(row.view(None, posters, now));
    }
    Ok(items)
}

/// One run with its outputs.
#[utoipa::path(get, path = "/generations/{id}", tag = "generations", params(GenerationId),
    responses((status = 200, body = Generation)))]
async fn get_generation(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<GenerationId>,
) -> Result<Json<Generation>, ApiError> {
    let db = &studio.context.db;
    let row = store::find_owned(db, current.id(), id).await?.ok_or_else(|| ApiError::not_found("run"))?;
    let outputs = store::list_outputs(db, id).await?.iter().map(OutputRow::view).collect();
    let posters = store::list_posters(db, id).await?;
    Ok(Json(row.view(Some(outputs), posters, studio.context.ambient.now())))
}

/// Stops the work and returns the credits of what is not finished; finished outputs stay.
#[utoipa::path(post, path = "/generations/{id}/cancel", tag = "generations", params(GenerationId),
    responses((status = 200, body = Generation)))]
async fn cancel_generation(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<GenerationId>,
) -> Result<Json<Generation>, ApiError> {
    Ok(Json(start::cancel(&studio.context, current.id(), id).await?))
}

/// Tries the failed outputs again; only those are paid for.
#[utoipa::path(post, path = "/generations/{id}/retry-failed", tag = "generations", params(GenerationId),
    responses((status = 200, body = Generation)))]
async fn retry_failed_outputs(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<GenerationId>,
) -> Result<Json<Generation>, ApiError> {
    Ok(Json(start::retry_failed(&studio.context, current.id(), id).await?))
}

/// Puts a finished run into the trash for 30 days.
#[utoipa::path(delete, path = "/generations/{id}", tag = "generations", params(GenerationId), responses((status = 204)))]
async fn delete_generation(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<GenerationId>,
) -> Result<StatusCode, ApiError> {
    let now = studio.context.ambient.now();
    let row = store::find_owned(&studio.context.db, current.id(), id).await?;
    let row = row.ok_or_else(|| ApiError::not_found("run"))?;
    if !row.state.is_terminal() {
        return Err(ApiError::new(
            409,
            "generation.still_running",
            "This run is not finished. Cancel it first, then delete it.",
        ));
    }
    set_deleted(&studio, &current, id, Some(now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a run out of the trash.
#[utoipa::path(post, path = "/generations/{id}/restore", tag = "generations", params(GenerationId),
    responses((status = 200, body = Generation)))]
async fn restore_generation(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<GenerationId>,
) -> Result<Json<Generation>, ApiError> {
    set_deleted(&studio, &current, id, None).await?;
    get_generation(State(studio), current, Path(id)).await
}

async fn set_deleted(
    studio: &Studio,
    current: &CurrentUser,
    id: GenerationId,
    at: Option<lumiku_core::DateTime<lumiku_core::Utc>>,
) -> Result<(), ApiError> {
    let tx = studio.context.db.write_tx().await?;
    if !store::set_deleted(&tx, current.id(), id, at).await? {
        return Err(ApiError::not_found("run"));
    }
    tx.commit().await?;
    Ok(())
}

/// Approves, rejects or stars an output.
#[utoipa::path(patch, path = "/outputs/{id}", tag = "generations", params(OutputId),
    request_body = UpdateOutput, responses((status = 200, body = Output)))]
async fn update_output(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<OutputId>,
    Json(request): Json<UpdateOutput>,
) -> Result<Json<Output>, ApiError> {
    let db = &studio.context.db;
    let mut row =
        store::find_output_owned(db, current.id(), id).await?.ok_or_else(|| ApiError::not_found("output"))?;
    row.review = request.review.unwrap_or(row.review);
    row.stars = request.stars.unwrap_or(row.stars);
    if !(0..=5).contains(&row.stars) {
        return Err(ApiError::field("stars", "output.bad_stars", "stars go from 0 (none) to 5"));
    }
    let tx = db.write_tx().await?;
    store::update_review(&tx, current.id(), id, row.review, row.stars).await?;
    tx.commit().await?;
    Ok(Json(row.view()))
}
