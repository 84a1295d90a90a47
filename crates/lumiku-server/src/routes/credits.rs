//! Balance and history of credits.

use axum::extract::State;
use lumiku_core::{Page, PageRequest};
use lumiku_ledger::{Balance, EntryView};
use lumiku_sdk::{ApiError, CurrentUser, Json, Query, Routes};
use utoipa_axum::routes;

use crate::Studio;

pub fn routes() -> Routes<Studio> {
    Routes::new().signed_in(routes!(get_credits)).signed_in(routes!(list_entries))
}

/// What there is, what is set aside for running work, and what can be spent.
#[utoipa::path(get, path = "/credits", tag = "credits", responses((status = 200, body = Balance)))]
async fn get_credits(State(studio): State<Studio>, current: CurrentUser) -> Result<Json<Balance>, ApiError> {
    Ok(Json(studio.context.ledger.balance(&studio.context.db, current.id()).await?))
}

/// Every movement, newest first.
#[utoipa::path(get, path = "/credits/entries", tag = "credits", params(PageRequest),
    responses((status = 200, body = Page<EntryView>)))]
async fn list_entries(
    State(studio): State<Studio>,
    current: CurrentUser,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<EntryView>>, ApiError> {
    Ok(Json(studio.context.ledger.list_entries(&studio.context.db, current.id(), page).await?))
}
