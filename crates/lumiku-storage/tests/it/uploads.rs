//! Resumable uploads: whatever a client or its connection does, the asset has exactly the bytes that were sent, and
//! what does not become an asset leaves nothing.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use chrono::TimeDelta;
use futures::{StreamExt, stream};
use lumiku_core::Explain;
use lumiku_storage::{Asset, Checksum, StorageError};
use lumiku_testdb::TestDb;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Piece, Studio, broken, noise, sha256, some_id, whole};

lumiku_testdb::on_both_engines! { lumiku_storage::MIGRATIONS;
    an_upload_in_parts_becomes_an_asset_with_exactly_its_bytes,
    a_broken_part_is_kept_as_far_as_it_came,
    however_the_parts_break_the_asset_has_exactly_the_bytes_sent,
    a_part_whose_checksum_differs_is_thrown_away,
    a_part_that_cannot_be_right_is_refused_and_changes_nothing,
    of_parallel_parts_to_one_upload_one_is_taken,
    a_client_that_hangs_up_does_not_stop_its_part_half_way,
    a_refused_file_leaves_nothing_and_is_named,
    a_file_that_cannot_be_checked_just_now_is_finished_later,
    the_answer_to_the_last_part_can_be_asked_for_again,
    another_users_upload_does_not_exist,
    a_terminated_upload_leaves_nothing,
    an_upload_terminated_while_a_part_comes_in_leaves_nothing,
    an_upload_nobody_continues_expires_and_one_that_grows_does_not,
    an_upload_whose_bytes_vanished_says_so,
    lengths_and_names_are_checked_at_the_start,
}

async fn an_upload_in_parts_becomes_an_asset_with_exactly_its_bytes(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let content = noise(300_000);

    let upload = uploads.create(studio.new_upload("../my\u{202E} clip.mp4"), 300_000).await.expect("created");
    let first =
        uploads.append(studio.user, upload.id, 0, None, whole(&content[..200_000])).await.expect("part 1");
    let second = uploads.append(studio.user, upload.id, 200_000, None, whole(&content[200_000..])).await;
    let second = second.expect("part 2");

    assert_eq!((first.offset_bytes, first.finished.is_none()), (200_000, true));
    let asset = second.finished.expect("the last part finishes");
    assert_eq!(asset.name, "my clip.mp4");
    assert_eq!(asset.sha256, hex::encode(sha256(&content)));
    assert_eq!((asset.size_bytes, asset.content_type.as_str()), (300_000, "video/mp4"));
    assert_eq!(studio.content(&asset).await, content);
    assert_eq!(Asset::find_owned(&studio.db.db, asset.id, studio.user).await.expect("found"), Some(asset));
    assert_eq!(studio.used_bytes().await, 300_000);
    studio.assert_tidy().await;
}

async fn a_broken_part_is_kept_as_far_as_it_came(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let content = noise(50_000);
    let upload = uploads.create(studio.new_upload("a.mp4"), 50_000).await.expect("created");

    let error = uploads.append(studio.user, upload.id, 0, None, broken(&content[..20_000])).await;

    assert!(matches!(error, Err(StorageError::Interrupted { offset: 20_000 })), "{error:?}");
    assert_eq!(uploads.status(studio.user, upload.id).await.expect("status").offset_bytes, 20_000);
    let rest = uploads.append(studio.user, upload.id, 20_000, None, whole(&content[20_000..])).await;
    assert_eq!(studio.content(&rest.expect("the rest").finished.expect("an asset")).await, content);
}

/// One attempt to send a part.
#[derive(Clone, Debug)]
struct Attempt {
    length: usize,
    breaks_at: Option<usize>,
    checksum: Option<bool>,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    (1..15_000_usize, prop::option::of(0..15_000_usize), prop::option::of(prop::bool::weighted(0.7)))
        .prop_map(|(length, breaks_at, checksum)| Attempt { length, breaks_at, checksum })
}

async fn however_the_parts_break_the_asset_has_exactly_the_bytes_sent(db: TestDb) {
    let studio = Studio::new(db);
    let runtime = tokio::runtime::Handle::current();
    let strategy = (1..40_000_usize, prop::collection::vec(attempt(), 1..12));
    let config = Config { cases: 30, failure_persistence: None, ..Config::default() };

    let result = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&strategy, |(length, attempts)| {
            runtime.block_on(send(&studio, &noise(length), attempts));
            Ok(())
        })
    });

    result.expect("every way of sending ends in the same bytes");
    studio.assert_tidy().await;
}

