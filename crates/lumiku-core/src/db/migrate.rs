//! Migrations: plain SQL with a way back, each in its own transaction, under a lock that holds
//! across nodes (an advisory lock on PostgreSQL, a file's write lock on SQLite).

use sea_orm::FromQueryResult;
use sqlx::migrate::{MigrateError, MigrationType, Migrator};
use sqlx::postgres::PgPool;
use sqlx::{Connection, PgConnection};
use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use super::{Db, DbError, Engine, Pool, Query};

/// One step of the schema. `version` is unique over all crates and apps: a date and a counter,
/// for example `2026_11_23_01`.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub version: i64,
    pub name: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    /// Text for SQLite where the two engines cannot share one (triggers).
    pub up_sqlite: Option<&'static str>,
    pub down_sqlite: Option<&'static str>,
}

impl Migration {
    /// A migration whose text both engines understand.
    pub const fn new(version: i64, name: &'static str, up: &'static str, down: &'static str) -> Self {
        Self { version, name, up, down, up_sqlite: None, down_sqlite: None }
    }

    fn for_engine(&self, engine: Engine) -> [sqlx::migrate::Migration; 2] {
        let (up, down) = match engine {
            Engine::Sqlite => (self.up_sqlite.unwrap_or(self.up), self.down_sqlite.unwrap_or(self.down)),
            Engine::Postgres => (self.up, self.down),
        };
        let make = |kind, sql: &'static str| {
            let name = Cow::Borrowed(self.name);
            sqlx::migrate::Migration::new(self.version, name, kind, sqlx::SqlStr::from_static(sql), false)
        };
        [make(MigrationType::ReversibleUp, up), make(MigrationType::ReversibleDown, down)]
    }
}

#[derive(FromQueryResult)]
struct AppliedRow {
    version: i64,
}

impl Db {
    /// Applies what is pending, in order of version. Two nodes may call this at once: one waits.
    pub async fn migrate_up(&self, migrations: &[Migration]) -> Result<(), DbError> {
        let migrator = self.migrator(migrations);
        let result = match &self.0.pool {
            Pool::Sqlite { pool, file } => {
                let _one_process_at_a_time = lock_beside(file).await?;
                migrator.run(pool).await
            }
            Pool::Postgres(pool) => {
                let mut connection = own_connection(pool).await?;
                let result = migrator.run(&mut connection).await;
                release(connection, result).await
            }
        };
        result.map_err(|error| explain(migrations, &error))
    }

    /// Takes back every migration above `target` (0 for all).
    pub async fn migrate_down_to(&self, migrations: &[Migration], target: i64) -> Result<(), DbError> {
        let migrator = self.migrator(migrations);
        let result = match &self.0.pool {
            Pool::Sqlite { pool, file } => {
                let _one_process_at_a_time = lock_beside(file).await?;
                migrator.undo(pool, target).await
            }
            Pool::Postgres(pool) => {
                let mut connection = own_connection(pool).await?;
                let result = migrator.undo(&mut connection, target).await;
                release(connection, result).await
            }
        };
        result.map_err(|error| explain(migrations, &error))
    }

    /// Every known migration, oldest first, and whether it is applied.
    pub async fn migrate_status(&self, migrations: &[Migration]) -> Result<Vec<(Migration, bool)>, DbError> {
        let applied: Vec<i64> = match self
            .all::<AppliedRow>("SELECT version FROM _sqlx_migrations WHERE success", vec![])
            .await
        {
            Ok(rows) => rows.into_iter().map(|row| row.version).collect(),
            // A database nobody migrated yet has no such table.
            Err(_) => Vec::new(),
        };
        let mut status: Vec<_> = migrations.iter().map(|m| (*m, applied.contains(&m.version))).collect();
        status.sort_by_key(|(migration, _)| migration.version);
        Ok(status)
    }

    fn migrator(&self, migrations: &[Migration]) -> Migrator {
        let steps = migrations.iter().flat_map(|m| m.for_engine(self.engine())).collect();
        let mut migrator = Migrator::with_migrations(steps);
        // A binary one version older must still start on a newer schema.
        migrator.set_ignore_missing(true);
        migrator
    }
}

/// A failed migration returns with the advisory lock still held by its session. In the pool such a
/// connection would block every other migrator for ever, so it gets one of its own to close.
async fn own_connection(pool: &PgPool) -> Result<PgConnection, DbError> {
    PgConnection::connect_with(&pool.connect_options())
        .await
        .map_err(|error| DbError::Open { url: "for the migrations".into(), reason: error.to_string() })
}

async fn release<T>(connection: PgConnection, result: Result<T, MigrateError>) -> Result<T, MigrateError> {
    let _ = connection.close().await;
    result
}

/// SQLite has no advisory locks: a lock file beside the database keeps a second process waiting.
async fn lock_beside(database: &Path) -> Result<File, DbError> {
    let path = database.with_extension("migrate-lock");
    let fail = |error: &dyn std::fmt::Display| DbError::Open {
        url: path.display().to_string(),
        reason: error.to_string(),
    };
    let taken = {
        let path = path.clone();
        tokio::task::spawn_blocking(move || {
            let file = File::create(path)?;
            file.lock()?;
            Ok::<_, std::io::Error>(file)
        })
    };
    taken.await.map_err(|error| fail(&error))?.map_err(|error| fail(&error))
}

fn explain(migrations: &[Migration], error: &MigrateError) -> DbError {
    let version = match error {
        MigrateError::ExecuteMigration(_, version)
        | MigrateError::VersionMismatch(version)
        | MigrateError::Dirty(version)
        | MigrateError::VersionMissing(version) => *version,
        _ => 0,
    };
    let name = migrations.iter().find(|m| m.version == version).map_or("", |m| m.name);
    DbError::Migration { version, name: name.into(), reason: error.to_string() }
}
