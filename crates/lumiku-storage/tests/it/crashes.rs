//! A node that dies. It runs on a runtime of its own with its own connections to the same database and the
//! same folder; shutting the runtime down drops its work wherever it stands, as a kill does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use futures::stream::{self, BoxStream, StreamExt};
use lumiku_core::db::DbOptions;
use lumiku_core::{Ambient, Db, ManualClock, PageRequest, UploadId, UserId};
use lumiku_storage::{Asset, LocalObjects, Storage};
use lumiku_testdb::TestDb;
use tokio::runtime::Builder;

use crate::support::{FakeEngine, Freezing, Moment, Piece, Studio, limits, next_seed, noise, whole};

lumiku_testdb::on_both_engines! { lumiku_storage::MIGRATIONS;
    after_a_kill_in_the_middle_of_a_part_the_upload_goes_on_from_the_acknowledged_byte,
    after_a_kill_at_any_moment_of_the_finish_there_is_exactly_one_asset,
    an_upload_given_up_after_a_kill_in_its_finish_leaves_nothing,
    a_sweep_removes_what_dead_processes_left,
}

struct Doomed {
    url: String,
    dir: PathBuf,
    clock: Arc<ManualClock>,
    user: UserId,
    upload: UploadId,
    offset: i64,
}

impl Doomed {
    fn of(studio: &Studio, upload: UploadId, offset: i64) -> Self {
        let (url, clock) = (studio.db.url.clone(), studio.clock.clone());
        Self { url, dir: studio.dir.path().to_owned(), clock, user: studio.user, upload, offset }
    }

    /// Appends `body` on the doomed node and kills it when `moment` is reported.
    async fn append_and_die(
        self,
        body: BoxStream<'static, Piece>,
        freeze: Option<Moment>,
        moment: Receiver<()>,
        frozen: Sender<()>,
    ) {
        let node = std::thread::spawn(move || {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.expect("a runtime");
            runtime.spawn(async move {
                let storage = self.storage(freeze, frozen).await;
                let answer = storage.uploads().append(self.user, self.upload, self.offset, None, body).await;
                panic!("the node was to die before it could answer: {answer:?}");
            });
            moment.recv().expect("the moment comes");
            runtime.shutdown_timeout(Duration::from_secs(20));
        });
        tokio::task::spawn_blocking(|| node.join().expect("the node dies in order")).await.expect("joined");
    }

    async fn storage(&self, freeze: Option<Moment>, frozen: Sender<()>) -> Storage {
        let acquire_timeout = Duration::from_secs(20);
        let options = DbOptions { url: self.url.clone(), max_connections: 4, acquire_timeout };
        let db = Db::connect(&options).await.expect("the database opens");
        let ambient = Ambient::seeded(self.clock.clone(), next_seed());
        let engine = Arc::new(FakeEngine::default());
        let inner = LocalObjects::open(&self.dir.join("objects")).expect("the store opens");
        match freeze {
            Some(moment) => {
                let objects = Arc::new(Freezing { inner, moment, puts: 0.into(), frozen });
                Storage::over(objects, &self.dir, limits(), db, ambient, engine)
            }
            None => Storage::over(Arc::new(inner), &self.dir, limits(), db, ambient, engine),
        }
        .expect("storage opens")
    }
}

async fn after_a_kill_in_the_middle_of_a_part_the_upload_goes_on_from_the_acknowledged_byte(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.storage.uploads();
    let content = noise(900_000);
    let upload = uploads.create(studio.new_upload("a.mp4"), 900_000).await.expect("created");
    uploads.append(studio.user, upload.id, 0, None, whole(&content[..100_000])).await.expect("a part");
    let (frozen, moment) = channel();
    // Other bytes than later on, so that any that are wrongly kept would show.
    let lost = vec![0xEE_u8; 400_000];
    let tell = frozen.clone();
    let body = whole(&lost).chain(stream::once(async move {
        tell.send(()).expect("the test listens");
        std::future::pending::<Piece>().await
    }));

    Doomed::of(&studio, upload.id, 100_000).append_and_die(body.boxed(), None, moment, frozen).await;

    let path = studio.dir.path().join("uploads").join(upload.id.to_string());
    assert!(std::fs::metadata(path).expect("the file").len() > 100_000, "the kill came before any byte");
    assert_eq!(uploads.status(studio.user, upload.id).await.expect("status").offset_bytes, 100_000);
    let rest = uploads.append(studio.user, upload.id, 100_000, None, whole(&content[100_000..])).await;
    let asset = rest.expect("goes on at once").finished.expect("an asset");
    assert_eq!(studio.content(&asset).await, content);
    studio.assert_tidy().await;
}

