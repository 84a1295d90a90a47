//! A ledger over a test database, with a clock that stands still.

use std::sync::Arc;

use lumiku_core::{Ambient, DateTime, Db, ManualClock, UserId};
use lumiku_ledger::{Balance, GrantKind, Ledger};

pub fn ledger() -> Ledger {
    Ledger::new(ambient())
}

pub fn ambient() -> Ambient {
    let noon = DateTime::from_timestamp(1_795_000_000, 0).expect("a valid time");
    Ambient::seeded(Arc::new(ManualClock::starting_at(noon)), 7)
}

/// A user with an account and, unless 0, a grant of this many credits.
pub async fn user_with(ledger: &Ledger, db: &Db, credits: i64) -> UserId {
    // Every user of a test differs, and the ids of two ledgers in one test may not.
    let user = UserId(Ambient::system().uuid());
    let tx = db.write_tx().await.unwrap();
    ledger.open_account(&tx, user).await.unwrap();
    if credits > 0 {
        ledger
            .grant(&tx, user, credits, GrantKind::Welcome, "Welcome", &format!("welcome:{user}"))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    user
}

pub async fn balance(ledger: &Ledger, db: &Db, user: UserId) -> (i64, i64, i64) {
    let Balance { balance, held, available } = ledger.balance(db, user).await.unwrap();
    (balance, held, available)
}

pub async fn assert_books_are_right(ledger: &Ledger, db: &Db) {
    let violations = ledger.verify(db).await.unwrap();
    assert!(violations.is_empty(), "{violations:#?}");
}
