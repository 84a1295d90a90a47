//! The quota holds to the byte under parallel uploads, in 64 bits, with the trash counted.

use chrono::TimeDelta;
use lumiku_core::{AssetId, Explain};
use lumiku_storage::{Limits, StorageError};
use lumiku_testdb::TestDb;

use crate::support::{Studio, limits, noise, some_id, whole};

lumiku_testdb::on_both_engines! { lumiku_storage::MIGRATIONS;
    of_twenty_parallel_uploads_exactly_those_start_that_fit,
    what_is_refused_for_room_says_how_much_is_there,
    sizes_beyond_four_gigabytes_are_counted_right,
    the_trash_counts_until_it_is_emptied,
    one_user_can_be_given_more_room,
    the_number_of_files_is_bounded_too,
}

fn roomy(quota_bytes: i64) -> Limits {
    Limits { quota_bytes, upload_bytes_max: i64::MAX, ..limits() }
}

async fn of_twenty_parallel_uploads_exactly_those_start_that_fit(db: TestDb) {
    let studio = Studio::with_limits(db, roomy(5_999));
    let tries = (0..20).map(|_| {
        let (uploads, new) = (studio.storage.uploads(), studio.new_upload("a.mp4"));
        tokio::spawn(async move { uploads.create(new, 1000).await })
    });

    let results = futures::future::join_all(tries.collect::<Vec<_>>()).await;

    let (started, refused): (Vec<_>, Vec<_>) =
        results.into_iter().map(|result| result.expect("no panic")).partition(Result::is_ok);
    assert_eq!((started.len(), refused.len()), (5, 15));
    for result in refused {
        assert!(matches!(result, Err(StorageError::QuotaExceeded { used_bytes: 5000, .. })), "{result:?}");
    }
    assert_eq!(studio.used_bytes().await, 5000);
}

async fn what_is_refused_for_room_says_how_much_is_there(db: TestDb) {
    let studio = Studio::with_limits(db, roomy(1500));
    let asset = studio.upload("a.mp4", &noise(1000)).await.expect("fits");
    studio.storage.delete_asset(asset.id, studio.user).await.expect("deleted");

    let error = studio.upload("b.mp4", &noise(501)).await.expect_err("does not fit");

    let problem = error.problem();
    assert_eq!((problem.status, problem.code.as_str()), (507, "storage.quota_exceeded"));
    let facts =
        ["used_bytes", "quota_bytes", "needed_bytes", "trash_bytes"].map(|name| problem.facts[name].as_i64());
    assert_eq!(facts, [Some(1000), Some(1500), Some(501), Some(1000)]);
    studio.upload("b.mp4", &noise(500)).await.expect("fits to the byte");
}

async fn sizes_beyond_four_gigabytes_are_counted_right(db: TestDb) {
    let studio = Studio::with_limits(db, roomy(i64::MAX));
    let uploads = studio.storage.uploads();
    let huge = i64::MAX / 2;

    let first = uploads.create(studio.new_upload("a.mp4"), huge).await.expect("fits");
    uploads.create(studio.new_upload("b.mp4"), 5 << 32).await.expect("fits");
    let third = uploads.create(studio.new_upload("c.mp4"), i64::MAX).await;

    assert_eq!(uploads.status(studio.user, first.id).await.expect("status").length_bytes, huge);
    assert_eq!(studio.used_bytes().await, huge + (5 << 32));
    assert!(matches!(third, Err(StorageError::QuotaExceeded { .. })), "{third:?}");
}

async fn the_trash_counts_until_it_is_emptied(db: TestDb) {
    let studio = Studio::new(db);
    let usage = async || studio.storage.usage(&studio.db.db, studio.user).await.expect("usage");
    let asset = studio.upload("a.mp4", &noise(1000)).await.expect("an asset");
    studio.upload("b.mp4", &noise(200)).await.expect("an asset");

    studio.storage.delete_asset(asset.id, studio.user).await.expect("deleted");
    assert_eq!((usage().await.used_bytes, usage().await.trash_bytes), (1200, 1000));
    assert_eq!(studio.storage.empty_trash(some_id()).await.expect("a stranger's trash"), 0);
    assert_eq!(studio.storage.empty_trash(studio.user).await.expect("emptied"), 1);

    assert_eq!((usage().await.used_bytes, usage().await.trash_bytes), (200, 0));
    studio.assert_tidy().await;
}

async fn one_user_can_be_given_more_room(db: TestDb) {
    let studio = Studio::with_limits(db, roomy(1000));
    studio.storage.update_quota(studio.user, Some(3000)).await.expect("updated");

    studio.upload("a.mp4", &noise(2500)).await.expect("fits now");
    let stranger = some_id();
    let refused = studio.upload_to(stranger, studio.project, "a.mp4", &noise(2500)).await;
    assert!(matches!(refused, Err(StorageError::QuotaExceeded { quota_bytes: 1000, .. })), "{refused:?}");

    studio.storage.update_quota(studio.user, None).await.expect("taken back");
    let usage = studio.storage.usage(&studio.db.db, studio.user).await.expect("usage");
    assert_eq!(usage.quota_bytes, 1000);
}

async fn the_number_of_files_is_bounded_too(db: TestDb) {
    let studio = Studio::with_limits(db, Limits { files_max: 2, ..limits() });
    let asset = studio.upload("a.mp4", &noise(10)).await.expect("an asset");
    studio.storage.uploads().create(studio.new_upload("b.mp4"), 10).await.expect("the second");

    let third = studio.storage.uploads().create(studio.new_upload("c.mp4"), 10).await;
    assert!(matches!(third, Err(StorageError::TooManyFiles { files_max: 2 })), "{third:?}");

    let _: AssetId = asset.id;
    studio.storage.delete_asset(asset.id, studio.user).await.expect("deleted");
    studio.clock.advance(TimeDelta::days(31));
    studio.storage.sweep().await.expect("swept");
    let upload = studio.storage.uploads().create(studio.new_upload("c.mp4"), 10).await.expect("room again");
    studio
        .storage
        .uploads()
        .append(studio.user, upload.id, 0, None, whole(&noise(10)))
        .await
        .expect("an asset");
}
