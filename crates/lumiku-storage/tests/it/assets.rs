//! Assets of a project: order, groups, trash and copies, always for one owner.

use std::collections::HashMap;

use chrono::TimeDelta;
use lumiku_core::{AssetId, GroupId, PageRequest, ProjectId};
use lumiku_storage::{Arranged, Asset, AssetView, Placement, StorageError};
use lumiku_testdb::TestDb;

use crate::support::{Studio, noise, some_id};

lumiku_testdb::on_both_engines! { lumiku_storage::MIGRATIONS;
    assets_are_listed_page_by_page_in_their_order,
    an_asset_tells_what_clients_need,
    another_users_asset_does_not_exist,
    name_group_and_position_change_alone_or_together,
    an_arrangement_is_taken_whole_or_not_at_all,
    a_deleted_group_lets_its_assets_go,
    a_deleted_asset_can_be_restored_for_thirty_days,
    a_copied_project_shares_contents_that_live_as_long_as_either,
    a_purged_project_leaves_nothing,
    two_equal_files_are_two_assets,
}

async fn three(studio: &Studio) -> Vec<Asset> {
    let mut assets = Vec::new();
    for name in ["a.mp4", "b.mp4", "c.mp4"] {
        assets.push(studio.upload(name, &noise(100)).await.expect("an asset"));
    }
    assets
}

async fn names(studio: &Studio, project: ProjectId) -> Vec<String> {
    let assets = Asset::list_all_by_project(&studio.db.db, studio.user, project).await.expect("listed");
    assets.into_iter().map(|asset| asset.name).collect()
}

async fn assets_are_listed_page_by_page_in_their_order(db: TestDb) {
    let studio = Studio::new(db);
    three(&studio).await;
    let page = |cursor| {
        let request = PageRequest { cursor, limit: Some(2) };
        Asset::list_by_project(&studio.db.db, studio.user, studio.project, request)
    };

    let first = page(None).await.expect("a page");
    let second = page(first.next_cursor).await.expect("a page");

    let read = |assets: &[Asset]| assets.iter().map(|asset| asset.name.clone()).collect::<Vec<_>>();
    assert_eq!(read(&first.items), ["a.mp4", "b.mp4"]);
    assert_eq!(read(&second.items), ["c.mp4"]);
    assert_eq!(second.next_cursor, None);
}

async fn an_asset_tells_what_clients_need(db: TestDb) {
    let studio = Studio::new(db);
    let asset = studio.upload("a.mp4", &noise(100)).await.expect("an asset");

    let json = serde_json::to_value(AssetView::from(asset.clone())).expect("JSON");

    assert_eq!((json["width"].as_u64(), json["height"].as_u64()), (Some(1080), Some(1920)));
    assert_eq!((&json["frame_rate"], &json["kind"]), (&"30000/1001".into(), &"video".into()));
    assert_eq!(json["url"], format!("/api/v1/assets/{}/content", asset.id));
    assert_eq!(json["thumbnail_url"], format!("/api/v1/assets/{}/thumbnail", asset.id));
    assert!(!json.to_string().contains(&asset.object_key.to_string()), "where it lies is nobody's business");
}

async fn another_users_asset_does_not_exist(db: TestDb) {
    let studio = Studio::new(db);
    let asset = studio.upload("a.mp4", &noise(100)).await.expect("an asset");
    let stranger = some_id();
    let db = &studio.db.db;

    assert_eq!(Asset::find_owned(db, asset.id, stranger).await.expect("no error"), None);
    assert!(Asset::list_all_by_project(db, stranger, studio.project).await.expect("listed").is_empty());
    let tx = db.write_tx().await.expect("a transaction");
    let place = [Arranged { id: asset.id, group_id: None, position: 9 }];
    let results = [
        Asset::update_placement(&tx, asset.id, stranger, Placement::default()).await.map(|_| ()),
        Asset::arrange(&tx, stranger, studio.project, &place).await,
        Asset::arrange(&tx, studio.user, some_id(), &place).await,
    ];
    tx.rollback().await.expect("rolled back");
    let others = [
        studio.storage.delete_asset(asset.id, stranger).await,
        studio.storage.restore_asset(asset.id, stranger).await.map(|_| ()),
    ];

    for result in results.into_iter().chain(others) {
        assert!(matches!(result, Err(StorageError::NotFound("asset"))), "{result:?}");
    }
    assert_eq!(Asset::find_owned(db, asset.id, studio.user).await.expect("found"), Some(asset));
}

