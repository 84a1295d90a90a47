//! Random histories against a model of a few lines: whatever the order of grants, holds,
//! settlements, replays and crashes before commit, the ledger and the model agree.

use std::collections::HashMap;

use lumiku_core::{Db, HoldId, UserId};
use lumiku_ledger::{GrantKind, Ledger, LedgerError, MIGRATIONS};
use lumiku_testdb::TestDb;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::studio::{assert_books_are_right, balance, ledger, user_with};

#[derive(Clone, Copy, Debug)]
enum Op {
    Grant {
        key: u8,
        amount: i64,
    },
    Hold {
        key: u8,
        amount: i64,
    },
    /// Settles the nth hold, counted around; `None` releases.
    Settle {
        nth: usize,
        captured: Option<i64>,
    },
}

/// An operation, and whether the process lives to commit it.
type Step = (Op, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let amount = prop_oneof![3 => 0_i64..30, 1 => -2_i64..200];
    let op = prop_oneof![
        2 => (0_u8..12, amount.clone()).prop_map(|(key, amount)| Op::Grant { key, amount }),
        4 => (0_u8..24, amount.clone()).prop_map(|(key, amount)| Op::Hold { key, amount }),
        3 => (0_usize..24, proptest::option::of(amount)).prop_map(|(nth, captured)| Op::Settle { nth, captured }),
    ];
    proptest::collection::vec((op, proptest::bool::weighted(0.9)), 1..40)
}

#[derive(Clone, Debug, Default)]
struct Model {
    balance: i64,
    grants: HashMap<u8, i64>,
    /// In order of creation: key, amount, open.
    holds: Vec<(u8, i64, bool)>,
}

/// What the caller is told, without ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Done,
    Settled(i64, i64),
    Insufficient(i64),
    KeyReused,
    AlreadyResolved,
    OutOfRange,
    NoHoldYet,
}

impl Model {
    fn held(&self) -> i64 {
        self.holds.iter().filter(|hold| hold.2).map(|hold| hold.1).sum()
    }

    fn apply(&mut self, op: Op) -> Told {
        match op {
            Op::Grant { amount, .. } if amount < 1 => Told::OutOfRange,
            Op::Grant { key, amount } => match self.grants.get(&key) {
                Some(earlier) if *earlier == amount => Told::Done,
                Some(_) => Told::KeyReused,
                None => {
                    self.grants.insert(key, amount);
                    self.balance += amount;
                    Told::Done
                }
            },
            Op::Hold { amount, .. } if amount < 0 => Told::OutOfRange,
            Op::Hold { key, amount } => match self.holds.iter().find(|hold| hold.0 == key) {
                Some((_, earlier, _)) if *earlier == amount => Told::Done,
                Some(_) => Told::KeyReused,
                None if amount > self.balance - self.held() => Told::Insufficient(self.balance - self.held()),
                None => {
                    self.holds.push((key, amount, true));
                    Told::Done
                }
            },
            Op::Settle { .. } if self.holds.is_empty() => Told::NoHoldYet,
            Op::Settle { nth, captured } => {
                let nth = nth % self.holds.len();
                let (_, amount, open) = &mut self.holds[nth];
                let captured = captured.unwrap_or(0);
                match (*open, (0..=*amount).contains(&captured)) {
                    (false, _) => Told::AlreadyResolved,
                    (true, false) => Told::OutOfRange,
                    (true, true) => {
                        *open = false;
                        self.balance -= captured;
                        Told::Settled(captured, *amount - captured)
                    }
                }
            }
        }
    }
}

struct Run<'a> {
    ledger: &'a Ledger,
    db: &'a Db,
    user: UserId,
    holds: Vec<HoldId>,
}

impl Run<'_> {
    async fn apply(&mut self, op: Op, commit: bool) -> Told {
        let (ledger, user) = (self.ledger, self.user);
        let tx = self.db.write_tx().await.unwrap();
        let result = match op {
            Op::Grant { key, amount } => {
                let key = format!("{user}:{key}");
                ledger.grant(&tx, user, amount, GrantKind::Bonus, "Bonus", &key).await.map(|_| Told::Done)
            }
            Op::Hold { key, amount } => {
                let held = ledger.hold(&tx, user, amount, "Run", None, &format!("{user}:{key}")).await;
                held.map(|id| {
                    if commit && !self.holds.contains(&id) {
                        self.holds.push(id);
                    }
                    Told::Done
                })
            }
            Op::Settle { nth, captured } => match self.holds.len() {
                0 => Ok(Told::NoHoldYet),
                len => {
                    let hold = self.holds[nth % len];
                    let settled = match captured {
                        Some(amount) => ledger.capture(&tx, hold, amount).await,
                        None => ledger.release(&tx, hold).await,
                    };
                    settled.map(|settled| Told::Settled(settled.captured, settled.released))
                }
            },
        };
        if commit {
            tx.commit().await.unwrap();
        }
        result.unwrap_or_else(|error| match error {
            LedgerError::Insufficient { available, .. } => Told::Insufficient(available),
            LedgerError::KeyReused { .. } => Told::KeyReused,
            LedgerError::AlreadyResolved(_) => Told::AlreadyResolved,
            LedgerError::AmountOutOfRange { .. } => Told::OutOfRange,
            other => panic!("{other}"),
        })
    }
}

async fn history_agrees(ledger: &Ledger, db: &Db, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let user = user_with(ledger, db, 0).await;
    let mut model = Model::default();
    let mut run = Run { ledger, db, user, holds: Vec::new() };
    for (op, commit) in steps {
        let mut after = model.clone();
        let expected = after.apply(op);
        prop_assert_eq!(run.apply(op, commit).await, expected, "{:?} on {:?}", op, model);
        if commit {
            model = after;
        }
        let held = model.held();
        prop_assert_eq!(balance(ledger, db, user).await, (model.balance, held, model.balance - held));
    }
    Ok(())
}

fn random_histories_agree(db: impl Future<Output = TestDb>, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let db = runtime.block_on(db);
    let ledger = ledger();
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&steps(), |steps| runtime.block_on(history_agrees(&ledger, &db, steps)));
    runtime.block_on(assert_books_are_right(&ledger, &db));
    if let Err(error) = result {
        panic!("{error}");
    }
    runtime.block_on(async { drop(db) });
}

#[test]
fn random_histories_agree_with_the_model_on_sqlite() {
    random_histories_agree(TestDb::sqlite(MIGRATIONS), 60);
}

#[test]
fn random_histories_agree_with_the_model_on_postgres() {
    random_histories_agree(TestDb::postgres(MIGRATIONS), 20);
}
