//! What holds after every test, whatever it did.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use lumiku_core::{Query, params};

use crate::TestStudio;

impl TestStudio {
    /// The books balance; no credits are held by nothing; no job and no run is unfinished; disk and
    /// database agree; nobody left working files behind.
    pub async fn check_laws(&self) {
        let context = self.context();
        let violations = context.ledger.verify(&context.db).await.expect("the ledger can be read");
        assert!(violations.is_empty(), "the books do not balance: {violations:?}");
        let counts = context.jobs.counts().await.expect("the queue can be read");
        let unfinished = counts.available + counts.scheduled + counts.running + counts.retryable;
        assert_eq!(unfinished, 0, "jobs are left over: {counts:?}");
        let sql = "SELECT COUNT(*) FROM generations WHERE state IN ('queued', 'running', 'paused')";
        let live: Option<i64> = context.db.scalar(sql, params![]).await.expect("runs can be read");
        assert_eq!(live, Some(0), "runs are left over");
        let holds = context.ledger.list_open_holds(&context.db).await.expect("holds can be read");
        assert!(holds.is_empty(), "credits are held by nothing: {holds:?}");
        self.check_files().await;
    }

    async fn check_files(&self) {
        let strays = self.context().storage.stray_objects().await.expect("the store can be compared");
        assert!(strays.is_empty() && strays.unsettled.is_empty(), "stray files: {strays:?}");
        let media = self.data_dir().join("media");
        let mut scratch = files_below(&media.join("scratch"));
        scratch.extend(files_below(&media.join("cache/making")));
        scratch.retain(|path| path.extension().is_none_or(|extension| extension != "lock"));
        assert!(scratch.is_empty(), "working files are left over: {scratch:?}");
    }

    /// What the server does by itself within the hour after a crash. Only tests that crash call it.
    pub async fn sweep_after_a_crash(&self) {
        self.advance(TimeDelta::hours(2));
        self.context().storage.sweep().await.expect("the store can be swept");
    }
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
