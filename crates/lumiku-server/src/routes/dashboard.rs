//! Everything the first page shows, in one request.

use axum::extract::State;
use chrono::{Datelike, TimeZone, Utc};
use lumiku_core::{ProjectId, Query as _, params};
use lumiku_ledger::Balance;
use lumiku_sdk::generation::store;
use lumiku_sdk::{ApiError, CurrentUser, Generation, Json, Output, Project, Routes, projects};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::generations::briefly;
use crate::Studio;

const RECENT_PROJECTS: i64 = 6;
const RECENT_OUTPUTS: i64 = 12;

pub fn routes() -> Routes<Studio> {
    Routes::new().signed_in(routes!(get_dashboard))
}

#[derive(Serialize, ToSchema)]
struct Dashboard {
    credits: Balance,
    month: Month,
    running: Vec<Generation>,
    recent_projects: Vec<Project>,
    recent_outputs: Vec<RecentOutput>,
    /// True while the person has no project at all: the sample comes first.
    sample_available: bool,
}

/// The calendar month so far, UTC.
#[derive(Serialize, ToSchema)]
struct Month {
    spent: i64,
    /// Finished outputs.
    works: i64,
    projects: i64,
}

#[derive(Serialize, ToSchema)]
struct RecentOutput {
    #[serde(flatten)]
    output: Output,
    generation_id: lumiku_core::GenerationId,
    app: String,
    project_id: ProjectId,
}

/// The start page's content.
#[utoipa::path(get, path = "/dashboard", tag = "dashboard", responses((status = 200, body = Dashboard)))]
async fn get_dashboard(
    State(studio): State<Studio>,
    current: CurrentUser,
) -> Result<Json<Dashboard>, ApiError> {
    let db = &studio.context.db;
    let user = current.id();
    let now = studio.context.ambient.now();
    let month_began = Utc.with_ymd_and_hms(now.year(), now.month(), 1, 0, 0, 0).single().unwrap_or(now);
    let totals = store::month_totals(db, user, month_began).await?;
    let projects_made: Option<i64> = db
        .scalar(
            "SELECT COUNT(*) FROM projects WHERE user_id = $1 AND created_at >= $2 AND deleted_at IS NULL",
            params![user, month_began],
        )
        .await?;
    let recent_projects = projects::list_recent(db, user, RECENT_PROJECTS).await?;
    let recent_outputs = store::list_recent_outputs(db, user, RECENT_OUTPUTS).await?;
    Ok(Json(Dashboard {
        credits: studio.context.ledger.balance(db, user).await?,
        month: Month {
            spent: totals.spent,
            works: totals.works,
            projects: projects_made.unwrap_or_default(),
        },
        running: briefly(&studio, store::list_live(db, user).await?).await?,
        sample_available: recent_projects.is_empty(),
        recent_projects,
        recent_outputs: recent_outputs
            .into_iter()
            .map(|(row, place)| RecentOutput {
                generation_id: row.generation_id,
                output: row.view(),
                app: place.app,
                project_id: place.project_id,
            })
            .collect(),
    }))
}
