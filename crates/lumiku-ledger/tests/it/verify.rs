use std::collections::HashSet;

use lumiku_ledger::{Invariant, MIGRATIONS};
use lumiku_testdb::TestDb;

use crate::studio::{assert_books_are_right, ledger, user_with};

lumiku_testdb::on_both_engines! { MIGRATIONS;
    an_empty_ledger_is_right,
    planted_corruption_is_found,
}

async fn an_empty_ledger_is_right(db: TestDb) {
    assert_books_are_right(&ledger(), &db).await;
}

/// What somebody with access to the database could do, and the law that must notice.
const PLANTED: &[(&str, &str, Invariant)] = &[
    ("credits out of nothing", "UPDATE ledger_balances SET posted = posted + 5", Invariant::BalanceIsSumOfEntries),
    ("credits out of nothing", "UPDATE ledger_balances SET posted = posted + 5", Invariant::DebitsEqualCredits),
    ("a hold forgotten in the balance", "UPDATE ledger_balances SET pending = 0", Invariant::PendingIsOpenHolds),
    ("a larger grant", "UPDATE ledger_entries SET amount = 900 WHERE kind = 'grant'", Invariant::BalanceIsSumOfEntries),
    ("a removed grant", "DELETE FROM ledger_entries WHERE kind = 'grant'", Invariant::NoEntryMissing),
    ("a removed capture", "DELETE FROM ledger_entries WHERE kind = 'capture'", Invariant::HoldResolvesOnce),
    (
        "a settled hold opened again",
        "UPDATE ledger_holds SET state = 'open', captured = 0, released = 0 WHERE state = 'captured'",
        Invariant::HoldResolvesOnce,
    ),
    (
        "an open hold marked as released without an entry",
        "UPDATE ledger_holds SET state = 'released', released = amount WHERE state = 'open'",
        Invariant::HoldResolvesOnce,
    ),
    (
        "a charge above the hold",
        "UPDATE ledger_entries SET amount = 70 WHERE kind = 'capture'",
        Invariant::CapturedWithinHeld,
    ),
    (
        "a second settlement of one hold",
        "INSERT INTO ledger_entries (id, user_id, seq, debit, credit, amount, kind, hold_id, balance_after, description, idempotency_key, created_at)
         SELECT hold_id, user_id, 99, debit, debit || ':elsewhere', amount, 'expire', hold_id, 0, '', 'forged', created_at
         FROM ledger_entries WHERE kind = 'capture'",
        Invariant::NothingBelowZero,
    ),
    ("a row of a user gone", "DELETE FROM ledger_balances", Invariant::BalanceIsSumOfEntries),
];

async fn planted_corruption_is_found(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;
    let tx = db.write_tx().await.unwrap();
    let settled = ledger.hold(&tx, user, 60, "Run", None, "settled").await.unwrap();
    ledger.capture(&tx, settled, 45).await.unwrap();
    ledger.hold(&tx, user, 10, "Run", None, "open").await.unwrap();
    tx.commit().await.unwrap();
    assert_books_are_right(&ledger, &db).await;
    // Take the triggers away, as somebody who means harm would.
    db.migrate_down_to(MIGRATIONS, MIGRATIONS[0].version).await.unwrap();

    for (what, sql, law) in PLANTED {
        let tx = db.write_tx().await.unwrap();
        assert!(tx.execute(sql, vec![]).await.unwrap() > 0, "{what} was planted");
        let violations = ledger.verify(&tx).await.unwrap();
        tx.rollback().await.unwrap();

        let broken: HashSet<_> = violations.iter().map(|violation| violation.invariant).collect();
        assert!(broken.contains(law), "{what}: expected {law:?} among {violations:#?}");
    }
    assert_books_are_right(&ledger, &db).await;
}