async fn name_group_and_position_change_alone_or_together(db: TestDb) {
    let studio = Studio::new(db);
    let asset = studio.upload("a.mp4", &noise(100)).await.expect("an asset");
    let group: GroupId = some_id();
    let change = async |placement| {
        let tx = studio.db.write_tx().await.expect("a transaction");
        let asset = Asset::update_placement(&tx, asset.id, studio.user, placement).await.expect("updated");
        tx.commit().await.expect("committed");
        assert_eq!(
            Asset::find_owned(&studio.db.db, asset.id, studio.user).await.expect("found").as_ref(),
            Some(&asset)
        );
        asset
    };

    let named = change(Placement { name: Some("../new\n name.mp4".into()), ..Placement::default() }).await;
    let grouped =
        change(Placement { group_id: Some(Some(group)), position: Some(7), ..Placement::default() }).await;
    let alone = change(Placement { group_id: Some(None), ..Placement::default() }).await;

    assert_eq!((named.name.as_str(), named.group_id, named.position), ("new name.mp4", None, asset.position));
    assert_eq!((grouped.name.as_str(), grouped.group_id, grouped.position), ("new name.mp4", Some(group), 7));
    assert_eq!((alone.group_id, alone.position), (None, 7));
}

async fn arrange(studio: &Studio, order: &[(AssetId, Option<GroupId>, i64)]) -> Result<(), StorageError> {
    let places = order.iter().map(|&(id, group_id, position)| Arranged { id, group_id, position });
    let tx = studio.db.write_tx().await.expect("a transaction");
    Asset::arrange(&tx, studio.user, studio.project, &places.collect::<Vec<_>>()).await?;
    tx.commit().await.expect("committed");
    Ok(())
}

async fn an_arrangement_is_taken_whole_or_not_at_all(db: TestDb) {
    let studio = Studio::new(db);
    let [a, b, c] = three(&studio).await.try_into().expect("three assets");
    let group = Some(some_id());

    arrange(&studio, &[(c.id, group, 1), (a.id, group, 2), (b.id, None, 3)]).await.expect("arranged");
    assert_eq!(names(&studio, studio.project).await, ["c.mp4", "a.mp4", "b.mp4"]);

    studio.storage.delete_asset(b.id, studio.user).await.expect("deleted");
    let refused = arrange(&studio, &[(a.id, None, 1), (b.id, None, 2), (c.id, None, 3)]).await;
    assert!(matches!(refused, Err(StorageError::NotFound("asset"))), "{refused:?}");
    assert_eq!(names(&studio, studio.project).await, ["c.mp4", "a.mp4"]);
}

async fn a_deleted_group_lets_its_assets_go(db: TestDb) {
    let studio = Studio::new(db);
    let [a, b, c] = three(&studio).await.try_into().expect("three assets");
    let (going, staying): (GroupId, GroupId) = (some_id(), some_id());
    arrange(&studio, &[(a.id, Some(going), 1), (b.id, Some(staying), 2), (c.id, Some(going), 3)])
        .await
        .expect("arranged");

    let tx = studio.db.write_tx().await.expect("a transaction");
    let count = Asset::ungroup(&tx, studio.user, studio.project, going).await.expect("ungrouped");
    tx.commit().await.expect("committed");

    assert_eq!(count, 2);
    let assets =
        Asset::list_all_by_project(&studio.db.db, studio.user, studio.project).await.expect("listed");
    assert_eq!(assets.iter().map(|asset| asset.group_id).collect::<Vec<_>>(), [None, Some(staying), None]);
}