async fn send(studio: &Studio, content: &[u8], attempts: Vec<Attempt>) {
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), content.len() as i64).await.expect("created");
    let patient = Attempt { length: 7_000, breaks_at: None, checksum: Some(true) };
    let mut acknowledged = 0;
    for Attempt { length, breaks_at, checksum } in attempts.into_iter().chain(std::iter::repeat(patient)) {
        let part = &content[acknowledged..content.len().min(acknowledged + length)];
        let breaks_at = breaks_at.filter(|at| *at < part.len());
        let body = match breaks_at {
            Some(at) => broken(&part[..at]).boxed(),
            None => whole(part).boxed(),
        };
        let sum = checksum.map(|right| Checksum::Sha256(if right { sha256(part) } else { [0; 32] }));
        let offset = acknowledged as i64;
        let outcome = uploads.append(studio.user, upload.id, offset, sum, body).await;
        acknowledged += match (breaks_at, checksum) {
            (Some(at), None) => at,
            (None, None | Some(true)) => part.len(),
            _ => 0,
        };
        if acknowledged == content.len() {
            let asset = outcome.expect("the last part").finished.expect("an asset");
            assert_eq!(studio.content(&asset).await, content);
            return;
        }
        assert_eq!(outcome.is_ok(), breaks_at.is_none() && checksum != Some(false));
        let upload = uploads.status(studio.user, upload.id).await.expect("status");
        assert_eq!(upload.offset_bytes, acknowledged as i64);
    }
}

async fn a_part_whose_checksum_differs_is_thrown_away(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), 1000).await.expect("created");

    let wrong = Some(Checksum::Sha256(sha256(b"something else")));
    let error = uploads.append(studio.user, upload.id, 0, wrong, whole(&noise(1000))).await.unwrap_err();

    assert_eq!(error.problem().status, 460);
    assert_eq!(uploads.status(studio.user, upload.id).await.expect("status").offset_bytes, 0);
    let right = Some(Checksum::Sha256(sha256(&noise(1000))));
    let outcome = uploads.append(studio.user, upload.id, 0, right, whole(&noise(1000))).await.expect("again");
    assert!(outcome.finished.is_some());
}

async fn a_part_that_cannot_be_right_is_refused_and_changes_nothing(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), 1_200_000).await.expect("created");
    uploads.append(studio.user, upload.id, 0, None, whole(&noise(1000))).await.expect("a first part");
    let append = |offset, length| uploads.append(studio.user, upload.id, offset, None, whole(&noise(length)));

    let cases = [
        (append(0, 10).await, 409, "uploads.offset_mismatch"),
        (append(2000, 10).await, 409, "uploads.offset_mismatch"),
        (append(1000, 1_000_001).await, 413, "uploads.part_too_large"),
    ];
    for (result, status, code) in cases {
        let problem = result.expect_err("must be refused").problem();
        assert_eq!((problem.status, problem.code.as_str()), (status, code));
    }
    append(1000, 1_000_000).await.expect("the largest part allowed");
    let problem = append(1_001_000, 199_001).await.expect_err("one byte too many").problem();

    assert_eq!((problem.status, problem.code.as_str()), (413, "uploads.beyond_length"));
    assert_eq!(uploads.status(studio.user, upload.id).await.expect("status").offset_bytes, 1_001_000);
    assert!(append(1_001_000, 199_000).await.expect("the rest").finished.is_some());
}

async fn of_parallel_parts_to_one_upload_one_is_taken(db: TestDb) {
    let studio = Studio::new(db);
    let upload = studio.storage.uploads().create(studio.new_upload("a.mp4"), 80_000).await.expect("created");
    let content = noise(40_000);

    let tries = (0..8).map(|_| {
        let (uploads, user) = (studio.storage.uploads(), studio.user);
        let body = whole(&content).then(|piece| async {
            tokio::task::yield_now().await;
            piece
        });
        tokio::spawn(async move { uploads.append(user, upload.id, 0, None, body.boxed()).await })
    });
    let results = futures::future::join_all(tries.collect::<Vec<_>>()).await;

    let (won, lost): (Vec<_>, Vec<_>) =
        results.into_iter().map(|r| r.expect("no panic")).partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for error in lost {
        let status = error.expect_err("a loser").problem().status;
        assert!(status == 409 || status == 423, "{status}");
    }
    let upload = studio.storage.uploads().status(studio.user, upload.id).await.expect("status");
    assert_eq!(upload.offset_bytes, 40_000);
}

