//! What every store relies on: values come back equal, transactions are whole, refusals are
//! recognised, and a reader cannot write.

use chrono::{DateTime, Utc};
use lumiku_core::db::FromQueryResult;
use lumiku_core::{Ambient, Engine, Migration, Query, UserId, params};
use lumiku_testdb::TestDb;

lumiku_testdb::on_both_engines! { &[THINGS];
    values_come_back_equal,
    timestamps_compare_in_sql_as_they_do_in_rust,
    a_unique_violation_is_recognised,
    other_errors_are_no_unique_violation,
    a_dropped_transaction_leaves_nothing,
    the_reading_side_of_sqlite_cannot_write,
    two_hundred_writers_at_once_lose_no_update,
    two_handles_see_each_others_writes,
    a_transaction_that_sqlite_gave_up_itself_does_not_swallow_the_next,
}

const THINGS: Migration = Migration::new(
    1,
    "things",
    "CREATE TABLE things (id UUID PRIMARY KEY, owner UUID, name TEXT UNIQUE, made_at TIMESTAMPTZ,
       size BIGINT NOT NULL DEFAULT 0, ready BOOLEAN, share DOUBLE PRECISION, facts JSONB)",
    "DROP TABLE things",
);

#[derive(Debug, PartialEq, FromQueryResult)]
struct Thing {
    id: uuid::Uuid,
    owner: Option<UserId>,
    name: Option<String>,
    made_at: DateTime<Utc>,
    size: i64,
    ready: bool,
    share: f64,
    facts: serde_json::Value,
}

fn thing(ambient: &Ambient) -> Thing {
    Thing {
        id: ambient.uuid(),
        owner: Some(ambient.id()),
        name: Some("a \u{1f4fd} 'reel'".into()),
        made_at: ambient.now(),
        size: 9_007_199_254_740_993,
        ready: true,
        share: 0.1,
        facts: serde_json::json!({"frame_rate": "30000/1001", "nested": [1, null, {"a": true}]}),
    }
}

async fn insert(db: &TestDb, t: &Thing) -> Result<u64, lumiku_core::DbError> {
    db.execute(
        "INSERT INTO things (id, owner, name, made_at, size, ready, share, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![t.id, t.owner, t.name.clone(), t.made_at, t.size, t.ready, t.share, t.facts.clone()],
    )
    .await
}

async fn values_come_back_equal(db: TestDb) {
    let ambient = Ambient::system();
    let whole = thing(&ambient);
    let sparse = Thing { id: ambient.uuid(), owner: None, name: None, ..thing(&ambient) };

    insert(&db, &whole).await.unwrap();
    insert(&db, &sparse).await.unwrap();

    for wanted in [whole, sparse] {
        let found = db.one::<Thing>("SELECT * FROM things WHERE id = $1", params![wanted.id]).await.unwrap();
        assert_eq!(found, Some(wanted));
    }
}

async fn timestamps_compare_in_sql_as_they_do_in_rust(db: TestDb) {
    let t = thing(&Ambient::system());
    insert(&db, &t).await.unwrap();

    for (offset, earlier) in [(-1, false), (0, false), (1, true)] {
        let limit = t.made_at + chrono::TimeDelta::microseconds(offset);
        let count = db.scalar::<i64>("SELECT COUNT(*) FROM things WHERE made_at < $1", params![limit]).await;
        assert_eq!(count.unwrap(), Some(i64::from(earlier)), "offset {offset}");
    }
}

async fn a_unique_violation_is_recognised(db: TestDb) {
    let ambient = Ambient::system();
    insert(&db, &thing(&ambient)).await.unwrap();

    let error = insert(&db, &thing(&ambient)).await.unwrap_err();

    assert!(error.is_unique_violation(), "{error}");
}

async fn other_errors_are_no_unique_violation(db: TestDb) {
    let error = db.execute("INSERT INTO things (id) VALUES (NULL)", vec![]).await;
    // SQLite lets NULL into a primary key that is not an integer.
    if let Err(error) = error {
        assert!(!error.is_unique_violation(), "{error}");
    }
    let error = db.execute("INSERT INTO nowhere (id) VALUES (1)", vec![]).await.unwrap_err();
    assert!(!error.is_unique_violation(), "{error}");
}

async fn a_dropped_transaction_leaves_nothing(db: TestDb) {
    let tx = db.write_tx().await.unwrap();
    let id = Ambient::system().uuid();
    tx.execute("INSERT INTO things (id) VALUES ($1)", params![id]).await.unwrap();
    drop(tx);

    let count = db.write_tx().await.unwrap().scalar::<i64>("SELECT COUNT(*) FROM things", vec![]).await;

    assert_eq!(count.unwrap(), Some(0));
}

async fn the_reading_side_of_sqlite_cannot_write(db: TestDb) {
    if db.engine() == Engine::Sqlite {
        let sql = "INSERT INTO things (id) VALUES ($1) RETURNING id";
        let error = db.scalar::<uuid::Uuid>(sql, params![Ambient::system().uuid()]).await.unwrap_err();
        assert!(error.to_string().contains("readonly"), "{error}");
    }
}

async fn two_hundred_writers_at_once_lose_no_update(db: TestDb) {
    let t = thing(&Ambient::system());
    insert(&db, &t).await.unwrap();

    let writers = (0..200).map(|_| {
        let (db, id) = (db.db.clone(), t.id);
        tokio::spawn(async move {
            let tx = db.write_tx().await?;
            tx.execute("UPDATE things SET size = size + 1 WHERE id = $1", params![id]).await?;
            tx.commit().await
        })
    });
    for written in futures::future::join_all(writers).await {
        written.unwrap().unwrap();
    }

    let size = db.scalar::<i64>("SELECT size FROM things", vec![]).await.unwrap();
    assert_eq!(size, Some(t.size + 200));
}

async fn two_handles_see_each_others_writes(db: TestDb) {
    let other = db.another_node().await;
    let t = thing(&Ambient::system());
    insert(&db, &t).await.unwrap();

    let name = other.scalar::<String>("SELECT name FROM things WHERE id = $1", params![t.id]).await.unwrap();

    assert_eq!(name, t.name);
}

async fn a_transaction_that_sqlite_gave_up_itself_does_not_swallow_the_next(db: TestDb) {
    if db.engine() != Engine::Sqlite {
        return;
    }
    let ambient = Ambient::system();
    // As on a full disk, where SQLite rolls back before anybody asks it to.
    let tx = db.write_tx().await.unwrap();
    tx.execute("PRAGMA max_page_count = 1", params![]).await.unwrap();
    let large = Thing { name: Some("x".repeat(1_000_000)), ..thing(&ambient) };
    let sql = "INSERT INTO things (id, name) VALUES ($1, $2)";
    let refused = tx.execute(sql, params![large.id, large.name]).await;
    assert!(refused.unwrap_err().to_string().contains("full"));
    drop(tx);

    let tx = db.write_tx().await.unwrap();
    tx.execute("PRAGMA max_page_count = 1000000", params![]).await.unwrap();

    let other = db.separate().await.unwrap();
    let second = tokio::time::timeout(std::time::Duration::from_millis(200), other.write_tx()).await;
    assert!(second.is_err(), "a write transaction is alone from its beginning");
    tx.commit().await.unwrap();
    insert(&db, &thing(&ambient)).await.unwrap();
    let seen: Option<i64> = db.scalar("SELECT COUNT(*) FROM things", params![]).await.unwrap();
    assert_eq!(seen, Some(1));
}
