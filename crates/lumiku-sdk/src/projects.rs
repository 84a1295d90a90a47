//! Projects: what people keep their material and settings in, the same for every app.

use lumiku_core::db::FromQueryResult;
use lumiku_core::{
    AssetId, DateTime, DbError, OutputId, Page, PageRequest, ProjectId, Query, Tx, UserId, Utc, params,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A user's project in one app.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Project {
    pub id: ProjectId,
    #[serde(skip)]
    pub user_id: UserId,
    pub app: String,
    pub name: String,
    pub description: String,
    #[schema(value_type = Object)]
    pub settings: Value,
    /// Made by us to try things on.
    pub sample: bool,
    pub archived: bool,
    pub asset_count: i64,
    pub generation_count: i64,
    /// Where its newest finished output's still picture is; its first clip's before any run.
    pub poster_url: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Set while the project lies in the trash.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl FromQueryResult for Project {
    fn from_query_result(row: &sea_orm::QueryResult, pre: &str) -> Result<Self, sea_orm::DbErr> {
        let output: Option<OutputId> = row.try_get(pre, "poster_output_id")?;
        let asset: Option<AssetId> = row.try_get(pre, "poster_asset_id")?;
        Ok(Self {
            id: row.try_get(pre, "id")?,
            user_id: row.try_get(pre, "user_id")?,
            app: row.try_get(pre, "app")?,
            name: row.try_get(pre, "name")?,
            description: row.try_get(pre, "description")?,
            settings: row.try_get(pre, "settings")?,
            sample: row.try_get(pre, "sample")?,
            archived: row.try_get(pre, "archived")?,
            asset_count: row.try_get(pre, "asset_count")?,
            generation_count: row.try_get(pre, "generation_count")?,
            poster_url: output
                .map(|id| format!("/api/v1/outputs/{id}/thumbnail"))
                .or_else(|| asset.map(|id| format!("/api/v1/assets/{id}/thumbnail"))),
            created_at: row.try_get(pre, "created_at")?,
            updated_at: row.try_get(pre, "updated_at")?,
            deleted_at: row.try_get(pre, "deleted_at")?,
        })
    }
}

const COLUMNS: &str = "p.id, p.user_id, p.app, p.name, p.description, p.settings, p.sample, p.archived,
    p.created_at, p.updated_at, p.deleted_at,
    (SELECT COUNT(*) FROM assets a WHERE a.project_id = p.id AND a.deleted_at IS NULL) AS asset_count,
    (SELECT COUNT(*) FROM generations g WHERE g.project_id = p.id AND g.deleted_at IS NULL) AS generation_count,
    (SELECT o.id FROM outputs o JOIN generations g ON g.id = o.generation_id
      WHERE g.project_id = p.id AND o.state = 'completed' ORDER BY o.id DESC LIMIT 1) AS poster_output_id,
    (SELECT a.id FROM assets a WHERE a.project_id = p.id AND a.deleted_at IS NULL AND a.thumbnail_key IS NOT NULL
      ORDER BY a.position, a.id LIMIT 1) AS poster_asset_id";

/// What a new project is made of.
#[derive(Clone, Debug)]
pub struct NewProject {
    pub id: ProjectId,
    pub user_id: UserId,
    pub app: String,
    pub name: String,
    pub description: String,
    pub settings: Value,
    pub sample: bool,
    pub now: DateTime<Utc>,
}

pub async fn insert(tx: &Tx, new: &NewProject) -> Result<(), DbError> {
    insert_row(tx, new, None).await
}

/// Like [`insert`], into the trash: for what takes several steps to make and must not be seen before.
pub async fn insert_deleted(tx: &Tx, new: &NewProject) -> Result<(), DbError> {
    insert_row(tx, new, Some(new.now)).await
}

async fn insert_row(tx: &Tx, new: &NewProject, deleted_at: Option<DateTime<Utc>>) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO projects (id, user_id, app, name, description, settings, sample, archived, created_at, updated_at,
            deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
        params![
            new.id,
            new.user_id,
            new.app.clone(),
            new.name.clone(),
            new.description.clone(),
            new.settings.clone(),
            new.sample,
            false,
            new.now,
            deleted_at
        ],
    )
    .await?;
    Ok(())
}

/// A project in the trash is found too: it can be restored.
pub async fn find_owned(
    q: &impl Query,
    user: UserId,
    app: &str,
    id: ProjectId,
) -> Result<Option<Project>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM projects p WHERE p.id = $1 AND p.user_id = $2 AND p.app = $3");
    q.one(&sql, params![id, user, app]).await
}

pub async fn find_sample(q: &impl Query, user: UserId, app: &str) -> Result<Option<Project>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM projects p WHERE p.user_id = $1 AND p.app = $2 AND p.sample AND p.deleted_at IS NULL"
    );
    q.one(&sql, params![user, app]).await
}

/// A user's projects of one app, or of all, newest first.
pub async fn list_owned(
    q: &impl Query,
    user: UserId,
    app: Option<&str>,
    page: PageRequest,
) -> Result<Page<Project>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM projects p
         WHERE p.user_id = $1 AND p.id < $2 AND p.deleted_at IS NULL AND ($3 = '' OR p.app = $3)
         ORDER BY p.id DESC LIMIT $4"
    );
    let limit = page.limit();
    let rows: Vec<Project> =
        q.all(&sql, params![user, page.before(), app.unwrap_or_default(), i64::from(limit) + 1]).await?;
    Ok(Page::from_rows(rows, limit, |project| project.id.0))
}

/// The projects somebody worked on last.
pub async fn list_recent(q: &impl Query, user: UserId, limit: i64) -> Result<Vec<Project>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM projects p WHERE p.user_id = $1 AND p.deleted_at IS NULL
         ORDER BY p.updated_at DESC, p.id DESC LIMIT $2"
    );
    q.all(&sql, params![user, limit]).await
}

/// Writes the fields people change. The caller has found the project for this user.
pub async fn update(tx: &Tx, project: &Project, now: DateTime<Utc>) -> Result<(), DbError> {
    tx.execute(
        "UPDATE projects SET name = $1, description = $2, settings = $3, archived = $4, updated_at = $5 WHERE id = $6",
        params![
            project.name.clone(),
            project.description.clone(),
            project.settings.clone(),
            project.archived,
            now,
            project.id
        ],
    )
    .await?;
    Ok(())
}

/// Marks the project as worked on just now.
pub async fn touch(tx: &Tx, id: ProjectId, now: DateTime<Utc>) -> Result<(), DbError> {
    tx.execute("UPDATE projects SET updated_at = $1 WHERE id = $2", params![now, id]).await?;
    Ok(())
}

/// Removes the row for good; the app's own rows and the assets are gone before it.
pub async fn delete(tx: &Tx, user: UserId, app: &str, id: ProjectId) -> Result<bool, DbError> {
    let sql = "DELETE FROM projects WHERE id = $1 AND user_id = $2 AND app = $3";
    Ok(tx.execute(sql, params![id, user, app]).await? > 0)
}

/// Puts the project into the trash (`Some`) or takes it out (`None`).
pub async fn set_deleted(
    tx: &Tx,
    user: UserId,
    app: &str,
    id: ProjectId,
    deleted_at: Option<DateTime<Utc>>,
) -> Result<bool, DbError> {
    let changed = tx
        .execute(
            "UPDATE projects SET deleted_at = $1 WHERE id = $2 AND user_id = $3 AND app = $4",
            params![deleted_at, id, user, app],
        )
        .await?;
    Ok(changed > 0)
}
