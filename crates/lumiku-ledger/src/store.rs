//! The SQL of money. There is one door to the cached balance, [`move_balance`], and its `WHERE` is
//! what keeps an account from going below zero under any concurrency.

use lumiku_core::{
    DateTime, DbError, EntryId, HoldId, Query, Tx, UserId, Utc,
    db::{FromQueryResult, Value},
    params,
};
use uuid::Uuid;

use crate::{Balance, account};

#[derive(FromQueryResult)]
pub(crate) struct BalanceRow {
    posted: i64,
    pending: i64,
}

impl BalanceRow {
    pub(crate) fn balance(&self) -> Balance {
        Balance { balance: self.posted, held: self.pending, available: self.posted - self.pending }
    }
}

/// The account after a change: what the new entries are numbered by.
#[derive(FromQueryResult)]
pub(crate) struct Moved {
    pub(crate) posted: i64,
    pub(crate) version: i64,
}

/// A change of one account. `entries` is how many entries will tell it.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    pub(crate) posted: i64,
    pub(crate) pending: i64,
    pub(crate) entries: i64,
}

impl Change {
    /// What takes this change back, inside the transaction that made it.
    pub(crate) fn reversed(self) -> Self {
        Self { posted: -self.posted, pending: -self.pending, entries: -self.entries }
    }
}

pub(crate) struct NewEntry<'a> {
    pub(crate) id: EntryId,
    pub(crate) user: UserId,
    pub(crate) seq: i64,
    pub(crate) debit: String,
    pub(crate) credit: String,
    pub(crate) amount: i64,
    pub(crate) kind: &'static str,
    pub(crate) grant_kind: Option<&'static str>,
    pub(crate) hold: Option<HoldId>,
    pub(crate) reference: Option<Uuid>,
    pub(crate) balance_after: i64,
    pub(crate) description: &'a str,
    pub(crate) key: String,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) async fn insert_account(tx: &Tx, user: UserId, now: DateTime<Utc>) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO ledger_balances (account, user_id, created_at, updated_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (account) DO NOTHING",
        params![account::credits_of(user), user, now],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find_account(q: &impl Query, user: UserId) -> Result<Option<BalanceRow>, DbError> {
    q.one(
        "SELECT posted, pending FROM ledger_balances WHERE account = $1",
        params![account::credits_of(user)],
    )
    .await
}

/// Changes the cached balance in one conditional statement and keeps the row locked until the
/// transaction ends. `None`: the account does not exist or what is available would drop below zero.
pub(crate) async fn move_balance(
    tx: &Tx,
    user: UserId,
    change: Change,
    now: DateTime<Utc>,
) -> Result<Option<Moved>, DbError> {
    tx.one(
        "UPDATE ledger_balances
         SET posted = posted + $2, pending = pending + $3, version = version + $4, updated_at = $5
         WHERE account = $1 AND posted - pending + $2 - $3 >= 0
         RETURNING posted, version",
        params![account::credits_of(user), change.posted, change.pending, change.entries, now],
    )
    .await
}

/// Writes an entry; `false` when its key exists already.
pub(crate) async fn insert_entry(tx: &Tx, entry: NewEntry<'_>) -> Result<bool, DbError> {
    let inserted = tx
        .execute(
            "INSERT INTO ledger_entries (id, user_id, seq, debit, credit, amount, kind, grant_kind, hold_id,
                 reference, balance_after, description, idempotency_key, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (idempotency_key) DO NOTHING",
            params![
                entry.id,
                entry.user,
                entry.seq,
                entry.debit,
                entry.credit,
                entry.amount,
                entry.kind,
                entry.grant_kind.map(str::to_owned),
                Value::Uuid(entry.hold.map(|hold| hold.0)),
                Value::Uuid(entry.reference),
                entry.balance_after,
                entry.description,
                entry.key,
                entry.now,
            ],
        )
        .await?;
    Ok(inserted == 1)
}
