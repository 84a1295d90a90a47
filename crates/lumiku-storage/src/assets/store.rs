//! SQL of assets: finding, listing, inserting and copying, each for one owner.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lumiku_core::db::FromQueryResult;
use lumiku_core::{
    Ambient, AssetId, DbError, GroupId, Page, PageRequest, ProjectId, Query, Tx, UserId, params,
};

use super::{Asset, AssetKind, NewAsset};
use crate::stored::{Holder, reference};
use crate::{ObjectKey, StorageError};

pub(super) const COLUMNS: &str = "id, user_id, project_id, role, kind, name, object_key, content_type, \
    size_bytes, sha256, facts, thumbnail_key, group_id, position, created_at, deleted_at";

#[derive(FromQueryResult)]
pub(super) struct AssetRow {
    id: AssetId,
    user_id: UserId,
    project_id: ProjectId,
    role: String,
    kind: String,
    name: String,
    object_key: ObjectKey,
    content_type: String,
    size_bytes: i64,
    sha256: String,
    facts: serde_json::Value,
    thumbnail_key: Option<ObjectKey>,
    group_id: Option<GroupId>,
    position: i64,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

impl AssetRow {
    pub fn into_asset(self) -> Result<Asset, StorageError> {
        let decode = |what: String| DbError::Decode(format!("asset {}: {what}", self.id));
        let facts = serde_json::from_value(self.facts).map_err(|error| decode(error.to_string()))?;
        let kind = AssetKind::parse(&self.kind).ok_or_else(|| decode(self.kind.clone()))?;
        Ok(Asset {
            id: self.id,
            user_id: self.user_id,
            project_id: self.project_id,
            role: self.role,
            kind,
            name: self.name,
            object_key: self.object_key,
            content_type: self.content_type,
            size_bytes: self.size_bytes,
            sha256: self.sha256,
            facts,
            thumbnail_key: self.thumbnail_key,
            group_id: self.group_id,
            position: self.position,
            created_at: self.created_at,
            deleted_at: self.deleted_at,
        })
    }
}

impl Asset {
    /// The user's asset, unless it lies in the trash.
    pub async fn find_owned(q: &impl Query, id: AssetId, user: UserId) -> Result<Option<Self>, StorageError> {
        let found = Self::find_with_trash(q, id, user).await?;
        Ok(found.filter(|asset| asset.deleted_at.is_none()))
    }

    /// The user's asset, in the trash or not: runs that were started before it was deleted still need it.
    pub async fn find_with_trash(
        q: &impl Query,
        id: AssetId,
        user: UserId,
    ) -> Result<Option<Self>, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM assets WHERE id = $1 AND user_id = $2");
        q.one::<AssetRow>(&sql, params![id, user]).await?.map(AssetRow::into_asset).transpose()
    }

    /// One page of a project's assets in their order, without the trash.
    pub async fn list_by_project(
        q: &impl Query,
        user: UserId,
        project: ProjectId,
        page: PageRequest,
    ) -> Result<Page<Self>, StorageError> {
        let limit = page.limit();
        let after = "AND (position, id) > (SELECT c.position, c.id FROM assets c \
                     WHERE c.id = $4 AND c.user_id = $1)";
        let sql = format!(
            "SELECT {COLUMNS} FROM assets \
             WHERE user_id = $1 AND project_id = $2 AND deleted_at IS NULL {} \
             ORDER BY position, id LIMIT $3",
            if page.cursor.is_some() { after } else { "" }
        );
        let mut values = params![user, project, i64::from(limit) + 1];
        values.extend(page.cursor.map(Into::into));
        let rows = q.all::<AssetRow>(&sql, values).await?;
        let assets = rows.into_iter().map(AssetRow::into_asset).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(assets, limit, |asset| asset.id.0))
    }

    /// All of a project's assets in their order, without the trash, for planning a run.
    pub async fn list_all_by_project(
        q: &impl Query,
        user: UserId,
        project: ProjectId,
    ) -> Result<Vec<Self>, StorageError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM assets WHERE user_id = $1 AND project_id = $2 AND deleted_at IS NULL \
             ORDER BY position, id"
        );
        let rows = q.all::<AssetRow>(&sql, params![user, project]).await?;
        rows.into_iter().map(AssetRow::into_asset).collect()
    }

    /// Writes the asset at the end of its project and refers to its objects.
    pub async fn insert(tx: &Tx, new: NewAsset) -> Result<Self, StorageError> {
        let sql = "SELECT COALESCE(MAX(position), 0) + 1 FROM assets WHERE project_id = $1";
        let position: i64 = tx.scalar(sql, params![new.project_id]).await?.unwrap_or(1);
        let asset = Self {
            id: new.id,
            user_id: new.user_id,
            project_id: new.project_id,
            role: new.role,
            kind: new.facts.kind.into(),
            name: new.name,
            object_key: new.object_key,
            content_type: new.facts.container.content_type().to_owned(),
            size_bytes: new.size_bytes,
            sha256: new.sha256,
            facts: new.facts,
            thumbnail_key: new.thumbnail_key,
            group_id: new.group_id,
            position,
            created_at: new.created_at,
            deleted_at: None,
        };
        asset.write(tx).await?;
        Ok(asset)
    }

    async fn write(&self, tx: &Tx) -> Result<(), StorageError> {
        // In order of key, as everybody does who locks more than one object.
        let mut keys: Vec<ObjectKey> =
            [Some(self.object_key), self.thumbnail_key].into_iter().flatten().collect();
        keys.sort_unstable();
        for key in keys {
            reference(tx, key, Holder::asset(self.id)).await?;
        }
        let facts = serde_json::to_value(&self.facts)
            .map_err(|error| StorageError::Broken(format!("facts do not serialise: {error}")))?;
        let sql = format!(
            "INSERT INTO assets ({COLUMNS}) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
        );
        let values = params![
            self.id,
            self.user_id,
            self.project_id,
            self.role.clone(),
            self.kind.as_str(),
            self.name.clone(),
            self.object_key,
            self.content_type.clone(),
            self.size_bytes,
            self.sha256.clone(),
            facts,
            self.thumbnail_key,
            self.group_id,
            self.position,
            self.created_at,
            self.deleted_at
        ];
        tx.execute(&sql, values).await?;
        Ok(())
    }

    /// Copies the assets of one project to another of the same user: new rows on the same objects, which
    /// then live until both are gone. Groups are translated by `groups`; an asset of a group that is not
    /// named there is ungrouped. Returns the new id of each old one.
    pub async fn copy_to_project(
        tx: &Tx,
        ambient: &Ambient,
        user: UserId,
        (from, to): (ProjectId, ProjectId),
        groups: &HashMap<GroupId, GroupId>,
    ) -> Result<HashMap<AssetId, AssetId>, StorageError> {
        let mut copies = Self::list_all_by_project(tx, user, from).await?;
        copies.sort_unstable_by_key(|asset| asset.object_key);
        let mut ids = HashMap::new();
        for mut copy in copies {
            let id = ambient.id();
            ids.insert(copy.id, id);
            copy.id = id;
            copy.project_id = to;
            copy.group_id = copy.group_id.and_then(|group| groups.get(&group).copied());
            copy.created_at = ambient.now();
            copy.write(tx).await?;
        }
        Ok(ids)
    }
}
