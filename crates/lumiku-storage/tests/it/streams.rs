use bytes::Bytes;
use futures::{StreamExt, stream};
use lumiku_core::Explain;
use lumiku_storage::{Limits, StorageError};
use lumiku_testdb::TestDb;

use crate::support::{Piece, Studio, broken, limits, noise, whole};

lumiku_testdb::on_both_engines! { lumiku_storage::MIGRATIONS;
    a_file_in_one_request_becomes_an_asset,
    a_file_that_is_not_wanted_leaves_nothing,
    a_client_that_hangs_up_leaves_nothing,
    parallel_files_of_unknown_length_cannot_overshoot_the_quota,
}

async fn a_file_in_one_request_becomes_an_asset(db: TestDb) {
    let studio = Studio::new(db);
    let content = noise(1_500_000);

    let asset =
        studio.storage.uploads().accept_stream(studio.new_upload("a.mp4"), None, whole(&content)).await;

    assert_eq!(studio.content(&asset.expect("accepted")).await, content);
    assert_eq!(studio.used_bytes().await, 1_500_000);
    studio.assert_tidy().await;
}

async fn a_file_that_is_not_wanted_leaves_nothing(db: TestDb) {
    let studio = Studio::with_limits(db, Limits { quota_bytes: 2000, upload_bytes_max: 3000, ..limits() });
    let uploads = studio.storage.uploads();
    let new = || studio.new_upload("my clip.mp4");

    let cases = [
        (uploads.accept_stream(new(), None, whole(b"bad content")).await, "media.not_media"),
        (uploads.accept_stream(new(), None, whole(b"")).await, "media.empty"),
        (uploads.accept_stream(new(), None, whole(&noise(3001))).await, "uploads.too_large"),
        (uploads.accept_stream(new(), None, whole(&noise(2001))).await, "storage.quota_exceeded"),
        (uploads.accept_stream(new(), None, broken(&noise(100))).await, "uploads.interrupted"),
        (
            uploads.accept_stream(new(), Some(1 << 40), stream::empty::<Piece>()).await,
            "storage.quota_exceeded",
        ),
    ];

    for (result, code) in cases {
        assert_eq!(result.expect_err("must be refused").problem().code, code);
        studio.assert_empty().await;
    }
}

async fn a_client_that_hangs_up_leaves_nothing(db: TestDb) {
    let studio = Studio::new(db);
    let body = stream::iter([Ok::<_, String>(Bytes::from(noise(1000)))]).chain(stream::pending());
    let uploads = studio.storage.uploads();

    let mut accept = Box::pin(uploads.accept_stream(studio.new_upload("a.mp4"), None, body));
    while std::fs::read_dir(studio.dir.path().join("uploads")).expect("a folder").count() < 2 {
        assert!(futures::poll!(&mut accept).is_pending());
        tokio::task::yield_now().await;
    }
    drop(accept);

    studio.assert_empty().await;
}

async fn parallel_files_of_unknown_length_cannot_overshoot_the_quota(db: TestDb) {
    let studio = Studio::with_limits(db, Limits { quota_bytes: 3500, ..limits() });
    let tries = (0..10).map(|_| {
        let (uploads, new) = (studio.storage.uploads(), studio.new_upload("a.mp4"));
        tokio::spawn(async move { uploads.accept_stream(new, None, whole(&noise(1000))).await })
    });

    let results = futures::future::join_all(tries.collect::<Vec<_>>()).await;

    let (stored, refused): (Vec<_>, Vec<_>) =
        results.into_iter().map(|result| result.expect("no panic")).partition(Result::is_ok);
    assert_eq!(stored.len(), 3);
    assert!(refused.iter().all(|result| matches!(result, Err(StorageError::QuotaExceeded { .. }))));
    assert_eq!(studio.used_bytes().await, 3000);
    studio.assert_tidy().await;
}