fn moments() -> Vec<Moment> {
    (0..2).flat_map(|put| [false, true].map(|after| Moment { put, after })).collect()
}

async fn die_in_finish(studio: &Studio, moment: Moment) -> UploadId {
    let upload = studio.storage.uploads().create(studio.new_upload("a.mp4"), 50_000).await.expect("created");
    let (frozen, reached) = channel();
    let body = stream::iter([Ok(Bytes::from(noise(50_000)))]).boxed();
    Doomed::of(studio, upload.id, 0).append_and_die(body, Some(moment), reached, frozen).await;
    upload.id
}

async fn after_a_kill_at_any_moment_of_the_finish_there_is_exactly_one_asset(db: TestDb) {
    let studio = Studio::new(db);
    for (count, moment) in moments().into_iter().enumerate() {
        let id = die_in_finish(&studio, moment).await;
        let strays = studio.storage.stray_objects().await.expect("strays");
        assert!(strays.is_empty(), "{moment:?}: {strays:?}");

        // Half by the sweep at the next start, half by the client that asks how it stands.
        if count % 2 == 0 {
            assert_eq!(studio.storage.sweep().await.expect("swept").uploads_finished, 1);
        }
        let upload = studio.storage.uploads().status(studio.user, id).await.expect("finished");

        assert!(upload.asset_id.is_some(), "{moment:?}");
        let page = Asset::list_by_project(&studio.db.db, studio.user, studio.project, PageRequest::default());
        let assets = page.await.expect("listed").items;
        assert_eq!(assets.len(), count + 1, "{moment:?}");
        assert_eq!(studio.content(&assets[count]).await, noise(50_000));
        assert_eq!(studio.used_bytes().await, 50_000 * (count as i64 + 1));
    }
    studio.clock.advance(TimeDelta::hours(2));
    studio.storage.sweep().await.expect("swept");
    studio.assert_tidy().await;
}

async fn an_upload_given_up_after_a_kill_in_its_finish_leaves_nothing(db: TestDb) {
    let studio = Studio::new(db);
    for moment in moments() {
        let id = die_in_finish(&studio, moment).await;

        studio.storage.uploads().terminate(studio.user, id).await.expect("terminated");
    }
    studio.clock.advance(TimeDelta::hours(2));
    studio.storage.sweep().await.expect("swept");
    studio.assert_empty().await;
}

async fn a_sweep_removes_what_dead_processes_left(db: TestDb) {
    let studio = Studio::new(db);
    let uploads = studio.dir.path().join("uploads");
    std::fs::create_dir(uploads.join("scratch-0198f2f4-0000-7000-8000-000000000001")).expect("a directory");
    std::fs::write(uploads.join("scratch-0198f2f4-0000-7000-8000-000000000001/x"), b"x").expect("a file");
    std::fs::write(uploads.join("scratch-0198f2f4-0000-7000-8000-000000000002.lock"), b"").expect("a lock");
    std::fs::write(uploads.join("0198f2f4-0000-7000-8000-000000000003"), b"x").expect("an orphan");
    let open = studio.storage.uploads().create(studio.new_upload("a.mp4"), 100).await.expect("created");
    studio.storage.uploads().append(studio.user, open.id, 0, None, whole(&noise(50))).await.expect("a part");

    let report = studio.storage.sweep().await.expect("swept");

    assert_eq!((report.scratch_removed, report.upload_files_removed), (1, 1));
    studio.assert_tidy().await;
    studio
        .storage
        .uploads()
        .append(studio.user, open.id, 50, None, whole(&noise(50)))
        .await
        .expect("goes on");
}
