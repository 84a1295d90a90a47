//! Beginning, repeating and cancelling runs: each is one transaction over credits, rows and jobs.

use lumiku_core::{GenerationId, HoldId, OutputId, Query, Tx, UserId, params};
use lumiku_jobs::NewJob;
use serde_json::{Value, json};

use super::model::{Generation, GenerationState, OutputState};
use super::store::{self, GenerationRow};
use super::{job, settle};
use crate::app::App;
use crate::context::AppContext;
use crate::error::ApiError;
use crate::idempotency::{IdempotencyKey, StoredAnswer};
use crate::projects::{self, Project};
use crate::quote::{Plan, RunRequest};

/// A checked request for a run.
#[derive(Clone, Debug)]
pub struct StartRequest {
    pub user: UserId,
    pub project: Project,
    pub settings: Value,
    pub count: u32,
    pub seed: Option<u64>,
    pub idempotency: Option<IdempotencyKey>,
}

/// Seeds stay below 2^53, so that a JavaScript client repeats them exactly.
const SEED_MASK: u64 = (1 << 53) - 1;

/// Plans, holds, writes and enqueues. Nothing is charged unless all of it is there.
pub async fn start(
    context: &AppContext,
    app: &dyn App,
    request: StartRequest,
) -> Result<StoredGeneration, ApiError> {
    if let Some(key) = &request.idempotency {
        key.check()?;
        if let Some(answer) = key.find(&context.db, request.user).await? {
            return Ok(StoredGeneration::replay(answer));
        }
    }
    let seed = request.seed.unwrap_or_else(|| context.ambient.random_u64()) & SEED_MASK;
    let plan = app
        .plan(
            context,
            &RunRequest {
                project: &request.project,
                settings: &request.settings,
                count: request.count,
                seed,
            },
        )
        .await?;
    if plan.outputs.is_empty() {
        // Nothing would ever end it.
        return Err(ApiError::field("count", "generation.nothing_to_make", "ask for one output or more"));
    }
    // A client that hangs up must not leave a half-awaited commit: the task runs to its end.
    let app_id = app.manifest().id;
    let context = context.clone();
    tokio::spawn(async move { insert(&context, app_id, request, plan, seed).await })
        .await
        .map_err(|error| ApiError::internal(&error))?
}

/// A run as it was answered, fresh or repeated.
#[derive(Clone, Debug)]
pub struct StoredGeneration {
    pub body: Value,
}

impl StoredGeneration {
    fn replay(answer: StoredAnswer) -> Self {
        Self { body: answer.body }
    }
}

