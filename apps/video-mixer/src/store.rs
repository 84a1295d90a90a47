//! SQL for the mixer's groups. Clips are assets; an asset carries its group and position itself.

use std::collections::HashMap;

use lumiku_core::db::FromQueryResult;
use lumiku_core::{
    Ambient, DateTime, DbError, GroupId, Migration, ProjectId, Query, Tx, UserId, Utc, params,
};
use lumiku_sdk::Project;
use serde::Serialize;
use utoipa::ToSchema;

pub const MIGRATIONS: &[Migration] = &[Migration::new(
    2_026_112_350,
    "video-mixer groups",
    include_str!("../migrations/2026112350_groups.up.sql"),
    include_str!("../migrations/2026112350_groups.down.sql"),
)];

/// A group of clips; the order of groups is the order in the video.
#[derive(Clone, Debug, PartialEq, Serialize, FromQueryResult, ToSchema)]
#[schema(as = MixerGroup)]
pub struct GroupRow {
    pub id: GroupId,
    pub name: String,
    pub position: i64,
    /// Colour of its column, in OKLCH degrees.
    pub hue: i64,
}

/// The groups of a project the user owns.
pub async fn list_groups(q: &impl Query, user: UserId, project: ProjectId) -> Result<Vec<GroupRow>, DbError> {
    q.all(
        "SELECT g.id, g.name, g.position, g.hue FROM video_mixer_groups g JOIN projects p ON p.id = g.project_id
         WHERE g.project_id = $1 AND p.user_id = $2 ORDER BY g.position, g.id",
        params![project, user],
    )
    .await
}

pub async fn insert_group(
    tx: &Tx,
    project: ProjectId,
    group: &GroupRow,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO video_mixer_groups (id, project_id, name, position, hue, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![group.id, project, group.name.clone(), group.position, group.hue, now],
    )
    .await?;
    Ok(())
}

pub async fn update_group(tx: &Tx, project: ProjectId, group: &GroupRow) -> Result<(), DbError> {
    tx.execute(
        "UPDATE video_mixer_groups SET name = $1, position = $2, hue = $3 WHERE id = $4 AND project_id = $5",
        params![group.name.clone(), group.position, group.hue, group.id, project],
    )
    .await?;
    Ok(())
}

pub async fn delete_group(tx: &Tx, project: ProjectId, id: GroupId) -> Result<bool, DbError> {
    let deleted = tx
        .execute("DELETE FROM video_mixer_groups WHERE id = $1 AND project_id = $2", params![id, project])
        .await?;
    Ok(deleted > 0)
}

/// Every group of a project that is itself going.
pub async fn delete_groups(tx: &Tx, project: ProjectId) -> Result<(), DbError> {
    tx.execute("DELETE FROM video_mixer_groups WHERE project_id = $1", params![project]).await?;
    Ok(())
}

/// Copies the groups of a duplicated project; tells which became which.
pub async fn duplicate_groups(
    tx: &Tx,
    ambient: &Ambient,
    from: &Project,
    to: &Project,
) -> Result<HashMap<GroupId, GroupId>, DbError> {
    let mut copies = HashMap::new();
    for group in list_groups(tx, from.user_id, from.id).await? {
        let copy = GroupRow { id: ambient.id(), ..group.clone() };
        insert_group(tx, to.id, &copy, to.created_at).await?;
        copies.insert(group.id, copy.id);
    }
    Ok(copies)
}