async fn a_deleted_asset_can_be_restored_for_thirty_days(db: TestDb) {
    let studio = Studio::new(db);
    let asset = studio.upload("a.mp4", &noise(100)).await.expect("an asset");
    let find = async || Asset::find_owned(&studio.db.db, asset.id, studio.user).await.expect("no error");

    studio.storage.delete_asset(asset.id, studio.user).await.expect("deleted");
    assert_eq!(find().await, None);
    assert!(names(&studio, studio.project).await.is_empty());
    studio.clock.advance(TimeDelta::days(29));
    studio.storage.sweep().await.expect("swept");
    assert_eq!(studio.storage.restore_asset(asset.id, studio.user).await.expect("restored"), asset);
    assert_eq!(find().await, Some(asset.clone()));

    studio.storage.delete_asset(asset.id, studio.user).await.expect("deleted");
    studio.clock.advance(TimeDelta::days(20));
    studio.storage.delete_asset(asset.id, studio.user).await.expect("deleting again does not prolong it");
    studio.clock.advance(TimeDelta::days(11));
    assert_eq!(studio.storage.sweep().await.expect("swept").assets_purged, 1);
    assert!(studio.storage.restore_asset(asset.id, studio.user).await.is_err());
    studio.assert_empty().await;
}

async fn a_copied_project_shares_contents_that_live_as_long_as_either(db: TestDb) {
    let studio = Studio::new(db);
    let [a, b, _c] = three(&studio).await.try_into().expect("three assets");
    let (kept, dropped, fresh): (GroupId, GroupId, GroupId) = (some_id(), some_id(), some_id());
    arrange(&studio, &[(a.id, Some(kept), 1), (b.id, Some(dropped), 2)]).await.expect("arranged");
    let copy: ProjectId = some_id();

    let tx = studio.db.write_tx().await.expect("a transaction");
    let groups = HashMap::from([(kept, fresh)]);
    let ids =
        Asset::copy_to_project(&tx, &studio.ambient(), studio.user, (studio.project, copy), &groups).await;
    let ids = ids.expect("copied");
    tx.commit().await.expect("committed");

    assert_eq!(names(&studio, copy).await, names(&studio, studio.project).await);
    assert_eq!(studio.used_bytes().await, 300, "shared contents count once");
    let copied =
        Asset::find_owned(&studio.db.db, ids[&a.id], studio.user).await.expect("found").expect("a copy");
    assert_eq!((copied.object_key, copied.group_id), (a.object_key, Some(fresh)));

    studio.storage.purge_project(studio.user, studio.project).await.expect("purged");
    assert_eq!(studio.content(&copied).await, noise(100));
    assert_eq!(studio.used_bytes().await, 300);
    studio.storage.purge_project(studio.user, copy).await.expect("purged");
    studio.assert_empty().await;
}

async fn a_purged_project_leaves_nothing(db: TestDb) {
    let studio = Studio::new(db);
    let assets = three(&studio).await;
    studio.storage.delete_asset(assets[0].id, studio.user).await.expect("deleted");
    studio.storage.uploads().create(studio.new_upload("open.mp4"), 100).await.expect("created");

    assert_eq!(studio.storage.purge_project(some_id(), studio.project).await.expect("a stranger"), 0);
    assert_eq!(studio.storage.purge_project(studio.user, studio.project).await.expect("purged"), 3);

    studio.assert_empty().await;
}

async fn two_equal_files_are_two_assets(db: TestDb) {
    let studio = Studio::new(db);

    let first = studio.upload("a.mp4", &noise(100)).await.expect("an asset");
    let second = studio.upload("a.mp4", &noise(100)).await.expect("an asset");

    assert_eq!(first.sha256, second.sha256);
    assert_ne!(first.object_key, second.object_key);
    assert_eq!(studio.used_bytes().await, 200);
}
