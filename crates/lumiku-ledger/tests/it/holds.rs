use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lumiku_core::{Explain, HoldId, UserId};
use lumiku_ledger::{Ledger, LedgerError, MIGRATIONS, Settled};
use lumiku_testdb::TestDb;
use uuid::Uuid;

use crate::studio::{assert_books_are_right, balance, ledger, user_with};

lumiku_testdb::on_both_engines! { MIGRATIONS;
    two_hundred_parallel_holds_against_a_balance_for_fifty_accept_exactly_fifty,
    a_hold_resolves_once_however_many_race_for_it,
    sixty_four_spenders_never_get_more_than_the_balance,
    capturing_less_than_held_gives_the_rest_back,
    a_hold_that_the_balance_cannot_bear_says_what_is_needed_and_what_is_there,
    a_refused_hold_leaves_its_key_free_for_after_a_top_up,
    fifty_parallel_holds_with_one_key_are_one_hold,
    a_hold_key_used_for_something_else_is_refused,
    a_hold_of_nothing_is_allowed_and_moves_nothing,
    more_than_held_or_less_than_nothing_cannot_be_captured,
    a_rolled_back_hold_never_was,
}

async fn hold(
    ledger: &Ledger,
    db: &TestDb,
    user: UserId,
    amount: i64,
    key: &str,
) -> Result<HoldId, LedgerError> {
    let tx = db.write_tx().await?;
    let id = ledger.hold(&tx, user, amount, "Run", None, key).await?;
    tx.commit().await?;
    Ok(id)
}

async fn two_hundred_parallel_holds_against_a_balance_for_fifty_accept_exactly_fifty(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 50 * 3).await;

    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..200 {
        let (ledger, db) = (ledger.clone(), db.db.clone());
        tasks.spawn(async move {
            let tx = db.write_tx().await.unwrap();
            let held = ledger.hold(&tx, user, 3, "Run", None, &format!("run-{i}")).await;
            tx.commit().await.unwrap();
            held
        });
    }
    let results = tasks.join_all().await;

    let accepted = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(accepted, 50);
    assert!(
        results
            .iter()
            .all(|r| matches!(r, Ok(_) | Err(LedgerError::Insufficient { required: 3, available: 0..3 })))
    );
    assert_eq!(balance(&ledger, &db, user).await, (150, 150, 0));
    assert_books_are_right(&ledger, &db).await;
}

async fn a_hold_resolves_once_however_many_race_for_it(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;
    let hold = hold(&ledger, &db, user, 60, "run").await.unwrap();

    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..64 {
        let (ledger, db) = (ledger.clone(), db.db.clone());
        tasks.spawn(async move {
            let tx = db.write_tx().await.unwrap();
            let settled = match i % 2 {
                0 => ledger.capture(&tx, hold, 45).await,
                _ => ledger.release(&tx, hold).await,
            };
            tx.commit().await.unwrap();
            settled
        });
    }
    let (settled, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);

    assert_eq!(settled.len(), 1);
    assert!(refused.iter().all(|r| matches!(r, Err(LedgerError::AlreadyResolved(id)) if *id == hold)));
    let Settled { captured, released } = settled.into_iter().next().unwrap().unwrap();
    assert_eq!(captured + released, 60);
    assert_eq!(balance(&ledger, &db, user).await, (100 - captured, 0, 100 - captured));
    assert_books_are_right(&ledger, &db).await;
}

async fn sixty_four_spenders_never_get_more_than_the_balance(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 300).await;
    let spent = Arc::new(AtomicI64::new(0));

    let mut tasks = tokio::task::JoinSet::new();
    for spender in 0_i64..64 {
        let (ledger, db, spent) = (ledger.clone(), db.db.clone(), Arc::clone(&spent));
        tasks.spawn(async move {
            for turn in 0..4 {
                let amount = 1 + (spender * 7 + turn * 3) % 9;
                let tx = db.write_tx().await.unwrap();
                let hold = ledger.hold(&tx, user, amount, "Run", None, &format!("{spender}-{turn}")).await;
                tx.commit().await.unwrap();
                let Ok(hold) = hold else { continue };
                let tx = db.write_tx().await.unwrap();
                let settled = ledger.capture(&tx, hold, amount - amount / 3).await.unwrap();
                tx.commit().await.unwrap();
                spent.fetch_add(settled.captured, Ordering::Relaxed);
            }
        });
    }
    tasks.join_all().await;

    let left = 300 - spent.load(Ordering::Relaxed);
    assert!(left >= 0);
    assert_eq!(balance(&ledger, &db, user).await, (left, 0, left));
    assert_books_are_right(&ledger, &db).await;
}

async fn capturing_less_than_held_gives_the_rest_back(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;
    let hold = hold(&ledger, &db, user, 60, "run").await.unwrap();
    assert_eq!(balance(&ledger, &db, user).await, (100, 60, 40));
    assert_eq!(ledger.list_open_holds(&db.db).await.unwrap().len(), 1);

    let tx = db.write_tx().await.unwrap();
    let settled = ledger.capture(&tx, hold, 45).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(settled, Settled { captured: 45, released: 15 });
    assert_eq!(balance(&ledger, &db, user).await, (55, 0, 55));
    assert!(ledger.list_open_holds(&db.db).await.unwrap().is_empty());
    assert_books_are_right(&ledger, &db).await;
}

