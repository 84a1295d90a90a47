//! A place for one studio: a data directory and a database of its own, gone when dropped.

use std::path::PathBuf;
use std::time::Duration;

use lumiku_core::Db;
use lumiku_core::db::DbOptions;
use lumiku_testdb::TestDb;

use crate::client::Client;
use crate::program::{Finished, Program, run};

pub struct Home {
    dir: tempfile::TempDir,
    database: Option<TestDb>,
    extra: Vec<(String, String)>,
}

impl Home {
    /// As a newcomer has it: nothing configured.
    pub fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self { dir, database: None, extra: vec![] }
    }

    /// With an empty PostgreSQL database by URL.
    pub async fn postgres() -> Self {
        Self { database: Some(TestDb::postgres(&[]).await), ..Self::sqlite() }
    }

    /// One more variable in the environment of everything started here.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Not made before the program makes it.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// For files that are not the studio's.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn environment(&self) -> Vec<(String, String)> {
        let mut all = vec![("LUMIKU_DATA_DIR".into(), self.data_dir().display().to_string())];
        all.extend(self.database.iter().map(|database| ("DATABASE_URL".into(), database.url.clone())));
        all.extend(self.extra.iter().cloned());
        all
    }

    pub fn run(&self, arguments: &[&str]) -> Finished {
        run(arguments, &self.environment(), "")
    }

    pub fn run_with_input(&self, arguments: &[&str], stdin: &str) -> Finished {
        run(arguments, &self.environment(), stdin)
    }

    pub fn start(&self, arguments: &[&str]) -> Program {
        Program::start(arguments, &self.environment())
    }

    /// A server on a free port, and workers unless said otherwise.
    pub fn serve(&self, arguments: &[&str]) -> Program {
        self.start(&[&["serve", "--port", "0"], arguments].concat())
    }

    /// A server and its first account.
    pub async fn serve_and_set_up(&self, arguments: &[&str]) -> (Program, Client) {
        let server = self.serve(arguments);
        let client = Client::set_up(&server).await;
        (server, client)
    }

    /// The same database, to look at what HTTP does not show.
    pub async fn db(&self) -> Db {
        let file = Db::sqlite_url(&self.data_dir().join("lumiku.db"));
        let url = self.database.as_ref().map_or(file, |database| database.url.clone());
        let options = DbOptions { url, max_connections: 2, acquire_timeout: Duration::from_mins(1) };
        Db::connect(&options).await.expect("the database opens")
    }
}
