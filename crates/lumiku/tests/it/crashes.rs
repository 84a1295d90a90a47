//! A server and a worker killed with -9 again and again in the middle of a run lose nothing, charge
//! nothing twice and leave nothing behind.

use std::sync::Arc;
use std::time::Duration;

use lumiku_core::{Ambient, Config, Db, ManualClock, Query};
use lumiku_media::{Media, MediaConfig};
use lumiku_storage::{Limits, Storage};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use crate::client::Client;
use crate::home::Home;
use crate::mixing;
use crate::program::Program;
use crate::waiting::eventually;

/// One for the video, one for mixing orders.
const CREDITS_EACH: i64 = 2;

/// How much is made, and how often a process is killed meanwhile.
struct Ordeal {
    clips: u8,
    /// In orders of two there must be as many.
    outputs: usize,
    kills: u32,
    seed: u64,
}

#[tokio::test]
async fn ten_kills_in_a_run_of_forty_lose_nothing_on_sqlite() {
    // The defaults: on one machine nobody waits for a dead process's lease.
    survive(Home::sqlite(), Ordeal { clips: 7, outputs: 40, kills: 10, seed: 20_261_123 }).await;
}

#[tokio::test]
async fn kills_in_a_run_lose_nothing_on_postgres() {
    // There a dead process is only known by its lease, and a test need not wait for thirty seconds each time.
    let home = Home::postgres().await.with("LUMIKU_JOBS__LEASE_S", "2");
    let home = home.with("LUMIKU_JOBS__HEARTBEAT_S", "1").with("LUMIKU_JOBS__SWEEP_S", "1");
    survive(home, Ordeal { clips: 4, outputs: 12, kills: 3, seed: 7 }).await;
}

struct Pair {
    home: Home,
    server: Program,
    worker: Program,
    client: Client,
}

impl Pair {
    async fn start(home: Home) -> Self {
        let (server, client) = home.serve_and_set_up(&["--workers", "1"]).await;
        let worker = home.start(&["work", "--workers", "1"]);
        worker.line_with("workers are ready");
        Self { home, server, worker, client }
    }

    fn kill_and_restart_server(&mut self) {
        self.server.kill();
        self.server = self.home.serve(&["--workers", "1"]);
        self.client = self.client.at(&self.server);
    }

    fn kill_and_restart_worker(&mut self) {
        self.worker.kill();
        self.worker = self.home.start(&["work", "--workers", "1"]);
        self.worker.line_with("workers are ready");
    }

    /// Programs that work on this studio's files without one of the two as their parent.
    fn orphaned_programs(&self) -> Vec<String> {
        let ours = [self.server.pid(), self.worker.pid()];
        let data_dir = self.home.data_dir().display().to_string();
        let processes = std::fs::read_dir("/proc").expect("/proc is there").flatten();
        let lines = processes.filter_map(|entry| {
            let line = std::fs::read_to_string(entry.path().join("cmdline")).ok()?.replace('\0', " ");
            let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
            let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()?;
            (line.contains(&data_dir) && !ours.contains(&parent)).then_some(line)
        });
        lines.collect()
    }
}

