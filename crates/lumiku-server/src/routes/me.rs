//! The signed-in person and their devices.

use axum::extract::State;
use axum::http::StatusCode;
use lumiku_accounts::{ProfileChange, SessionView, User};
use lumiku_core::{Page, PageRequest, SessionId};
use lumiku_sdk::{ApiError, CurrentUser, Json, Path, Query, Routes};
use utoipa_axum::routes;

use crate::Studio;

pub fn routes() -> Routes<Studio> {
    Routes::new()
        .signed_in(routes!(get_me, update_me))
        .signed_in(routes!(list_sessions))
        .signed_in(routes!(delete_session))
}

/// The signed-in person.
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = User)))]
async fn get_me(current: CurrentUser) -> Json<User> {
    Json(current.session.user)
}

/// Changes name, language or theme.
#[utoipa::path(patch, path = "/me", tag = "me", request_body = ProfileChange, responses((status = 200, body = User)))]
async fn update_me(
    State(studio): State<Studio>,
    current: CurrentUser,
    Json(change): Json<ProfileChange>,
) -> Result<Json<User>, ApiError> {
    Ok(Json(studio.context.accounts.update_profile(current.id(), &change).await?))
}

/// Devices and clients that are signed in.
#[utoipa::path(get, path = "/me/sessions", tag = "me", params(PageRequest),
    responses((status = 200, body = Page<SessionView>)))]
async fn list_sessions(
    State(studio): State<Studio>,
    current: CurrentUser,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<SessionView>>, ApiError> {
    Ok(Json(studio.context.accounts.list_sessions(current.id(), current.session.id, page).await?))
}

/// Signs a device out.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me", params(SessionId), responses((status = 204)))]
async fn delete_session(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, ApiError> {
    studio.context.accounts.revoke_session(current.id(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
