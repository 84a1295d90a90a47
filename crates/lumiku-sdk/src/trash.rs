//! Removing for good what lies in the trash: runs with their outputs, and projects with everything
//! in them. Files go when the last row that refers to them is gone.

use chrono::TimeDelta;
use lumiku_core::db::FromQueryResult;
use lumiku_core::{DateTime, GenerationId, ProjectId, Query, UserId, Utc, params};
use lumiku_storage::{Holder, release_all};

use crate::context::AppContext;
use crate::error::ApiError;
use crate::generation::store;

/// How long what was deleted can be brought back.
pub const KEPT_DAYS: i64 = 30;

/// Rows removed by one round, so that none holds the database for long.
const AT_ONCE: i64 = 50;

#[derive(FromQueryResult)]
struct DeletedRun {
    id: GenerationId,
}

#[derive(FromQueryResult)]
struct DeletedProject {
    id: ProjectId,
    user_id: UserId,
}

/// Removes runs and projects that were deleted before `before`; of one user, or of all.
pub async fn purge(
    context: &AppContext,
    user: Option<UserId>,
    before: DateTime<Utc>,
) -> Result<u64, ApiError> {
    let mut purged = 0;
    loop {
        let sql = "SELECT g.id FROM generations g JOIN projects p ON p.id = g.project_id
            WHERE (g.deleted_at < $1 OR p.deleted_at < $1) AND (g.user_id = $2 OR $3)
              AND g.state NOT IN ('queued', 'running', 'paused') ORDER BY g.id LIMIT $4";
        let values = params![before, user, user.is_none(), AT_ONCE];
        let runs: Vec<DeletedRun> = context.db.all(sql, values).await?;
        for run in &runs {
            purge_generation(context, run.id, before).await?;
        }
        purged += runs.len() as u64;
        if (runs.len() as i64) < AT_ONCE {
            break;
        }
    }
    // A sample that is being made lies in the trash from its first moment; it has an hour to leave it.
    let sql = "SELECT p.id, p.user_id FROM projects p WHERE p.deleted_at < $1 AND (p.user_id = $2 OR $3)
        AND (p.deleted_at <> p.created_at OR p.created_at < $4) AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.project_id = p.id) ORDER BY p.id LIMIT 1000";
    let in_the_making = context.ambient.now() - TimeDelta::hours(1);
    let values = params![before, user, user.is_none(), in_the_making];
    let projects: Vec<DeletedProject> = context.db.all(sql, values).await?;
    for project in projects {
        context.storage.purge_project(project.user_id, project.id).await?;
        let sql = "DELETE FROM projects WHERE id = $1 AND deleted_at < $2";
        purged += context.db.execute(sql, params![project.id, before]).await?;
    }
    context.storage.collect_garbage().await?;
    Ok(purged)
}

/// Removes everything in a user's trash now.
pub async fn empty(context: &AppContext, user: UserId) -> Result<(), ApiError> {
    if !store::list_live(&context.db, user).await?.is_empty() {
        return Err(ApiError::new(
            409,
            "storage.work_is_running",
            "Running work may still need files that lie in the trash. Wait until it is finished, or cancel it.",
        ));
    }
    purge(context, Some(user), context.ambient.now()).await?;
    context.storage.empty_trash(user).await?;
    Ok(())
}

async fn purge_generation(
    context: &AppContext,
    id: GenerationId,
    before: DateTime<Utc>,
) -> Result<(), ApiError> {
    let tx = context.db.write_tx().await?;
    // Locked and looked at again: it may have been restored, and even run again, since it was listed. Its
    // open hold would never end.
    let sql =
        "UPDATE generations SET total = total WHERE id = $1 AND state NOT IN ('queued', 'running', 'paused')
        AND (deleted_at < $2 OR project_id IN (SELECT id FROM projects WHERE deleted_at < $2))";
    if tx.execute(sql, params![id, before]).await? == 0 {
        return Ok(());
    }
    for output in store::list_outputs(&tx, id).await? {
        release_all(&tx, Holder::output(output.id)).await?;
    }
    tx.execute("DELETE FROM outputs WHERE generation_id = $1", params![id]).await?;
    tx.execute("DELETE FROM generations WHERE id = $1", params![id]).await?;
    tx.commit().await?;
    Ok(())
}