async fn survive(home: Home, ordeal: Ordeal) {
    let Ordeal { clips, outputs, kills, seed } = ordeal;
    let mut random = StdRng::seed_from_u64(seed);
    let mut pair = Pair::start(home).await;
    let project = mixing::project_of_clips(&pair.home, &pair.client, clips).await;
    let settings = json!({ "resolution": "480p", "fps": 24, "fit": "pad", "clips_per_video": 2 });
    let run = mixing::id_of(&mixing::start(&pair.client, &project, settings, outputs as u32).await);
    for _ in 0..kills {
        mixing::is_under_way(&pair.client, &run).await;
        // Three deaths over one job would rightly discard it, so what was hit before may finish.
        let db = pair.home.db().await;
        eventually("a moment in which no job risks its second death", async || {
            let sql = "SELECT COUNT(*) FROM jobs WHERE state = 'running' AND crashes > 0";
            (db.scalar::<i64>(sql, vec![]).await.expect("jobs can be read") == Some(0)).then_some(())
        })
        .await;
        // The moment is the point here, not a wait for something.
        tokio::time::sleep(Duration::from_millis(random.random_range(0..250))).await;
        if random.random_bool(0.5) {
            pair.kill_and_restart_server();
        } else {
            pair.kill_and_restart_worker();
        }
    }

    let done = mixing::finished(&pair.client, &run).await;

    mixing::assert_complete(&done, outputs, CREDITS_EACH);
    mixing::assert_zip_is_whole(&pair.home, &pair.client, &run, outputs).await;
    let orphans = async || pair.orphaned_programs().is_empty().then_some(());
    eventually("every program of a killed process to be gone", orphans).await;
    pair.server.stop();
    pair.worker.stop();
    assert!(pair.home.run(&["credits", "verify"]).succeeded().contains("0 violations"));
    let db = pair.home.db().await;
    assert_paid_once(&db, outputs as i64).await;
    let hits = "SELECT CAST(SUM(crashes) AS BIGINT) FROM jobs";
    let hits = db.scalar::<i64>(hits, vec![]).await.expect("jobs can be read").unwrap_or_default();
    println!("{kills} kills hit {hits} running jobs");
    assert!(hits >= i64::from(kills) / 2, "the kills came too late to prove anything: {hits}");
    assert_nothing_stray(&pair.home, db, outputs + usize::from(clips)).await;
}

async fn assert_paid_once(db: &Db, outputs: i64) {
    let number = async |sql: &str| db.scalar::<i64>(sql, vec![]).await.expect("the books can be read");
    assert_eq!(number("SELECT COUNT(*) FROM ledger_entries WHERE kind = 'capture'").await, Some(1));
    assert_eq!(number("SELECT COUNT(*) FROM ledger_holds WHERE state = 'open'").await, Some(0));
    assert_eq!(number("SELECT COUNT(*) FROM jobs WHERE state = 'completed'").await, Some(outputs));
    assert_eq!(number("SELECT COUNT(*) FROM jobs").await, Some(outputs));
}

/// Two hours later the sweep has taken what the dead processes had put into the store unseen.
async fn assert_nothing_stray(home: &Home, db: Db, videos: usize) {
    let later = Ambient::system().now() + chrono::TimeDelta::hours(2);
    let ambient = Ambient::seeded(Arc::new(ManualClock::starting_at(later)), 1);
    let config = Config::load(None, [], &[]).expect("the defaults are valid");
    let media = Arc::new(Media::new(MediaConfig::below(home.path("media"))).expect("ffmpeg is installed"));
    let storage = Storage::open(&home.data_dir(), Limits::from_config(&config), db, ambient, media);
    let storage = storage.expect("the store opens");
    let before = storage.stray_objects().await.expect("the store can be compared");
    assert!(before.is_empty(), "{before:?}");

    let swept = storage.sweep().await.expect("the store can be swept");

    println!("objects of killed runs: {}", swept.objects_collected);
    let after = storage.stray_objects().await.expect("the store can be compared");
    assert!(after.is_empty() && after.unsettled.is_empty(), "{after:?}");
    let count = storage.objects().list().await.expect("the store can be listed").len();
    assert_eq!(count, 2 * videos, "a file and a picture of every clip and output");
    drop(storage);
    assert_eq!(leftovers(home), Vec::<String>::new());
}

/// Files that are neither the database nor a stored object nor a prepared segment.
fn leftovers(home: &Home) -> Vec<String> {
    let root = home.data_dir();
    let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let path = entry.path();
            let name = path.strip_prefix(&root).expect("below the root").display().to_string();
            let kept = ["lumiku.db", "lumiku.migrate-lock", "objects/", "media/cache/"];
            let making = ["/making/", "worker-", ".tmp"].iter().any(|part| name.contains(part));
            if making || !kept.iter().any(|kept| name.starts_with(kept)) {
                found.push(name);
            }
        }
    }
    found
}
