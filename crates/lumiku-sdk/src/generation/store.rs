//! SQL for runs and outputs. Every read is scoped to its owner.

use std::fmt::Write;

use lumiku_core::db::FromQueryResult;
use lumiku_core::{
    DateTime, DbError, GenerationId, HoldId, OutputId, Page, PageRequest, ProjectId, Query, Tx, UserId, Utc,
    params,
};
use lumiku_storage::ObjectKey;
use serde_json::Value;

use super::model::{
    Credits, Generation, GenerationState, Output, OutputError, OutputState, Progress, Review,
};

/// A generation's row.
#[derive(Clone, Debug, FromQueryResult)]
pub struct GenerationRow {
    pub id: GenerationId,
    pub user_id: UserId,
    pub app: String,
    pub project_id: ProjectId,
    pub project_name: String,
    pub state: GenerationState,
    pub seed: i64,
    pub settings: Value,
    pub hold_id: HoldId,
    pub credits_held: i64,
    pub credits_captured: i64,
    pub credits_released: i64,
    pub total: i64,
    pub done: i64,
    pub failed: i64,
    pub cancelled: i64,
    pub running_part: f64,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

const GENERATION: &str =
    "SELECT g.id, g.user_id, g.app, g.project_id, p.name AS project_name, g.state, g.seed, g.settings,
    g.hold_id, g.credits_held, g.credits_captured, g.credits_released, g.total, g.done, g.failed, g.cancelled,
    (SELECT CAST(COALESCE(SUM(o.progress), 0) AS DOUBLE PRECISION) FROM outputs o
      WHERE o.generation_id = g.id AND o.state = 'running') AS running_part,
    g.error_code, g.error_message, g.created_at, g.started_at, g.finished_at
    FROM generations g JOIN projects p ON p.id = g.project_id";

impl GenerationRow {
    pub fn progress(&self, now: DateTime<Utc>) -> Progress {
        let settled = (self.done + self.failed + self.cancelled) as f64;
        let total = self.total.max(1) as f64;
        let fraction =
            if self.state.is_terminal() { 1.0 } else { ((settled + self.running_part) / total).min(1.0) };
        let eta_ms = match (self.state, self.started_at) {
            (GenerationState::Running, Some(started)) if fraction > 0.02 => {
                let elapsed = (now - started).num_milliseconds().max(0) as f64;
                Some((elapsed / fraction * (1.0 - fraction)) as i64)
            }
            _ => None,
        };
        Progress { done: self.done, failed: self.failed, total: self.total, fraction, eta_ms }
    }

    pub fn credits(&self) -> Credits {
        Credits { held: self.credits_held, captured: self.credits_captured, released: self.credits_released }
    }

    pub fn view(
        self,
        outputs: Option<Vec<Output>>,
        poster_urls: Vec<String>,
        now: DateTime<Utc>,
    ) -> Generation {
        Generation {
            progress: self.progress(now),
            credits: self.credits(),
            id: self.id,
            app: self.app,
            project_id: self.project_id,
            project_name: self.project_name,
            state: self.state,
            count: self.total,
            seed: self.seed,
            settings: self.settings,
            outputs,
            poster_urls,
            error: self
                .error_code
                .map(|code| OutputError { code, message: self.error_message.unwrap_or_default() }),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        }
    }
}

/// An output's row.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OutputRow {
    pub id: OutputId,
    pub generation_id: GenerationId,
    pub user_id: UserId,
    pub position: i64,
    pub name: String,
    pub state: OutputState,
    pub progress: f64,
    pub recipe: Value,
    pub object_key: Option<ObjectKey>,
    pub thumbnail_key: Option<ObjectKey>,
    pub content_type: Option<String>,
    pub size_bytes: Option<i64>,
    pub crc32: Option<i64>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub duration_ms: Option<i64>,
    pub frame_count: Option<i64>,
    pub frame_rate: Option<String>,
    pub review: Review,
    pub stars: i64,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub finished_at: Option<DateTime<Utc>>,
}

