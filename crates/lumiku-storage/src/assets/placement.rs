//! Where an asset stands in its project: what the screens change by dragging and renaming.

use lumiku_core::{AssetId, GroupId, ProjectId, Tx, UserId, params};

use super::Asset;
use crate::{StorageError, clean_name};

/// Changes to one asset; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    pub name: Option<String>,
    /// `Some(None)` takes it out of its group.
    pub group_id: Option<Option<GroupId>>,
    pub position: Option<i64>,
}

/// The place of one asset in a whole new order.
#[derive(Clone, Copy, Debug)]
pub struct Arranged {
    pub id: AssetId,
    pub group_id: Option<GroupId>,
    pub position: i64,
}

impl Asset {
    /// Changes name, group or position. That the group is one of the asset's project is the caller's to
    /// check, in the same transaction.
    pub async fn update_placement(
        tx: &Tx,
        id: AssetId,
        user: UserId,
        change: Placement,
    ) -> Result<Self, StorageError> {
        let found = Self::find_owned(tx, id, user).await?;
        let mut asset = found.ok_or(StorageError::NotFound("asset"))?;
        asset.name = change.name.map_or(asset.name, |name| clean_name(&name));
        asset.group_id = change.group_id.unwrap_or(asset.group_id);
        asset.position = change.position.unwrap_or(asset.position);
        let sql = "UPDATE assets SET name = $1, group_id = $2, position = $3 \
                   WHERE id = $4 AND user_id = $5 AND deleted_at IS NULL";
        let values = params![asset.name.clone(), asset.group_id, asset.position, id, user];
        match tx.execute(sql, values).await? {
            0 => Err(StorageError::NotFound("asset")),
            _ => Ok(asset),
        }
    }

    /// Sets groups and positions of a project at once. An asset that is not the project's, not the user's
    /// or in the trash fails the whole arrangement; one that is not mentioned stays where it is.
    pub async fn arrange(
        tx: &Tx,
        user: UserId,
        project: ProjectId,
        order: &[Arranged],
    ) -> Result<(), StorageError> {
        // In order of id, so that two arrangements of one project cannot wait for each other.
        let mut order = order.to_vec();
        order.sort_unstable_by_key(|place| place.id);
        for Arranged { id, group_id, position } in order {
            let sql = "UPDATE assets SET group_id = $1, position = $2 \
                       WHERE id = $3 AND user_id = $4 AND project_id = $5 AND deleted_at IS NULL";
            if tx.execute(sql, params![group_id, position, id, user, project]).await? == 0 {
                return Err(StorageError::NotFound("asset"));
            }
        }
        Ok(())
    }

    /// Takes every asset out of a group that is about to be deleted, also those in the trash.
    pub async fn ungroup(
        tx: &Tx,
        user: UserId,
        project: ProjectId,
        group: GroupId,
    ) -> Result<u64, StorageError> {
        let sql = "UPDATE assets SET group_id = NULL \
                   WHERE user_id = $1 AND project_id = $2 AND group_id = $3";
        Ok(tx.execute(sql, params![user, project, group]).await?)
    }
}
