//! The ledger's promise: of 200 requests at once against a balance for 50, exactly 50 are accepted,
//! on both engines, and the books agree afterwards. Beside it the speed of holds, on one account that
//! everybody wants and on a hundred, and what the disk can flush, because that bounds all the rest.

mod contest;
mod disk;
mod load;

use std::panic::AssertUnwindSafe;

use anyhow::Result;
use futures::FutureExt;
use lumiku_core::db::DbOptions;
use lumiku_core::{Ambient, Db, UserId};
use lumiku_ledger::{GrantKind, Ledger, MIGRATIONS};
use lumiku_testdb::TestDb;
use serde_json::{Map, Value, json};
use xtask::proof::{Finding, Measurement};

use crate::spread::{median, rounded};

const ROUNDS: usize = 3;

/// A ledger on a database that flushes every commit, with the connections a server has by default.
pub struct Books {
    pub db: Db,
    pub ledger: Ledger,
    pub ambient: Ambient,
    /// Keeps the database alive.
    _test: TestDb,
}

pub fn run(arguments: &[String]) -> Result<Finding> {
    anyhow::ensure!(arguments.is_empty(), "`script/bench ledger` takes no arguments");
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> Result<Finding> {
    // The kit panics when there is no PostgreSQL, as a test should; here that is "cannot run".
    let postgres = AssertUnwindSafe(TestDb::durable_postgres(MIGRATIONS)).catch_unwind().await;
    let Ok(postgres) = postgres else {
        return Ok(Finding::CannotRun("PostgreSQL is needed and does not start here".into()));
    };
    let mut details = Map::new();
    let mut accepted = Map::new();
    let mut pass = true;
    for (engine, test) in [("sqlite", TestDb::sqlite(MIGRATIONS).await), ("postgresql", postgres)] {
        let books = Books::open(test).await?;
        let contest = contest::hold(&books, ROUNDS).await?;
        pass &= contest.passes();
        accepted.insert(engine.to_owned(), json!(contest.accepted));
        let one = load::run(&books, 1).await?;
        let hundred = load::run(&books, 100).await?;
        let violations = books.ledger.verify(&books.db).await?;
        pass &= violations.is_empty();
        let flushes = disk::flushes_per_s().await?;
        eprintln!("{engine}: accepted {:?} of 200, {} violations", contest.accepted, violations.len());
        eprintln!("{engine}: one account {one}; a hundred {hundred}; the disk flushes {flushes:.0}/s");
        details.insert(
            engine.to_owned(),
            json!({
                "violations": violations.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "contest_ms": rounded(median(&contest.millis), 0),
                "one_account": one.json(),
                "hundred_accounts": hundred.json(),
                "disk_flushes_per_s": rounded(flushes, 0),
            }),
        );
    }
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    details.insert("build".to_owned(), build.into());
    details.insert("cores".to_owned(), json!(std::thread::available_parallelism()?.get()));
    Ok(Finding::Measured(Measurement {
        value: Value::Object(accepted),
        target: format!("{} accepted in every round, no violation", contest::COVERED),
        pass,
        details,
    }))
}

impl Books {
    async fn open(test: TestDb) -> Result<Self> {
        let options = DbOptions {
            url: test.url.clone(),
            max_connections: 10,
            acquire_timeout: std::time::Duration::from_mins(1),
        };
        let ambient = Ambient::system();
        let db = Db::connect(&options).await?;
        Ok(Self { db, ledger: Ledger::new(ambient.clone()), ambient, _test: test })
    }

    /// A new user with this many credits.
    pub async fn user_with(&self, credits: i64) -> Result<UserId> {
        let user = UserId(self.ambient.uuid());
        let tx = self.db.write_tx().await?;
        self.ledger.open_account(&tx, user).await?;
        self.ledger.grant(&tx, user, credits, GrantKind::Adjustment, "Benchmark", &user.to_string()).await?;
        tx.commit().await?;
        Ok(user)
    }
}