async fn a_client_that_hangs_up_does_not_stop_its_part_half_way(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), 2000).await.expect("created");
    let (pieces, body) = tokio::sync::mpsc::channel::<Piece>(1);
    let body = stream::unfold(body, |mut body| async move { body.recv().await.map(|piece| (piece, body)) });

    let mut append = Box::pin(uploads.append(studio.user, upload.id, 0, None, body.boxed()));
    pieces.send(Ok(Bytes::from(noise(500)))).await.expect("taken");
    assert!(futures::poll!(&mut append).is_pending());
    drop(append);
    pieces.send(Ok(Bytes::from(noise(2000).split_off(500)))).await.expect("still listening");
    drop(pieces);

    let asset = wait_for_asset(&studio, upload.id).await;
    assert_eq!(studio.content(&asset).await, noise(2000));
}

/// Asks until the task that nobody waits for any more is through.
async fn wait_for_asset(studio: &Studio, id: lumiku_core::UploadId) -> Asset {
    loop {
        match studio.storage.uploads().status(studio.user, id).await {
            Ok(upload) if upload.asset_id.is_some() => {
                let asset =
                    Asset::find_owned(&studio.db.db, upload.asset_id.expect("set"), studio.user).await;
                return asset.expect("found").expect("an asset");
            }
            Ok(_) | Err(StorageError::Locked) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn a_refused_file_leaves_nothing_and_is_named(db: TestDb) {
    let studio = Studio::new(db);

    let error = studio.upload("holiday.mp4", b"bad content").await.expect_err("must be refused");

    let problem = error.problem();
    assert_eq!((problem.status, problem.code.as_str()), (422, "media.not_media"));
    assert!(problem.detail.contains("holiday.mp4"), "{}", problem.detail);
    studio.assert_empty().await;
}

async fn a_file_that_cannot_be_checked_just_now_is_finished_later(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), 1000).await.expect("created");
    studio.engine.missing.store(true, Ordering::SeqCst);

    let error = uploads.append(studio.user, upload.id, 0, None, whole(&noise(1000))).await.unwrap_err();
    assert_eq!((error.problem().status, error.problem().code.as_str()), (503, "media.tool_missing"));
    studio.engine.missing.store(false, Ordering::SeqCst);
    let upload = uploads.status(studio.user, upload.id).await.expect("finished now");

    assert!(upload.asset_id.is_some());
    assert_eq!(studio.used_bytes().await, 1000);
    studio.assert_tidy().await;
}

async fn the_answer_to_the_last_part_can_be_asked_for_again(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), 1000).await.expect("created");
    let first = uploads.append(studio.user, upload.id, 0, None, whole(&noise(1000))).await.expect("finishes");

    let again = uploads.append(studio.user, upload.id, 1000, None, whole(&[])).await.expect("asked again");

    assert_eq!(again.finished, first.finished);
    let status = uploads.status(studio.user, upload.id).await.expect("status");
    assert_eq!(status.asset_id, first.finished.map(|asset| asset.id));
    uploads.terminate(studio.user, upload.id).await.expect("forgotten");
    assert_eq!(studio.used_bytes().await, 1000);
    studio.assert_tidy().await;
}

async fn another_users_upload_does_not_exist(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), 1000).await.expect("created");
    let stranger = some_id();

    let append = uploads.append(stranger, upload.id, 0, None, whole(&noise(1000))).await.map(|_| ());
    let status = uploads.status(stranger, upload.id).await.map(|_| ());
    let terminate = uploads.terminate(stranger, upload.id).await;

    for result in [append, status, terminate] {
        assert!(matches!(result, Err(StorageError::NotFound("upload"))), "{result:?}");
    }
    assert_eq!(uploads.status(studio.user, upload.id).await.expect("untouched").offset_bytes, 0);
}

