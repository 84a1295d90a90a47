//! Quotes and the start of runs: the same request makes both, so both come to the same credits.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use lumiku_core::ProjectId;
use lumiku_sdk::generation::start::{StartRequest, start};
use lumiku_sdk::idempotency::IdempotencyKey;
use lumiku_sdk::{
    ApiError, CurrentUser, Generation, Json, Path, Project, Quote, QuoteNotice, Routes, RunRequest,
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::projects::{find, merged};
use crate::Studio;

pub fn routes() -> Routes<Studio> {
    Routes::new().signed_in(routes!(create_quote)).signed_in(routes!(create_generation))
}

#[derive(Deserialize, ToSchema)]
struct QuoteRequest {
    /// On top of the project's own.
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    #[schema(minimum = 1, example = 8)]
    count: u32,
}

#[derive(Deserialize, ToSchema)]
struct GenerationRequest {
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    #[schema(minimum = 1, example = 8)]
    count: u32,
    /// Repeats an earlier run exactly when material and settings are the same.
    seed: Option<u64>,
}

/// What a run would make, take and cost. Free; changes nothing.
#[utoipa::path(post, path = "/apps/{app}/projects/{id}/quote", tag = "runs",
    params(("app" = String, Path), ("id" = ProjectId, Path)),
    request_body = QuoteRequest, responses((status = 200, body = Quote)))]
async fn create_quote(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path((app_id, id)): Path<(String, ProjectId)>,
    Json(request): Json<QuoteRequest>,
) -> Result<Json<Quote>, ApiError> {
    let app = studio.app(&app_id)?;
    let project = find(&studio.context, &current, &app_id, id).await?;
    let settings = app.check_settings(&settings_for(&project, request.settings))?;
    let run = RunRequest { project: &project, settings: &settings, count: request.count, seed: 0 };
    let mut quote = app.quote(&studio.context, &run).await?;
    if !studio.context.config.credits.billing {
        quote.credits = 0;
        quote.credits_each = 0;
        quote.items.clear();
    }
    let usage = studio.context.storage.usage(&studio.context.db, current.id()).await?;
    let free = usage.quota_bytes.saturating_sub(usage.used_bytes);
    if i64::try_from(quote.size_bytes_estimated).unwrap_or(i64::MAX) > free && quote.blockers.is_empty() {
        quote.blockers.push(QuoteNotice {
            code: "storage.quota_exceeded".into(),
            asset_id: None,
            message: format!(
                "The results may take {} bytes and {} are free. Delete files you no longer need and empty the trash, or make fewer.",
                quote.size_bytes_estimated,
                free.max(0)
            ),
        });
    }
    quote.rupiah = quote.credits * studio.context.config.credits.rupiah_per_credit;
    Ok(Json(quote))
}

/// Starts a run: the credits are set aside, the outputs queued.
#[utoipa::path(post, path = "/apps/{app}/projects/{id}/generations", tag = "runs",
    params(("app" = String, Path), ("id" = ProjectId, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "A repeated request with the same key starts nothing and gets the first answer")),
    request_body = GenerationRequest, responses((status = 202, body = Generation)))]
async fn create_generation(
    State(studio): State<Studio>,
    current: CurrentUser,
    Path((app_id, id)): Path<(String, ProjectId)>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (idempotency, request) = keyed(request).await?;
    // A repeat gets its first answer whatever has become of the project since.
    if let Some(key) = &idempotency
        && let Some(answer) = key.find(&studio.context.db, current.id()).await?
    {
        return Ok((StatusCode::ACCEPTED, Json(answer.body)));
    }
    let app = studio.app(&app_id)?;
    let project = find(&studio.context, &current, &app_id, id).await?;
    let settings = app.check_settings(&settings_for(&project, request.settings))?;
    let started = start(
        &studio.context,
        app.as_ref(),
        StartRequest {
            user: current.id(),
            project,
            settings,
            count: request.count,
            seed: request.seed,
            idempotency,
        },
    )
    .await?;
    Ok((StatusCode::ACCEPTED, Json(started.body)))
}

fn settings_for(project: &Project, change: Option<Value>) -> Value {
    change.map_or_else(|| project.settings.clone(), |change| merged(&project.settings, change))
}

/// The body, and the key bound to it when there is one.
async fn keyed(request: Request) -> Result<(Option<IdempotencyKey>, GenerationRequest), ApiError> {
    let (parts, body) = request.into_parts();
    let body =
        Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await.map_err(|rejection| {
            ApiError::new(rejection.status().as_u16(), "request.bad_body", rejection.body_text())
        })?;
    let key = idempotency_key(&parts, &body)?;
    let Json(request) = Json::from_request(Request::from_parts(parts, body.into()), &()).await?;
    Ok((key, request))
}

/// A key that cannot be read is an error: without it the same press of a button would start two runs.
fn idempotency_key(parts: &Parts, body: &[u8]) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(key) = parts.headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().map_err(|_| {
        ApiError::new(400, "idempotency.bad_key", "An Idempotency-Key has 1 to 255 plain ASCII characters.")
    })?;
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.path());
    hash.update([0]);
    hash.update(body);
    Ok(Some(IdempotencyKey { key: key.to_owned(), request_sha256: hex::encode(hash.finalize()) }))
}