const OUTPUT: &str = "SELECT o.id, o.generation_id, o.user_id, o.position, o.name, o.state, o.progress, o.recipe, o.object_key,
    o.thumbnail_key, o.content_type, o.size_bytes, o.crc32, o.width, o.height, o.duration_ms, o.frame_count,
    o.frame_rate, o.review, o.stars, o.error_code, o.error_message, o.finished_at FROM outputs o";

impl OutputRow {
    pub fn view(&self) -> Output {
        let link = |part: &str| format!("/api/v1/outputs/{}/{part}", self.id);
        Output {
            id: self.id,
            index: self.position,
            name: self.name.clone(),
            state: self.state,
            progress: self.progress,
            review: self.review,
            stars: self.stars,
            url: self.object_key.as_ref().map(|_| link("content")),
            thumbnail_url: self.thumbnail_key.as_ref().map(|_| link("thumbnail")),
            width: self.width,
            height: self.height,
            duration_ms: self.duration_ms,
            size_bytes: self.size_bytes,
            frame_count: self.frame_count,
            frame_rate: self.frame_rate.clone(),
            recipe: self.recipe.clone(),
            error: self
                .error_code
                .clone()
                .map(|code| OutputError { code, message: self.error_message.clone().unwrap_or_default() }),
        }
    }
}

/// Narrows the list of runs.
#[derive(Clone, Debug, Default)]
pub struct GenerationFilter {
    pub app: Option<String>,
    pub project_id: Option<ProjectId>,
    pub state: Option<GenerationState>,
}

/// A run the user owns; one in the trash is found too.
pub async fn find_owned(
    q: &impl Query,
    user: UserId,
    id: GenerationId,
) -> Result<Option<GenerationRow>, DbError> {
    q.one(&format!("{GENERATION} WHERE g.id = $1 AND g.user_id = $2"), params![id, user]).await
}

/// A user's runs, newest first.
pub async fn list_owned(
    q: &impl Query,
    user: UserId,
    filter: &GenerationFilter,
    page: PageRequest,
) -> Result<Page<GenerationRow>, DbError> {
    let limit = page.limit();
    let mut sql = format!("{GENERATION} WHERE g.user_id = $1 AND g.id < $2 AND g.deleted_at IS NULL");
    let mut values = params![user, page.before()];
    let mut narrow = |column: &str, value: Option<sea_orm::Value>| {
        if let Some(value) = value {
            values.push(value);
            let _ = write!(sql, " AND g.{column} = ${}", values.len());
        }
    };
    narrow("app", filter.app.clone().map(Into::into));
    narrow("project_id", filter.project_id.map(Into::into));
    narrow("state", filter.state.map(|state| state.as_str().into()));
    values.push(i64::from(limit + 1).into());
    let _ = write!(sql, " ORDER BY g.id DESC LIMIT ${}", values.len());
    Ok(Page::from_rows(q.all(&sql, values).await?, limit, |row: &GenerationRow| row.id.0))
}

/// Runs of this user that are not finished, newest first.
pub async fn list_live(q: &impl Query, user: UserId) -> Result<Vec<GenerationRow>, DbError> {
    let sql = format!(
        "{GENERATION} WHERE g.user_id = $1 AND g.state IN ('queued', 'running') AND g.deleted_at IS NULL
         ORDER BY g.id DESC LIMIT 50"
    );
    q.all(&sql, params![user]).await
}

/// Bytes that the unfinished outputs of a user's running work may still take.
pub async fn room_of_live_runs(q: &impl Query, user: UserId) -> Result<i64, DbError> {
    let sql = "SELECT CAST(COALESCE(SUM(size_bytes_estimated / total * (total - done - failed - cancelled)), 0) AS BIGINT)
        FROM generations WHERE user_id = $1 AND state IN ('queued', 'running') AND total > 0";
    Ok(q.scalar(sql, params![user]).await?.unwrap_or_default())
}

/// The outputs of a run in posting order. The caller has found the run for this user.
pub async fn list_outputs(q: &impl Query, id: GenerationId) -> Result<Vec<OutputRow>, DbError> {
    q.all(&format!("{OUTPUT} WHERE o.generation_id = $1 ORDER BY o.position"), params![id]).await
}