async fn a_terminated_upload_leaves_nothing(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), 1000).await.expect("created");
    uploads.append(studio.user, upload.id, 0, None, whole(&noise(400))).await.expect("a part");

    uploads.terminate(studio.user, upload.id).await.expect("terminated");

    assert!(matches!(uploads.status(studio.user, upload.id).await, Err(StorageError::NotFound(_))));
    studio.assert_empty().await;
}

async fn an_upload_terminated_while_a_part_comes_in_leaves_nothing(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let upload = uploads.create(studio.new_upload("a.mp4"), 2000).await.expect("created");
    let (pieces, body) = tokio::sync::mpsc::channel::<Piece>(1);
    let body = stream::unfold(body, |mut body| async move { body.recv().await.map(|piece| (piece, body)) });
    let append = {
        let (uploads, user) = (uploads.clone(), studio.user);
        tokio::spawn(async move { uploads.append(user, upload.id, 0, None, body.boxed()).await })
    };
    // The second piece is taken only once the first is being written, under the lock.
    for _ in 0..3 {
        pieces.send(Ok(Bytes::from(noise(100)))).await.expect("taken");
    }

    uploads.terminate(studio.user, upload.id).await.expect("terminated");
    drop(pieces);

    let result = append.await.expect("no panic");
    assert!(matches!(result, Err(StorageError::NotFound("upload"))), "{result:?}");
    studio.assert_empty().await;
}

async fn an_upload_nobody_continues_expires_and_one_that_grows_does_not(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let idle = uploads.create(studio.new_upload("idle.mp4"), 1000).await.expect("created");
    let grows = uploads.create(studio.new_upload("grows.mp4"), 1000).await.expect("created");
    for upload in [&idle, &grows] {
        uploads.append(studio.user, upload.id, 0, None, whole(&noise(100))).await.expect("a part");
    }
    studio.clock.advance(TimeDelta::hours(23));
    uploads.append(studio.user, grows.id, 100, None, whole(&noise(100))).await.expect("another part");
    studio.clock.advance(TimeDelta::hours(2));

    let report = studio.storage.sweep().await.expect("swept");

    assert_eq!(report.uploads_expired, 1);
    assert!(matches!(uploads.status(studio.user, idle.id).await, Err(StorageError::NotFound(_))));
    assert_eq!(uploads.status(studio.user, grows.id).await.expect("alive").offset_bytes, 200);
    assert_eq!(studio.used_bytes().await, 1000);
    studio.assert_tidy().await;
}

async fn an_upload_whose_bytes_vanished_says_so(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    for cut_to in [None, Some(50)] {
        let upload = uploads.create(studio.new_upload("a.mp4"), 1000).await.expect("created");
        uploads.append(studio.user, upload.id, 0, None, whole(&noise(100))).await.expect("a part");
        let path = studio.dir.path().join("uploads").join(upload.id.to_string());
        match cut_to {
            None => std::fs::remove_file(path).expect("removed"),
            Some(length) => std::fs::write(path, noise(length)).expect("cut"),
        }

        let error = uploads.append(studio.user, upload.id, 100, None, whole(&noise(900))).await.unwrap_err();

        assert_eq!((error.problem().status, error.problem().code.as_str()), (410, "uploads.lost"));
        studio.assert_empty().await;
    }
}

async fn lengths_and_names_are_checked_at_the_start(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let create = |role: &str, length| {
        let new = lumiku_storage::NewUpload { role: role.into(), ..studio.new_upload("a.mp4") };
        uploads.create(new, length)
    };

    let cases = [
        (create("clip", 0).await, "media.empty"),
        (create("clip", -1).await, "uploads.metadata_invalid"),
        (create("clip", i64::MIN).await, "uploads.metadata_invalid"),
        (create("clip", 5_000_001).await, "uploads.too_large"),
        (create("clip", i64::MAX).await, "uploads.too_large"),
        (create("../x", 10).await, "uploads.metadata_invalid"),
        (create("", 10).await, "uploads.metadata_invalid"),
    ];

    for (result, code) in cases {
        assert_eq!(result.expect_err("must be refused").problem().code, code);
    }
    studio.assert_empty().await;
}