async fn insert(
    context: &AppContext,
    app_id: &'static str,
    request: StartRequest,
    plan: Plan,
    seed: u64,
) -> Result<StoredGeneration, ApiError> {
    let tx = context.db.write_tx().await?;
    let room = i64::try_from(plan.size_bytes_estimated).unwrap_or(i64::MAX);
    // The first check takes turns between this user's runs; what the others will still write is
    // known for certain only after it.
    context.storage.ensure_room(&tx, request.user, room).await?;
    let spoken_for = store::room_of_live_runs(&tx, request.user).await?;
    context.storage.ensure_room(&tx, request.user, room.saturating_add(spoken_for)).await?;
    let id: GenerationId = context.ambient.id();
    let credits_each = if context.config.credits.billing { plan.credits_each } else { 0 };
    let total = plan.outputs.len() as i64;
    let held = credits_each * total;
    let hold = context
        .ledger
        .hold(&tx, request.user, held, &request.project.name, Some(id.0), &format!("generation:{id}"))
        .await;
    let hold = match hold {
        Ok(hold) => hold,
        Err(error) => {
            // What is missing may be what a twin of this request has just set aside.
            tx.rollback().await?;
            return replay_of_twin(context, &request, error.into()).await;
        }
    };
    insert_generation(context, &tx, id, app_id, &request, seed, hold, held, total, room).await?;
    let mut jobs = Vec::with_capacity(plan.outputs.len());
    for (index, planned) in plan.outputs.iter().enumerate() {
        let output: OutputId = context.ambient.id();
        tx.execute(
            "INSERT INTO outputs (id, generation_id, user_id, position, name, state, progress, recipe, hold_id, credits,
                review, stars, created_at) VALUES ($1, $2, $3, $4, $5, 'queued', 0.0, $6, $7, $8, 'none', 0, $9)",
            params![
                output,
                id,
                request.user,
                index as i64 + 1,
                planned.name.clone(),
                planned.recipe.clone(),
                hold,
                credits_each,
                context.ambient.now()
            ],
        )
        .await?;
        jobs.push(new_job(app_id, request.user, id, output, hold));
    }
    context.jobs.enqueue_many(&tx, jobs).await?;
    projects::touch(&tx, request.project.id, context.ambient.now()).await?;
    let row =
        store::find_owned(&tx, request.user, id).await?.ok_or_else(|| ApiError::not_found("generation"))?;
    let outputs = store::list_outputs(&tx, id).await?.iter().map(store::OutputRow::view).collect();
    let generation = row.view(Some(outputs), Vec::new(), context.ambient.now());
    settle::publish_state(context, &tx, request.user, &generation).await?;
    let body = serde_json::to_value(&generation).map_err(|error| ApiError::internal(&error))?;
    if let Some(key) = &request.idempotency {
        match key.insert(&tx, &context.ambient, request.user, 202, body.clone()).await {
            Ok(()) => {}
            Err(error) if error.is_unique_violation() => {
                // A twin of this request committed first: undo everything and give its answer.
                tx.rollback().await?;
                return replay_of_twin(context, &request, error.into()).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    tx.commit().await?;
    context.jobs.wake().await;
    context.events.wake(request.user).await;
    tracing::info!(generation.id = %id, app = app_id, outputs = total, credits.held = held, "a run was started");
    Ok(StoredGeneration { body })
}

/// The answer to an equal request that was faster; without one, this request's own failure.
async fn replay_of_twin(
    context: &AppContext,
    request: &StartRequest,
    failure: ApiError,
) -> Result<StoredGeneration, ApiError> {
    let Some(key) = &request.idempotency else { return Err(failure) };
    key.find(&context.db, request.user).await?.map(StoredGeneration::replay).ok_or(failure)
}

#[expect(clippy::too_many_arguments, reason = "one value per column that differs")]
async fn insert_generation(
    context: &AppContext,
    tx: &Tx,
    id: GenerationId,
    app_id: &str,
    request: &StartRequest,
    seed: u64,
    hold: HoldId,
    held: i64,
    total: i64,
    room: i64,
) -> Result<(), ApiError> {
    tx.execute(
        "INSERT INTO generations (id, user_id, app, project_id, state, seed, settings, hold_id, credits_held,
            credits_captured, credits_released, total, done, failed, cancelled, size_bytes_estimated, created_at)
         VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, 0, 0, $9, 0, 0, 0, $10, $11)",
        params![
            id,
            request.user,
            app_id,
            request.project.id,
            seed as i64,
            request.settings.clone(),
            hold,
            held,
            total,
            room,
            context.ambient.now()
        ],
    )
    .await?;
    Ok(())
}

/// `round` tells tries of one output apart: of each there is one job at most.
fn new_job(app_id: &str, user: UserId, generation: GenerationId, output: OutputId, round: HoldId) -> NewJob {
    NewJob::new(job::kind(app_id), json!({ "generation_id": generation, "output_id": output }))
        .for_user(user)
        .group(generation.0)
        .unique_key(format!("output:{output}:{round}"))
}

/// Runs the failed outputs again, with a hold of their own.
pub async fn retry_failed(
    context: &AppContext,
    user: UserId,
    id: GenerationId,
) -> Result<Generation, ApiError> {
    let context = context.clone();
    tokio::spawn(async move {
        let tx = context.db.write_tx().await?;
        let row = find_locked(&tx, user, id).await?;
        if !row.state.is_terminal() || row.failed == 0 {
            return Err(ApiError::new(
                409,
                "generation.nothing_to_retry",
                "Only a finished run with failed outputs can be retried.",
            ));
        }
        let failed: Vec<_> = store::list_outputs(&tx, id)
            .await?
            .into_iter()
            .filter(|output| output.state == OutputState::Failed)
            .collect();
        let credits: i64 = tx
            .scalar(
                "SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM outputs WHERE generation_id = $1 AND state = 'failed'",
                params![id],
            )
            .await?
            .unwrap_or_default();
        let round: HoldId = context.ambient.id();
        let hold = context
            .ledger
            .hold(&tx, user, credits, &row.project_name, Some(id.0), &format!("generation:{id}:retry:{round}"))
            .await?;
        tx.execute(
            "UPDATE outputs SET state = 'queued', progress = 0.0, hold_id = $1, error_code = NULL, error_message = NULL,
                finished_at = NULL WHERE generation_id = $2 AND state = 'failed'",
            params![hold, id],
        )
        .await?;
        tx.execute(
            "UPDATE generations SET state = 'queued', hold_id = $1, credits_held = $2, failed = 0, finished_at = NULL,
                error_code = NULL, error_message = NULL WHERE id = $3",
            params![hold, credits, id],
        )
        .await?;
        let jobs = failed
            .iter()
            .map(|output| new_job(&row.app, user, id, output.id, hold))
            .collect();
        context.jobs.enqueue_many(&tx, jobs).await?;
        finish(&context, tx, user, id).await
    })
    .await
    .map_err(|error| ApiError::internal(&error))?
}