/// Outputs under way, for live progress.
pub async fn list_running_outputs(q: &impl Query, user: UserId) -> Result<Vec<OutputRow>, DbError> {
    let sql = format!("{OUTPUT} WHERE o.user_id = $1 AND o.state = 'running' ORDER BY o.id LIMIT 200");
    q.all(&sql, params![user]).await
}

/// An output the user owns and whose run is not in the trash.
pub async fn find_output_owned(
    q: &impl Query,
    user: UserId,
    id: OutputId,
) -> Result<Option<OutputRow>, DbError> {
    let sql = format!(
        "{OUTPUT} JOIN generations g ON g.id = o.generation_id
         WHERE o.id = $1 AND o.user_id = $2 AND g.deleted_at IS NULL"
    );
    q.one(&sql, params![id, user]).await
}

/// An output with its app and project, for the dashboard.
#[derive(Clone, Debug, FromQueryResult)]
pub struct RecentOutput {
    pub id: OutputId,
    pub app: String,
    pub project_id: ProjectId,
}

/// The newest finished outputs.
pub async fn list_recent_outputs(
    q: &impl Query,
    user: UserId,
    limit: i64,
) -> Result<Vec<(OutputRow, RecentOutput)>, DbError> {
    let from = "JOIN generations g ON g.id = o.generation_id
        WHERE o.user_id = $1 AND o.state = 'completed' AND g.deleted_at IS NULL
        ORDER BY o.finished_at DESC, o.id DESC LIMIT $2";
    let rows: Vec<OutputRow> = q.all(&format!("{OUTPUT} {from}"), params![user, limit]).await?;
    let places: Vec<RecentOutput> = q
        .all(&format!("SELECT o.id, g.app, g.project_id FROM outputs o {from}"), params![user, limit])
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| places.iter().find(|place| place.id == row.id).cloned().map(|place| (row, place)))
        .collect())
}

/// Still pictures of the first finished outputs of a run, at most four.
pub async fn list_posters(q: &impl Query, id: GenerationId) -> Result<Vec<String>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: OutputId,
    }
    let rows: Vec<Row> = q
        .all(
            "SELECT id FROM outputs WHERE generation_id = $1 AND thumbnail_key IS NOT NULL ORDER BY position LIMIT 4",
            params![id],
        )
        .await?;
    Ok(rows.into_iter().map(|row| format!("/api/v1/outputs/{}/thumbnail", row.id)).collect())
}

/// What this month came to: finished outputs and the credits paid for them.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct MonthTotals {
    pub works: i64,
    pub spent: i64,
}

pub async fn month_totals(
    q: &impl Query,
    user: UserId,
    since: DateTime<Utc>,
) -> Result<MonthTotals, DbError> {
    let totals = q
        .one(
            "SELECT COUNT(*) AS works, CAST(COALESCE(SUM(credits), 0) AS BIGINT) AS spent FROM outputs
             WHERE user_id = $1 AND state = 'completed' AND finished_at >= $2",
            params![user, since],
        )
        .await?;
    Ok(totals.unwrap_or(MonthTotals { works: 0, spent: 0 }))
}

/// Writes what a person thinks of an output.
pub async fn update_review(
    tx: &Tx,
    user: UserId,
    id: OutputId,
    review: Review,
    stars: i64,
) -> Result<bool, DbError> {
    let changed = tx
        .execute(
            "UPDATE outputs SET review = $1, stars = $2 WHERE id = $3 AND user_id = $4",
            params![review.as_str(), stars, id, user],
        )
        .await?;
    Ok(changed > 0)
}

/// Puts a finished run into the trash (`Some`) or takes it out (`None`).
pub async fn set_deleted(
    tx: &Tx,
    user: UserId,
    id: GenerationId,
    deleted_at: Option<DateTime<Utc>>,
) -> Result<bool, DbError> {
    let changed = tx
        .execute(
            "UPDATE generations SET deleted_at = $1
             WHERE id = $2 AND user_id = $3 AND state NOT IN ('queued', 'running', 'paused')",
            params![deleted_at, id, user],
        )
        .await?;
    Ok(changed > 0)
}