async fn a_hold_that_the_balance_cannot_bear_says_what_is_needed_and_what_is_there(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;
    hold(&ledger, &db, user, 70, "first").await.unwrap();

    let problem = hold(&ledger, &db, user, 31, "second").await.unwrap_err().problem();

    assert_eq!((problem.status, problem.code.as_str()), (402, "credits.insufficient"));
    assert_eq!(problem.facts["required"], 31);
    assert_eq!(problem.facts["available"], 30);
    assert_eq!(balance(&ledger, &db, user).await, (100, 70, 30));
}

async fn a_refused_hold_leaves_its_key_free_for_after_a_top_up(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 10).await;

    let tx = db.write_tx().await.unwrap();
    ledger.hold(&tx, user, 11, "Run", None, "run").await.unwrap_err();
    ledger.grant(&tx, user, 1, lumiku_ledger::GrantKind::Bonus, "Bonus", "top-up").await.unwrap();
    ledger.hold(&tx, user, 11, "Run", None, "run").await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(balance(&ledger, &db, user).await, (11, 11, 0));
    assert_books_are_right(&ledger, &db).await;
}

async fn fifty_parallel_holds_with_one_key_are_one_hold(db: TestDb) {
    let ledger = ledger();
    // Enough for one only: a replay must not be told that credits lack.
    let user = user_with(&ledger, &db, 12).await;

    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (ledger, db) = (ledger.clone(), db.db.clone());
        tasks.spawn(async move {
            let tx = db.write_tx().await.unwrap();
            let id = ledger.hold(&tx, user, 12, "Run", None, "one").await.unwrap();
            tx.commit().await.unwrap();
            id
        });
    }
    let ids: std::collections::HashSet<_> = tasks.join_all().await.into_iter().collect();

    assert_eq!(ids.len(), 1);
    assert_eq!(balance(&ledger, &db, user).await, (12, 12, 0));
    assert_books_are_right(&ledger, &db).await;
}

async fn a_hold_key_used_for_something_else_is_refused(db: TestDb) {
    let ledger = ledger();
    let (user, other) = (user_with(&ledger, &db, 100).await, user_with(&ledger, &db, 100).await);
    hold(&ledger, &db, user, 5, "run").await.unwrap();

    let tx = db.write_tx().await.unwrap();
    let generation = Some(Uuid::from_u128(9));
    for (user, amount, reference) in [(user, 6, None), (other, 5, None), (user, 5, generation)] {
        let error = ledger.hold(&tx, user, amount, "Run", reference, "run").await.unwrap_err();
        assert!(matches!(error, LedgerError::KeyReused { .. }), "{error}");
    }
    tx.commit().await.unwrap();
    assert_eq!(balance(&ledger, &db, user).await, (100, 5, 95));
    assert_eq!(balance(&ledger, &db, other).await, (100, 0, 100));
}

async fn a_hold_of_nothing_is_allowed_and_moves_nothing(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 0).await;
    let hold_id = hold(&ledger, &db, user, 0, "free").await.unwrap();
    assert_eq!(hold(&ledger, &db, user, 0, "free").await.unwrap(), hold_id);

    let tx = db.write_tx().await.unwrap();
    let settled = ledger.capture(&tx, hold_id, 0).await.unwrap();
    let again = ledger.release(&tx, hold_id).await;
    tx.commit().await.unwrap();

    assert_eq!(settled, Settled { captured: 0, released: 0 });
    assert!(matches!(again, Err(LedgerError::AlreadyResolved(_))));
    let history = ledger.list_entries(&db.db, user, lumiku_core::PageRequest::default()).await.unwrap();
    assert!(history.items.is_empty());
    assert_books_are_right(&ledger, &db).await;
}

async fn more_than_held_or_less_than_nothing_cannot_be_captured(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;
    let hold_id = hold(&ledger, &db, user, 20, "run").await.unwrap();

    let tx = db.write_tx().await.unwrap();
    for amount in [21, -1, i64::MAX, i64::MIN] {
        let error = ledger.capture(&tx, hold_id, amount).await.unwrap_err();
        assert!(matches!(error, LedgerError::AmountOutOfRange { min: 0, max: 20, .. }), "{error}");
    }
    let missing = ledger.capture(&tx, HoldId(Uuid::from_u128(4)), 1).await.unwrap_err();
    assert!(matches!(missing, LedgerError::HoldNotFound(_)));
    let negative = ledger.hold(&tx, user, -1, "Run", None, "negative").await.unwrap_err();
    assert!(matches!(negative, LedgerError::AmountOutOfRange { amount: -1, .. }));
    tx.commit().await.unwrap();

    assert_eq!(balance(&ledger, &db, user).await, (100, 20, 80));
    assert_books_are_right(&ledger, &db).await;
}

async fn a_rolled_back_hold_never_was(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;

    let tx = db.write_tx().await.unwrap();
    ledger.hold(&tx, user, 20, "Run", None, "run").await.unwrap();
    drop(tx);

    assert_eq!(balance(&ledger, &db, user).await, (100, 0, 100));
    hold(&ledger, &db, user, 30, "run").await.expect("the key is free");
    assert_books_are_right(&ledger, &db).await;
}
