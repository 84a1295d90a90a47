//! What the throw-away servers promise: each test its own, and nothing left behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use lumiku_core::{Migration, Query};
use lumiku_testdb::{TestDb, TestRedis};

const ROWS: Migration = Migration::new(1, "rows", "CREATE TABLE rows (n BIGINT)", "DROP TABLE rows");

lumiku_testdb::on_both_engines! { &[ROWS];
    a_test_sees_nothing_of_another,
    another_node_sees_the_same_database,
}

async fn a_test_sees_nothing_of_another(db: TestDb) {
    let other = match db.engine() {
        lumiku_core::Engine::Sqlite => TestDb::sqlite(&[ROWS]).await,
        lumiku_core::Engine::Postgres => TestDb::postgres(&[ROWS]).await,
    };
    db.execute("INSERT INTO rows VALUES (1)", vec![]).await.unwrap();

    assert_eq!(other.scalar::<i64>("SELECT COUNT(*) FROM rows", vec![]).await.unwrap(), Some(0));
}

async fn another_node_sees_the_same_database(db: TestDb) {
    db.execute("INSERT INTO rows VALUES (1)", vec![]).await.unwrap();

    let rows = db.another_node().await.scalar::<i64>("SELECT COUNT(*) FROM rows", vec![]).await;

    assert_eq!(rows.unwrap(), Some(1));
}

/// Not a test: the process that the next test kills.
#[tokio::test]
#[ignore = "run by the next test, which kills it"]
async fn holds_servers_until_it_is_killed() {
    let (db, redis) = (TestDb::postgres(&[]).await, TestRedis::start().await);
    let folder = db.url.split("host=").nth(1).unwrap();
    println!("\nFOLDERS {folder} {}", redis.url().strip_prefix("redis+unix://").unwrap());
    std::future::pending::<()>().await;
}

#[test]
fn a_killed_test_process_leaves_no_server_behind() {
    #[expect(clippy::disallowed_methods, reason = "the test is about a process that dies")]
    let mut process = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holds_servers_until_it_is_killed", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let folders = lines.into_iter().find(|line| line.starts_with("FOLDERS")).unwrap();
    let folders: Vec<&Path> = folders.split(' ').skip(1).map(Path::new).collect();
    assert!(folders.iter().all(|folder| folder.exists()), "{folders:?}");

    process.kill().unwrap();
    process.wait().unwrap();

    // The folder goes last, after the server in it.
    let deadline = Instant::now() + Duration::from_secs(30);
    while folders.iter().any(|folder| folder.exists()) {
        assert!(Instant::now() < deadline, "still there: {folders:?}");
        std::thread::yield_now();
    }
}
