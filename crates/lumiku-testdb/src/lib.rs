//! Throw-away databases for tests, on both engines, and a throw-away Redis.
//!
//! A test body takes a [`TestDb`] and runs once per engine; see [`on_both_engines!`]. What a test
//! needs and cannot have (no PostgreSQL, no Redis) fails the test loudly: a skipped engine is how
//! lost updates reach production.

mod postgres;
mod redis;
mod supervised;

use std::ops::Deref;
use std::time::Duration;

use lumiku_core::db::DbOptions;
use lumiku_core::{Db, Migration};

use crate::postgres::Flush;

pub use redis::TestRedis;

/// A migrated database of one test's own. It disappears with this value.
#[derive(Debug)]
pub struct TestDb {
    pub db: Db,
    /// What `database.url` would be; opens the same database again.
    pub url: String,
    _guard: Guard,
}

/// Removes the database when the test is over, panicking or not.
#[derive(Debug)]
enum Guard {
    Folder { _folder: tempfile::TempDir },
    Database { _database: postgres::Database },
}

impl TestDb {
    /// A new SQLite file: in memory, pools and locks behave differently from production.
    pub async fn sqlite(migrations: &[Migration]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder for SQLite");
        let url = Db::sqlite_url(&folder.path().join("test.db"));
        let db = open(&url).await;
        db.migrate_up(migrations).await.expect("the migrations run on SQLite");
        Self { db, url, _guard: Guard::Folder { _folder: folder } }
    }

    /// A new database in the PostgreSQL server of this test process.
    pub async fn postgres(migrations: &[Migration]) -> Self {
        Self::on_postgres(migrations, Flush::Never).await
    }

    /// One whose server flushes every commit, as production does: for measurements.
    pub async fn durable_postgres(migrations: &[Migration]) -> Self {
        Self::on_postgres(migrations, Flush::EveryCommit).await
    }

    async fn on_postgres(migrations: &[Migration], flush: Flush) -> Self {
        let database = postgres::Database::create(migrations, flush).await;
        let url = database.url();
        Self { db: open(&url).await, url, _guard: Guard::Database { _database: database } }
    }

    /// A second handle with connections of its own, as another node would have.
    pub async fn another_node(&self) -> Db {
        open(&self.url).await
    }
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

async fn open(url: &str) -> Db {
    let options = DbOptions { url: url.into(), max_connections: 8, acquire_timeout: Duration::from_mins(1) };
    Db::connect(&options).await.expect("the test database opens")
}

/// Runs each test body on SQLite and on PostgreSQL.
///
/// ```ignore
/// lumiku_testdb::on_both_engines! { lumiku_jobs::MIGRATIONS;
///     a_job_is_claimed_once,
///     a_cancelled_job_never_runs,
/// }
///
/// async fn a_job_is_claimed_once(db: TestDb) { .. }
/// ```
///
/// makes `sqlite::a_job_is_claimed_once`, `postgres::a_job_is_claimed_once` and so on. Use it once
/// per module.
#[macro_export]
macro_rules! on_both_engines {
    ($migrations:expr; $($test:ident),+ $(,)?) => {
        fn migrations_under_test() -> &'static [$crate::__Migration] {
            $migrations
        }

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test($crate::TestDb::sqlite(super::migrations_under_test()).await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test($crate::TestDb::postgres(super::migrations_under_test()).await).await;
            })+
        }
    };
}

#[doc(hidden)]
pub use lumiku_core::Migration as __Migration;
