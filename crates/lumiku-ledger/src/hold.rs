//! Credits set aside for a run, and what becomes of them: captured up to the held amount, the rest
//! released. A hold resolves exactly once, whoever races for it.

use lumiku_core::{
    DateTime, EntryId, HoldId, Query, Tx, UserId, Utc,
    db::{FromQueryResult, Value},
    params,
};
use uuid::Uuid;

use crate::store::{self, Change, Moved, NewEntry};
use crate::{EntryKind, Ledger, LedgerError, account};

/// How a hold ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub captured: i64,
    pub released: i64,
}

/// A hold that has not ended; one without live work behind it is a fault of the platform.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct OpenHold {
    pub id: HoldId,
    pub user_id: UserId,
    pub amount: i64,
    pub reference: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

/// A resolved hold's row as [`Ledger::settle`] needs it.
#[derive(FromQueryResult)]
struct Resolved {
    user_id: UserId,
    amount: i64,
    reference: Option<Uuid>,
    description: String,
}

impl Ledger {
    /// Sets `amount` credits aside. Zero is allowed and moves nothing, so that a studio without
    /// billing runs the same code.
    ///
    /// The same key again returns the same hold and does nothing; with another user, amount or
    /// reference it is [`LedgerError::KeyReused`].
    pub async fn hold(
        &self,
        tx: &Tx,
        user: UserId,
        amount: i64,
        description: &str,
        reference: Option<Uuid>,
        key: &str,
    ) -> Result<HoldId, LedgerError> {
        if amount < 0 {
            return Err(LedgerError::AmountOutOfRange { amount, min: 0, max: i64::MAX });
        }
        let wanted = NewHold { user, amount, description, reference, key };
        if let Some(id) = wanted.find_earlier(tx).await? {
            return Ok(id);
        }
        let now = self.ambient.now();
        let change = Change { posted: 0, pending: amount, entries: 1 };
        let moved = if amount == 0 { None } else { store::move_balance(tx, user, change, now).await? };
        if amount > 0 && moved.is_none() {
            // The account may be short because this very hold was committed while we waited for it.
            if let Some(id) = wanted.find_earlier(tx).await? {
                return Ok(id);
            }
            let balance = store::find_account(tx, user).await?.ok_or(LedgerError::NoAccount(user))?.balance();
            return Err(LedgerError::Insufficient { required: amount, available: balance.available });
        }
        let id = self.ambient.id();
        if !wanted.insert(tx, id, now).await? {
            if moved.is_some() {
                store::move_balance(tx, user, change.reversed(), now).await?;
            }
            return wanted.find_earlier(tx).await?.ok_or(LedgerError::KeyReused { key: key.to_owned() });
        }
        if let Some(Moved { posted, version }) = moved {
            let of = EntriesOf { hold: id, user, reference, description, now };
            let (debit, credit) = (account::credits_of(user), account::held_of(user));
            let entry = of.entry(self.ambient.id(), EntryKind::Hold, debit, credit, amount);
            write(tx, NewEntry { seq: version, balance_after: posted, ..entry }).await?;
        }
        Ok(id)
    }

    /// Charges `amount` (0 up to what is held) and releases the rest.
    pub async fn capture(&self, tx: &Tx, hold: HoldId, amount: i64) -> Result<Settled, LedgerError> {
        self.settle(tx, hold, Some(amount)).await
    }

    /// Gives everything back.
    pub async fn release(&self, tx: &Tx, hold: HoldId) -> Result<Settled, LedgerError> {
        self.settle(tx, hold, None).await
    }

    /// Holds that have not ended, oldest first: the platform checks each against its live work.
    pub async fn list_open_holds(&self, q: &impl Query) -> Result<Vec<OpenHold>, LedgerError> {
        let sql = "SELECT id, user_id, amount, reference, created_at FROM ledger_holds
                   WHERE state = 'open' ORDER BY id";
        Ok(q.all(sql, params![]).await?)
    }

    async fn settle(&self, tx: &Tx, hold: HoldId, captured: Option<i64>) -> Result<Settled, LedgerError> {
        let now = self.ambient.now();
        let captured_or_zero = captured.unwrap_or(0);
        // The row's state is the lock: of all that race for a hold, one finds it open.
        let resolved: Option<Resolved> = tx
            .one(
                "UPDATE ledger_holds
                 SET state = $2, captured = $3, released = amount - $3, resolved_at = $4
                 WHERE id = $1 AND state = 'open' AND $3 >= 0 AND $3 <= amount
                 RETURNING user_id, amount, reference, description",
                params![
                    hold,
                    if captured.is_some() { "captured" } else { "released" },
                    captured_or_zero,
                    now
                ],
            )
            .await?;
        let Some(resolved) = resolved else {
            return Err(why_not_settled(tx, hold, captured_or_zero).await?);
        };
        let settled = Settled { captured: captured_or_zero, released: resolved.amount - captured_or_zero };
        self.write_settlement(tx, hold, &resolved, settled, now).await?;
        Ok(settled)
    }

