//! The object store and the rule that an object lives while somebody refers to it.

use std::path::PathBuf;

use bytes::Bytes;
use chrono::TimeDelta;
use futures::TryStreamExt;
use lumiku_core::OutputId;
use lumiku_storage::{Holder, NewObject, StorageError, reference, release_all};
use lumiku_testdb::TestDb;

use crate::support::{Studio, noise, some_id};

lumiku_testdb::on_both_engines! { lumiku_storage::MIGRATIONS;
    a_range_gives_exactly_its_bytes,
    an_object_lives_while_somebody_refers_to_it,
    an_object_nobody_ever_refers_to_is_given_up,
    a_doomed_object_cannot_be_referred_to,
    a_file_nobody_knows_and_a_content_that_vanished_are_found,
}

fn result_file(studio: &Studio, content: &[u8]) -> PathBuf {
    let path = studio.dir.path().join("result.mp4");
    std::fs::write(&path, content).expect("a result");
    path
}

fn result(studio: &Studio, size_bytes: i64) -> NewObject {
    let content_type = "video/mp4".to_owned();
    NewObject { user_id: studio.user, size_bytes, content_type, sha256: "00".repeat(32), counted: true }
}

async fn refer(studio: &Studio, key: lumiku_storage::ObjectKey, id: OutputId) -> Result<(), StorageError> {
    let tx = studio.db.write_tx().await.expect("a transaction");
    reference(&tx, key, Holder::output(id)).await?;
    tx.commit().await.expect("committed");
    Ok(())
}

async fn release(studio: &Studio, id: OutputId) {
    let tx = studio.db.write_tx().await.expect("a transaction");
    release_all(&tx, Holder::output(id)).await.expect("released");
    tx.commit().await.expect("committed");
    studio.storage.collect_garbage().await.expect("collected");
}

async fn a_range_gives_exactly_its_bytes(db: TestDb) {
    let studio = Studio::new(db);
    let content = noise(200_000);
    let asset = studio.upload("a.mp4", &content).await.expect("an asset");

    for range in [0..0, 0..1, 0..200_000, 65_535..65_537, 199_999..200_000, 70_000..180_000_u64] {
        let stream = studio.storage.objects().read(asset.object_key, range.clone()).await.expect("a stream");
        let bytes = stream.try_collect::<Vec<Bytes>>().await.expect("bytes").concat();
        assert!(bytes == content[range.start as usize..range.end as usize], "{range:?}");
    }
    let missing = studio.storage.objects().read(some_id(), 0..1).await.map(|_| ());
    assert!(matches!(missing, Err(StorageError::NotFound("file"))), "{missing:?}");
}

async fn an_object_lives_while_somebody_refers_to_it(db: TestDb) {
    let studio = Studio::new(db);
    let (first, second): (OutputId, OutputId) = (some_id(), some_id());
    let file = result_file(&studio, &noise(1000));

    let key = studio.storage.put_object(&file, &result(&studio, 1000)).await.expect("put");
    assert!(!file.exists(), "the file is moved, not copied");
    for id in [first, first, second] {
        refer(&studio, key, id).await.expect("referred to");
    }
    assert_eq!(studio.used_bytes().await, 1000);
    release(&studio, first).await;
    assert_eq!(studio.storage.objects().size(key).await.expect("a size"), Some(1000));
    release(&studio, second).await;

    assert_eq!(studio.storage.objects().size(key).await.expect("no error"), None);
    studio.assert_empty().await;
}

async fn an_object_nobody_ever_refers_to_is_given_up(db: TestDb) {
    let studio = Studio::new(db);
    let put = async || {
        let file = result_file(&studio, &noise(1000));
        studio.storage.put_object(&file, &result(&studio, 1000)).await.expect("put")
    };
    let (discarded, forgotten) = (put().await, put().await);

    studio.storage.discard_object(discarded).await.expect("discarded");
    assert_eq!(studio.storage.objects().size(discarded).await.expect("no error"), None);
    studio.storage.sweep().await.expect("swept");
    assert!(studio.storage.objects().size(forgotten).await.expect("no error").is_some(), "too early");
    studio.clock.advance(TimeDelta::hours(2));
    studio.storage.sweep().await.expect("swept");

    studio.assert_empty().await;
}

async fn a_doomed_object_cannot_be_referred_to(db: TestDb) {
    let studio = Studio::new(db);
    let file = result_file(&studio, &noise(10));
    let key = studio.storage.put_object(&file, &result(&studio, 10)).await.expect("put");
    studio.storage.discard_object(key).await.expect("discarded");

    let refused = refer(&studio, key, some_id()).await;

    assert!(matches!(refused, Err(StorageError::NotFound(_))), "{refused:?}");
}

async fn a_file_nobody_knows_and_a_content_that_vanished_are_found(db: TestDb) {
    let studio = Studio::new(db);
    let asset = studio.upload("a.mp4", &noise(100)).await.expect("an asset");
    studio.assert_tidy().await;

    std::fs::write(studio.dir.path().join("objects/stranger"), b"x").expect("written");
    let local = studio.storage.objects().local_file(asset.object_key).await.expect("a file");
    std::fs::write(local.as_ref(), b"cut").expect("cut");

    let strays = studio.storage.stray_objects().await.expect("strays");
    assert_eq!(strays.files_without_row, ["stranger"]);
    assert_eq!(strays.rows_without_file, [asset.object_key]);
}
