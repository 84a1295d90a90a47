use lumiku_core::{Explain, Query, UserId, params};
use lumiku_ledger::{GrantKind, LedgerError, MIGRATIONS};
use lumiku_testdb::TestDb;

use crate::studio::{assert_books_are_right, balance, ledger, user_with};

lumiku_testdb::on_both_engines! { MIGRATIONS;
    a_grant_with_the_same_key_has_one_effect,
    a_key_used_for_another_amount_kind_or_user_is_refused,
    fifty_parallel_grants_with_one_key_have_one_effect,
    a_key_taken_by_another_user_at_the_same_moment_leaves_the_account_as_it_was,
    opening_an_account_twice_changes_nothing,
    a_user_without_an_account_has_nothing_and_can_be_given_nothing,
    entries_cannot_be_changed_or_removed,
    the_migrations_can_be_taken_back_and_applied_again,
}

async fn a_grant_with_the_same_key_has_one_effect(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 0).await;

    let tx = db.write_tx().await.unwrap();
    let first = ledger.grant(&tx, user, 40, GrantKind::Bonus, "Bonus", "june").await.unwrap();
    let again = ledger.grant(&tx, user, 40, GrantKind::Bonus, "Bonus", "june").await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(first, again);
    assert_eq!(balance(&ledger, &db, user).await, (40, 0, 40));
    assert_books_are_right(&ledger, &db).await;
}

async fn a_key_used_for_another_amount_kind_or_user_is_refused(db: TestDb) {
    let ledger = ledger();
    let (user, other) = (user_with(&ledger, &db, 0).await, user_with(&ledger, &db, 0).await);
    let tx = db.write_tx().await.unwrap();
    ledger.grant(&tx, user, 40, GrantKind::Bonus, "Bonus", "june").await.unwrap();

    let attempts =
        [(user, 41, GrantKind::Bonus), (user, 40, GrantKind::Purchased), (other, 40, GrantKind::Bonus)];
    for (user, amount, kind) in attempts {
        let error = ledger.grant(&tx, user, amount, kind, "Bonus", "june").await.unwrap_err();
        assert!(matches!(error, LedgerError::KeyReused { .. }), "{error}");
        assert_eq!((error.problem().status, error.problem().code.as_str()), (422, "credits.key_reused"));
    }
    let nothing = ledger.grant(&tx, user, 0, GrantKind::Bonus, "Nothing", "july").await.unwrap_err();
    assert!(matches!(nothing, LedgerError::AmountOutOfRange { amount: 0, .. }));
    tx.commit().await.unwrap();

    assert_eq!(balance(&ledger, &db, user).await, (40, 0, 40));
    assert_eq!(balance(&ledger, &db, other).await, (0, 0, 0));
    assert_books_are_right(&ledger, &db).await;
}

async fn fifty_parallel_grants_with_one_key_have_one_effect(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 0).await;

    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (ledger, db) = (ledger.clone(), db.db.clone());
        tasks.spawn(async move {
            let tx = db.write_tx().await.unwrap();
            let id = ledger.grant(&tx, user, 5, GrantKind::Bonus, "Bonus", "once").await.unwrap();
            tx.commit().await.unwrap();
            id
        });
    }
    let ids: std::collections::HashSet<_> = tasks.join_all().await.into_iter().collect();

    assert_eq!(ids.len(), 1, "every caller gets the same entry");
    assert_eq!(balance(&ledger, &db, user).await, (5, 0, 5));
    assert_books_are_right(&ledger, &db).await;
}

async fn a_key_taken_by_another_user_at_the_same_moment_leaves_the_account_as_it_was(db: TestDb) {
    let ledger = ledger();
    let users = [user_with(&ledger, &db, 0).await, user_with(&ledger, &db, 0).await];

    let mut tasks = tokio::task::JoinSet::new();
    for user in users.iter().copied().cycle().take(20) {
        let (ledger, db) = (ledger.clone(), db.db.clone());
        tasks.spawn(async move {
            let tx = db.write_tx().await.unwrap();
            let granted = ledger.grant(&tx, user, 5, GrantKind::Bonus, "Bonus", "contested").await.is_ok();
            // A refused grant leaves nothing behind, so that committing after it is harmless.
            tx.commit().await.unwrap();
            (user, granted)
        });
    }
    let winners: std::collections::HashSet<UserId> =
        tasks.join_all().await.into_iter().filter(|(_, granted)| *granted).map(|(user, _)| user).collect();

    assert_eq!(winners.len(), 1);
    for user in users {
        let owned = if winners.contains(&user) { 5 } else { 0 };
        assert_eq!(balance(&ledger, &db, user).await, (owned, 0, owned));
    }
    assert_books_are_right(&ledger, &db).await;
}

async fn opening_an_account_twice_changes_nothing(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;

    let tx = db.write_tx().await.unwrap();
    ledger.open_account(&tx, user).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(balance(&ledger, &db, user).await, (100, 0, 100));
}

async fn a_user_without_an_account_has_nothing_and_can_be_given_nothing(db: TestDb) {
    let ledger = ledger();
    let stranger = UserId(uuid::Uuid::from_u128(1));
    assert_eq!(balance(&ledger, &db, stranger).await, (0, 0, 0));

    let tx = db.write_tx().await.unwrap();
    let granted = ledger.grant(&tx, stranger, 1, GrantKind::Bonus, "Bonus", "k").await;
    let held = ledger.hold(&tx, stranger, 1, "Run", None, "k").await;

    assert!(matches!(granted, Err(LedgerError::NoAccount(_))));
    assert!(matches!(held, Err(LedgerError::NoAccount(_))));
}

async fn entries_cannot_be_changed_or_removed(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;

    for sql in [
        "UPDATE ledger_entries SET amount = 1000 WHERE user_id = $1",
        "DELETE FROM ledger_entries WHERE user_id = $1",
    ] {
        let error = db.execute(sql, params![user]).await.unwrap_err().to_string();
        assert!(error.contains("never changed or removed"), "{error}");
    }
    let amount: Option<i64> =
        db.scalar("SELECT amount FROM ledger_entries WHERE user_id = $1", params![user]).await.unwrap();
    assert_eq!(amount, Some(100));
}

async fn the_migrations_can_be_taken_back_and_applied_again(db: TestDb) {
    db.migrate_down_to(MIGRATIONS, 0).await.unwrap();
    db.migrate_up(MIGRATIONS).await.unwrap();

    let ledger = ledger();
    let user = user_with(&ledger, &db, 1).await;
    assert_eq!(balance(&ledger, &db, user).await, (1, 0, 1));
}
