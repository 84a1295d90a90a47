//! Credits given to a user.

use lumiku_core::{EntryId, Query, Tx, UserId, db::FromQueryResult, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{self, Change, NewEntry};
use crate::{EntryKind, Ledger, LedgerError, account};

/// Why credits were given. The order they are spent in depends on it once grants expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// Once, to a new account.
    Welcome,
    Bonus,
    Purchased,
    /// Part of a plan.
    Included,
    /// By an operator, with a reason in the description.
    Adjustment,
}

impl GrantKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Bonus => "bonus",
            Self::Purchased => "purchased",
            Self::Included => "included",
            Self::Adjustment => "adjustment",
        }
    }

    /// The entry that tells it, and the account the credits come from.
    fn entry(self) -> (EntryKind, &'static str) {
        match self {
            Self::Adjustment => (EntryKind::Adjust, account::ADJUST),
            _ => (EntryKind::Grant, account::ISSUED),
        }
    }
}

#[derive(FromQueryResult)]
struct Earlier {
    id: EntryId,
    user_id: UserId,
    amount: i64,
    grant_kind: Option<String>,
}

impl Ledger {
    /// Gives `amount` (1 or more) credits to a user with an open account.
    ///
    /// The same key again returns the same id and does nothing; with another user, amount or kind it
    /// is [`LedgerError::KeyReused`].
    pub async fn grant(
        &self,
        tx: &Tx,
        user: UserId,
        amount: i64,
        kind: GrantKind,
        description: &str,
        key: &str,
    ) -> Result<EntryId, LedgerError> {
        if amount < 1 {
            return Err(LedgerError::AmountOutOfRange { amount, min: 1, max: i64::MAX });
        }
        let key = format!("grant:{key}");
        if let Some(id) = find_earlier(tx, user, amount, kind, &key).await? {
            return Ok(id);
        }
        let now = self.ambient.now();
        let change = Change { posted: amount, pending: 0, entries: 1 };
        let moved = store::move_balance(tx, user, change, now).await?.ok_or(LedgerError::NoAccount(user))?;
        let (entry_kind, source) = kind.entry();
        let id = self.ambient.id();
        let entry = NewEntry {
            id,
            user,
            seq: moved.version,
            debit: source.to_owned(),
            credit: account::credits_of(user),
            amount,
            kind: entry_kind.as_str(),
            grant_kind: Some(kind.as_str()),
            hold: None,
            reference: None,
            balance_after: moved.posted,
            description,
            key: key.clone(),
            now,
        };
        if store::insert_entry(tx, entry).await? {
            return Ok(id);
        }
        // Another transaction committed this key while we waited for the account: the effect is its, not ours.
        store::move_balance(tx, user, change.reversed(), now).await?;
        find_earlier(tx, user, amount, kind, &key).await?.ok_or(LedgerError::KeyReused { key })
    }
}

async fn find_earlier(
    tx: &Tx,
    user: UserId,
    amount: i64,
    kind: GrantKind,
    key: &str,
) -> Result<Option<EntryId>, LedgerError> {
    let earlier: Option<Earlier> = tx
        .one(
            "SELECT id, user_id, amount, grant_kind FROM ledger_entries WHERE idempotency_key = $1",
            params![key],
        )
        .await?;
    let Some(earlier) = earlier else { return Ok(None) };
    let same = earlier.user_id == user
        && earlier.amount == amount
        && earlier.grant_kind.as_deref() == Some(kind.as_str());
    if same { Ok(Some(earlier.id)) } else { Err(LedgerError::KeyReused { key: key.to_owned() }) }
}
