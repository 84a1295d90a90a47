//! The end of a run: when its last output is there, the finished ones are paid for and the rest
//! of the hold goes back, in the transaction that ended that output.

use lumiku_core::db::FromQueryResult;
use lumiku_core::{GenerationId, HoldId, Query, Tx, UserId, params};
use serde_json::json;

use super::model::{Generation, GenerationState};
use super::start::final_state;
use crate::context::AppContext;
use crate::error::ApiError;

#[derive(FromQueryResult)]
struct Counts {
    total: i64,
    done: i64,
    failed: i64,
    cancelled: i64,
    hold_id: HoldId,
    state: GenerationState,
}

/// Settles the hold once every output has ended. The caller's transaction has the run's row locked
/// by an UPDATE, so of two outputs that end at once the second sees the first.
pub(super) async fn settle_if_finished(
    context: &AppContext,
    tx: &Tx,
    user: UserId,
    id: GenerationId,
) -> Result<Option<GenerationState>, ApiError> {
    let counts: Option<Counts> = tx
        .one(
            "SELECT total, done, failed, cancelled, hold_id, state FROM generations WHERE id = $1",
            params![id],
        )
        .await?;
    let Some(counts) = counts else { return Ok(None) };
    if counts.done + counts.failed + counts.cancelled < counts.total || counts.state.is_terminal() {
        return Ok(None);
    }
    let earned: i64 = tx
        .scalar(
            "SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM outputs
             WHERE generation_id = $1 AND hold_id = $2 AND state = 'completed'",
            params![id, counts.hold_id],
        )
        .await?
        .unwrap_or_default();
    let settled = context.ledger.capture(tx, counts.hold_id, earned).await?;
    let state = final_state(counts.done, counts.failed, counts.cancelled);
    tx.execute(
        "UPDATE generations SET state = $1, finished_at = $2, credits_held = 0,
            credits_captured = credits_captured + $3, credits_released = credits_released + $4 WHERE id = $5",
        params![state.as_str(), context.ambient.now(), settled.captured, settled.released, id],
    )
    .await?;
    tracing::info!(
        generation.id = %id, user.id = %user, state = %state, outputs.done = counts.done, outputs.failed = counts.failed,
        credits.captured = settled.captured, credits.released = settled.released, "a run has ended"
    );
    Ok(Some(state))
}

/// Stores the events that tell open pages of a run's state and of the balance.
pub(super) async fn publish_state(
    context: &AppContext,
    tx: &Tx,
    user: UserId,
    generation: &Generation,
) -> Result<(), ApiError> {
    let data = json!({
        "generation_id": generation.id,
        "project_id": generation.project_id,
        "state": generation.state,
        "progress": generation.progress,
        "credits": generation.credits,
    });
    context.events.publish(tx, user, "generation.state", data).await?;
    let balance = context.ledger.balance(tx, user).await?;
    let data = json!({ "balance": balance.balance, "held": balance.held, "available": balance.available });
    context.events.publish(tx, user, "credits.changed", data).await?;
    Ok(())
}
