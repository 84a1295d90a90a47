//! One database handle for SQLite and PostgreSQL.
//!
//! SQLite gets one writing connection and a pool of read-only ones: more writers only spin in the
//! busy handler and make the tail latency worse. Every write transaction begins IMMEDIATE, because
//! a deferred one fails at its first write as soon as another writer was there. All SQL is written
//! once, with `$1` parameters; ids are bound, never spelled.

mod migrate;
mod query;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

pub use migrate::Migration;
pub use query::Query;

/// Binds values in order: `params![id, now, 5_i64]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}

pub use sea_orm::{FromQueryResult, Value};

/// Which database is behind the handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What went wrong in the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("cannot open the database {url}: {reason}")]
    Open { url: String, reason: String },
    #[error("migration {version} ({name}) failed: {reason}")]
    Migration { version: i64, name: String, reason: String },
    #[error(transparent)]
    Sql(#[from] sea_orm::DbErr),
    #[error("a stored value cannot be read: {0}")]
    Decode(String),
}

impl DbError {
    /// Whether a unique index refused the row, which callers turn into "already exists".
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Sql(error) => {
                matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
            }
            _ => false,
        }
    }
}

#[derive(Clone)]
enum Pool {
    Sqlite { pool: SqlitePool, file: PathBuf },
    Postgres(PgPool),
}

struct Inner {
    engine: Engine,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    pool: Pool,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Db").field(&self.0.engine).finish()
    }
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// `sqlite:///path/to/file.db` or `postgres://user:password@host/name`.
    pub url: String,
    pub max_connections: u32,
    pub acquire_timeout: Duration,
}

impl Db {
    pub async fn connect(options: &DbOptions) -> Result<Self, DbError> {
        // The URL may hold a password: name only what comes before it.
        let fail = |error: sqlx::Error| DbError::Open {
            url: options.url.split('@').next_back().unwrap_or_default().to_owned(),
            reason: error.to_string(),
        };
        let inner = if options.url.starts_with("postgres") {
            let to = PgConnectOptions::from_str(&options.url).map_err(fail)?;
            let pool = PgPoolOptions::new()
                .max_connections(options.max_connections)
                .acquire_timeout(options.acquire_timeout)
                .connect_with(to.clone());
            let pool = match pool.await {
                Ok(pool) => pool,
                // The pool waits for a server that is only starting, and then says no more than that it
                // waited. One plain connection tells why.
                Err(sqlx::Error::PoolTimedOut) => {
                    let reason = to.connect().await.err();
                    return Err(fail(reason.unwrap_or(sqlx::Error::PoolTimedOut)));
                }
                Err(error) => return Err(fail(error)),
            };
            let connection = sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
            Inner {
                engine: Engine::Postgres,
                writer: connection.clone(),
                reader: connection,
                pool: Pool::Postgres(pool),
            }
        } else {
            let file = SqliteConnectOptions::from_str(&options.url)
                .map_err(fail)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // NORMAL may lose the last commits on power loss; this database holds money.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(20))
                .pragma("wal_autocheckpoint", "2000");
            let path = file.get_filename().to_path_buf();
            let pool_options = || sqlite_pool().acquire_timeout(options.acquire_timeout);
            let writer = pool_options().max_connections(1).connect_with(file.clone()).await.map_err(fail)?;
            let reader = pool_options()
                .max_connections(options.max_connections.clamp(1, 8))
                .connect_with(file.read_only(true).create_if_missing(false))
                .await
                .map_err(fail)?;
            Inner {
                engine: Engine::Sqlite,
                writer: sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(writer.clone()),
                reader: sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
                pool: Pool::Sqlite { pool: writer, file: path },
            }
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The URL of an SQLite file.
    pub fn sqlite_url(file: &Path) -> String {
        format!("sqlite://{}", file.display())
    }

    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// The file of an SQLite database; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        match &self.0.pool {
            Pool::Sqlite { file, .. } => Some(file),
            Pool::Postgres(_) => None,
        }
    }

    /// The same database over one connection of its own, driven by the runtime that calls this.
    /// For a thread that must go on while the main runtime is blocked or its pool is empty.
    pub async fn separate(&self) -> Result<Self, DbError> {
        let fail = |error: sqlx::Error| DbError::Open { url: "once more".into(), reason: error.to_string() };
        let (connection, pool) = match &self.0.pool {
            Pool::Sqlite { pool, file } => {
                let options = (*pool.connect_options()).clone();
                let pool = sqlite_pool().max_connections(1).connect_with(options).await;
                let pool = pool.map_err(fail)?;
                let connection = sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone());
                (connection, Pool::Sqlite { pool, file: file.clone() })
            }
            Pool::Postgres(pool) => {
                let options = (*pool.connect_options()).clone();
                let pool = PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(Duration::from_secs(5))
                    .connect_with(options)
                    .await
                    .map_err(fail)?;
                let connection = sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
                (connection, Pool::Postgres(pool))
            }
        };
        let inner = Inner { engine: self.0.engine, writer: connection.clone(), reader: connection, pool };
        Ok(Self(Arc::new(inner)))
    }

    /// Begins a transaction that may write. On SQLite it waits its turn here, in arrival order,
    /// and never in the busy handler of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the one door to transactions")]
    pub async fn write_tx(&self) -> Result<Tx, DbError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx(self.0.writer.begin_with_options(options).await?))
    }

    /// One statement as a transaction of its own.
    pub async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
        let tx = self.write_tx().await?;
        let changed = tx.execute(sql, values).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Waits for open transactions and closes the connections.
    pub async fn close(&self) {
        let _ = self.0.reader.clone().close().await;
        let _ = self.0.writer.clone().close().await;
    }
}

/// Connections that are between transactions when they are handed out. SQLite ends a transaction itself
/// when the disk is full or fails; the driver's own rollback then finds none and leaves its count at one.
/// Every later transaction on that connection would be a savepoint in one that nobody commits: writes
/// would be acknowledged, seen by no reader, and lost at the next start.
fn sqlite_pool() -> SqlitePoolOptions {
    // The ping before this hook has waited for a rollback that was only queued.
    SqlitePoolOptions::new().test_before_acquire(true).before_acquire(|connection, _| {
        let is_clean = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_clean) })
    })
}

/// An open write transaction; dropping it rolls back.
#[derive(Debug)]
pub struct Tx(DatabaseTransaction);

impl Tx {
    pub async fn commit(self) -> Result<(), DbError> {
        Ok(self.0.commit().await?)
    }

    pub async fn rollback(self) -> Result<(), DbError> {
        Ok(self.0.rollback().await?)
    }
}