    async fn write_settlement(
        &self,
        tx: &Tx,
        hold: HoldId,
        resolved: &Resolved,
        settled: Settled,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let user = resolved.user_id;
        let sides = [
            (EntryKind::Capture, account::REVENUE.to_owned(), settled.captured),
            (EntryKind::Release, account::credits_of(user), settled.released),
        ];
        let sides: Vec<_> = sides.into_iter().filter(|(_, _, amount)| *amount > 0).collect();
        if sides.is_empty() {
            return Ok(());
        }
        let entries = sides.len() as i64;
        let change = Change { posted: -settled.captured, pending: -resolved.amount, entries };
        let moved = store::move_balance(tx, user, change, now).await?.ok_or(LedgerError::NoAccount(user))?;
        let of =
            EntriesOf { hold, user, reference: resolved.reference, description: &resolved.description, now };
        for (seq, (kind, credit, amount)) in (moved.version - entries + 1..).zip(sides) {
            let entry = of.entry(self.ambient.id(), kind, account::held_of(user), credit, amount);
            write(tx, NewEntry { seq, balance_after: moved.posted, ..entry }).await?;
        }
        Ok(())
    }
}

/// What all entries of one hold share.
struct EntriesOf<'a> {
    hold: HoldId,
    user: UserId,
    reference: Option<Uuid>,
    description: &'a str,
    now: DateTime<Utc>,
}

impl<'a> EntriesOf<'a> {
    /// An entry still to be numbered; its key makes a second one of its kind impossible.
    fn entry(
        &self,
        id: EntryId,
        kind: EntryKind,
        debit: String,
        credit: String,
        amount: i64,
    ) -> NewEntry<'a> {
        NewEntry {
            id,
            user: self.user,
            seq: 0,
            debit,
            credit,
            amount,
            kind: kind.as_str(),
            grant_kind: None,
            hold: Some(self.hold),
            reference: self.reference,
            balance_after: 0,
            description: self.description,
            key: format!("{}:{}", kind.as_str(), self.hold),
            now: self.now,
        }
    }
}

async fn write(tx: &Tx, entry: NewEntry<'_>) -> Result<(), LedgerError> {
    let key = entry.key.clone();
    if store::insert_entry(tx, entry).await? { Ok(()) } else { Err(LedgerError::KeyReused { key }) }
}

struct NewHold<'a> {
    user: UserId,
    amount: i64,
    description: &'a str,
    reference: Option<Uuid>,
    key: &'a str,
}

impl NewHold<'_> {
    async fn find_earlier(&self, tx: &Tx) -> Result<Option<HoldId>, LedgerError> {
        let earlier: Option<OpenHold> = tx
            .one(
                "SELECT id, user_id, amount, reference, created_at FROM ledger_holds WHERE idempotency_key = $1",
                params![self.key],
            )
            .await?;
        let Some(earlier) = earlier else { return Ok(None) };
        let same = earlier.user_id == self.user
            && earlier.amount == self.amount
            && earlier.reference == self.reference;
        if same { Ok(Some(earlier.id)) } else { Err(LedgerError::KeyReused { key: self.key.to_owned() }) }
    }

    /// Writes the hold; `false` when its key exists already.
    async fn insert(&self, tx: &Tx, id: HoldId, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let inserted = tx
            .execute(
                "INSERT INTO ledger_holds (id, user_id, amount, state, reference, description, idempotency_key, created_at)
                 VALUES ($1, $2, $3, 'open', $4, $5, $6, $7)
                 ON CONFLICT (idempotency_key) DO NOTHING",
                params![
                    id,
                    self.user,
                    self.amount,
                    Value::Uuid(self.reference),
                    self.description,
                    self.key,
                    now
                ],
            )
            .await?;
        Ok(inserted == 1)
    }
}

#[derive(FromQueryResult)]
struct HoldState {
    state: String,
    amount: i64,
}

async fn why_not_settled(tx: &Tx, hold: HoldId, amount: i64) -> Result<LedgerError, LedgerError> {
    let found: Option<HoldState> =
        tx.one("SELECT state, amount FROM ledger_holds WHERE id = $1", params![hold]).await?;
    Ok(match found {
        None => LedgerError::HoldNotFound(hold),
        Some(found) if found.state == "open" => {
            LedgerError::AmountOutOfRange { amount, min: 0, max: found.amount }
        }
        Some(_) => LedgerError::AlreadyResolved(hold),
    })
}
