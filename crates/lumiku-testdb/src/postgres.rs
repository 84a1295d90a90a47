//! One PostgreSQL server per test process and a fresh database per test, copied from a template
//! that was migrated once.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use lumiku_core::Migration;
use sha2::{Digest, Sha256};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::Mutex;

use crate::supervised::Supervised;

/// `$1` is the folder of the binaries, `$2` whether commits are flushed. The server listens on a
/// socket in its own folder, so there is no port to collide on.
const SCRIPT: &str = r#"
set -e
folder=$(mktemp -d /tmp/lumiku-pg.XXXXXX)
trap 'rm -rf "$folder"' EXIT
"$1/initdb" -D "$folder/data" -U postgres --auth=trust --no-sync --encoding=UTF8 --locale=C >"$folder/log" 2>&1 \
  || { cat "$folder/log" >&2; exit 1; }
"$1/postgres" -D "$folder/data" -c listen_addresses='' -k "$folder" -c max_connections=300 -c fsync="$2" \
  -c full_page_writes="$2" -c synchronous_commit="$2" -c shared_buffers=64MB -c timezone=Asia/Jakarta >"$folder/log" 2>&1 &
server=$!
until "$1/pg_isready" -q -h "$folder" -U postgres; do
  kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.05
done
echo "$folder"
exec >/dev/null 2>&1
cat
kill -QUIT $server
wait $server || true
"#;

struct Server {
    _process: Supervised,
    folder: String,
}

/// What a commit waits for. Nothing a test writes needs to survive a power cut; a measurement does
/// not want to flatter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    Never,
    EveryCommit,
}

/// The server, started by the first that asks.
fn server(flush: Flush) -> &'static Server {
    static QUICK: OnceLock<Server> = OnceLock::new();
    static DURABLE: OnceLock<Server> = OnceLock::new();
    let (server, flushed) = match flush {
        Flush::Never => (&QUICK, "off"),
        Flush::EveryCommit => (&DURABLE, "on"),
    };
    server.get_or_init(|| {
        let binaries = binaries();
        let binaries = binaries.to_str().expect("a readable path");
        match Supervised::start(SCRIPT, &[binaries, flushed], Some("postgres")) {
            Ok((process, folder)) => Server { _process: process, folder },
            Err(reason) => panic!("PostgreSQL does not start for the tests:\n{reason}"),
        }
    })
}

/// The newest installed version's binaries.
fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            let folder = version.path().join("bin");
            folder.join("initdb").exists().then_some((number, folder))
        })
        .max();
    newest.map_or_else(
        || {
            panic!(
                "no PostgreSQL under /usr/lib/postgresql, and every store is tested on both engines. \
                 Install it: apt-get install postgresql"
            )
        },
        |(_, folder)| folder,
    )
}

impl Server {
    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder)
    }

    async fn run(&self, sql: &str) -> Result<(), sqlx::Error> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        connection.execute(sqlx::AssertSqlSafe(sql)).await?;
        connection.close().await
    }
}

/// A database of one test.
#[derive(Debug)]
pub struct Database {
    name: String,
    flush: Flush,
}

impl Database {
    pub async fn create(migrations: &[Migration], flush: Flush) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let server = tokio::task::spawn_blocking(move || server(flush))
            .await
            .expect("PostgreSQL is there for the tests");
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let template = template(server, migrations).await;
        server
            .run(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .expect("a new test database");
        Self { name, flush }
    }

    pub fn url(&self) -> String {
        server(self.flush).url(&self.name)
    }
}

/// The name of the database these migrations were applied to, made when first asked for.
async fn template(server: &Server, migrations: &[Migration]) -> String {
    static MADE: Mutex<Option<HashSet<(String, String)>>> = Mutex::const_new(None);
    if migrations.is_empty() {
        return "template1".into();
    }
    let mut digest = Sha256::new();
    for migration in migrations {
        digest.update(migration.version.to_be_bytes());
        digest.update(migration.up);
    }
    let name = format!("template_{}", hex::encode(&digest.finalize()[..8]));
    let mut made = MADE.lock().await;
    if made.get_or_insert_default().insert((server.folder.clone(), name.clone())) {
        server.run(&format!("CREATE DATABASE {name}")).await.expect("a new template database");
        let db = crate::open(&server.url(&name)).await;
        db.migrate_up(migrations).await.expect("the migrations run on PostgreSQL");
        // A database with open connections cannot be copied.
        db.close().await;
    }
    name
}

impl Drop for Database {
    /// Hundreds of tests share the server; each takes its eight megabytes with it.
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = server(self.flush);
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(server.run(&sql)))
        });
        let _ = dropped.join();
    }
}
