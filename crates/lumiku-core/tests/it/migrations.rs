//! Schema changes: forth, back, half-way and from two nodes at once.

use lumiku_core::{Migration, Query};
use lumiku_testdb::TestDb;

lumiku_testdb::on_both_engines! { &[];
    migrations_go_up_tell_their_state_and_go_back,
    a_failing_migration_leaves_nothing_behind,
    a_failing_migration_is_named,
    two_nodes_that_migrate_at_once_both_succeed,
    an_older_binary_starts_on_a_newer_schema,
    a_text_for_sqlite_is_used_on_sqlite_alone,
}

const FIRST: Migration =
    Migration::new(1, "shelves", "CREATE TABLE shelves (id UUID PRIMARY KEY)", "DROP TABLE shelves");
const SECOND: Migration =
    Migration::new(2, "books", "CREATE TABLE books (id UUID PRIMARY KEY)", "DROP TABLE books");
const BROKEN: Migration = Migration::new(
    3,
    "a typing error",
    "CREATE TABLE half (id UUID PRIMARY KEY); CREATE TABEL other (id UUID)",
    "",
);

async fn exists(db: &TestDb, table: &str) -> bool {
    db.scalar::<i64>(&format!("SELECT COUNT(*) FROM {table}"), vec![]).await.is_ok()
}

async fn applied(db: &TestDb, migrations: &[Migration]) -> Vec<(i64, bool)> {
    let status = db.migrate_status(migrations).await.unwrap();
    status.into_iter().map(|(migration, applied)| (migration.version, applied)).collect()
}

async fn migrations_go_up_tell_their_state_and_go_back(db: TestDb) {
    let all = [SECOND, FIRST];
    assert_eq!(applied(&db, &all).await, [(1, false), (2, false)]);

    db.migrate_up(&[FIRST]).await.unwrap();
    assert_eq!(applied(&db, &all).await, [(1, true), (2, false)]);

    db.migrate_up(&all).await.unwrap();
    assert_eq!(applied(&db, &all).await, [(1, true), (2, true)]);
    assert!(exists(&db, "books").await);

    db.migrate_down_to(&all, 1).await.unwrap();
    assert_eq!(applied(&db, &all).await, [(1, true), (2, false)]);
    assert!(exists(&db, "shelves").await);
    assert!(!exists(&db, "books").await);
}

async fn a_failing_migration_leaves_nothing_behind(db: TestDb) {
    db.migrate_up(&[FIRST, BROKEN]).await.unwrap_err();

    assert_eq!(applied(&db, &[FIRST, BROKEN]).await, [(1, true), (3, false)]);
    assert!(!exists(&db, "half").await);
    // And it is not in the way of its mended self.
    db.migrate_up(&[FIRST, Migration { up: "CREATE TABLE half (id UUID)", ..BROKEN }]).await.unwrap();
    assert!(exists(&db, "half").await);
}

async fn a_failing_migration_is_named(db: TestDb) {
    let error = db.migrate_up(&[BROKEN]).await.unwrap_err().to_string();

    assert!(error.contains("migration 3 (a typing error) failed"), "{error}");
}

async fn two_nodes_that_migrate_at_once_both_succeed(db: TestDb) {
    let other = db.another_node().await;

    let migrations = [FIRST, SECOND];
    let (here, there) = tokio::join!(db.migrate_up(&migrations), other.migrate_up(&migrations));

    here.unwrap();
    there.unwrap();
    assert!(exists(&db, "books").await);
}

async fn an_older_binary_starts_on_a_newer_schema(db: TestDb) {
    db.migrate_up(&[FIRST, SECOND]).await.unwrap();

    db.migrate_up(&[FIRST]).await.unwrap();

    assert!(exists(&db, "books").await);
}

async fn a_text_for_sqlite_is_used_on_sqlite_alone(db: TestDb) {
    let two = Migration {
        up_sqlite: Some("CREATE TABLE for_sqlite (id UUID)"),
        ..Migration::new(1, "two texts", "CREATE TABLE for_postgres (id UUID)", "")
    };

    db.migrate_up(&[two]).await.unwrap();

    let sqlite = db.engine() == lumiku_core::Engine::Sqlite;
    assert_eq!(exists(&db, "for_sqlite").await, sqlite);
    assert_eq!(exists(&db, "for_postgres").await, !sqlite);
}