/// Stops what runs, drops what waits, pays for what is finished and returns the rest.
pub async fn cancel(context: &AppContext, user: UserId, id: GenerationId) -> Result<Generation, ApiError> {
    let context = context.clone();
    tokio::spawn(async move {
        let tx = context.db.write_tx().await?;
        if store::find_owned(&tx, user, id).await?.is_none() {
            return Err(ApiError::not_found("generation"));
        }
        // Jobs before the run, as a job that ends locks them: the other order is a deadlock.
        context.jobs.lock_group(&tx, id.0).await?;
        let row = find_locked(&tx, user, id).await?;
        if row.state.is_terminal() {
            return Err(ApiError::new(
                409,
                "generation.already_finished",
                "This run has already finished; there is nothing left to cancel.",
            ));
        }
        // All at once and before the jobs: each job's own end then finds nothing left to do, and the
        // money of running outputs comes back now, not when ffmpeg is gone.
        let changed = tx
            .execute(
                "UPDATE outputs SET state = 'cancelled', progress = 0.0, finished_at = $1
                 WHERE generation_id = $2 AND state IN ('queued', 'running')",
                params![context.ambient.now(), id],
            )
            .await?;
        tx.execute(
            "UPDATE generations SET cancelled = cancelled + $1 WHERE id = $2",
            params![changed as i64, id],
        )
        .await?;
        settle::settle_if_finished(&context, &tx, user, id).await?;
        let jobs = context.jobs.cancel_group(&tx, id.0).await?;
        let generation = finish(&context, tx, user, id).await?;
        context.jobs.announce_cancelled(&jobs).await;
        Ok(generation)
    })
    .await
    .map_err(|error| ApiError::internal(&error))?
}

/// Serialises changes of one run: the row is locked by a write that changes nothing. One in the trash
/// is not found: work for it would be paid for and removed with the trash.
async fn find_locked(tx: &Tx, user: UserId, id: GenerationId) -> Result<GenerationRow, ApiError> {
    let sql = "UPDATE generations SET total = total WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL";
    if tx.execute(sql, params![id, user]).await? == 0 {
        return Err(ApiError::not_found("generation"));
    }
    store::find_owned(tx, user, id).await?.ok_or_else(|| ApiError::not_found("generation"))
}

async fn finish(
    context: &AppContext,
    tx: Tx,
    user: UserId,
    id: GenerationId,
) -> Result<Generation, ApiError> {
    let row = store::find_owned(&tx, user, id).await?.ok_or_else(|| ApiError::not_found("generation"))?;
    let outputs = store::list_outputs(&tx, id).await?.iter().map(store::OutputRow::view).collect();
    let posters = store::list_posters(&tx, id).await?;
    let generation = row.view(Some(outputs), posters, context.ambient.now());
    settle::publish_state(context, &tx, user, &generation).await?;
    tx.commit().await?;
    context.jobs.wake().await;
    context.events.wake(user).await;
    Ok(generation)
}

/// The states a run ends in, from its counts.
pub(super) fn final_state(done: i64, failed: i64, cancelled: i64) -> GenerationState {
    match (done, failed, cancelled) {
        (0, 0, _) => GenerationState::Cancelled,
        (_, 0, 0) => GenerationState::Completed,
        (0, _, _) => GenerationState::Failed,
        _ => GenerationState::PartiallyCompleted,
    }
}
