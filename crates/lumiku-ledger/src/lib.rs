//! Credits as a double-entry ledger: immutable transfers between accounts, integers only.
//!
//! A user has two accounts, `user:<id>:credits` (free to spend) and `user:<id>:credits:held`. A grant
//! moves credits from `sys:issued` to the first, a hold from the first to the second, a capture from
//! the second to `sys:revenue`, and a release back to the first. So a balance is the sum of entries,
//! with no rule per kind, and the cached row in `ledger_balances` can be checked against them.
//!
//! Everything that writes takes the caller's transaction: the hold, the generation's row and its job
//! are committed together or not at all.

mod account;
mod error;
mod grant;
mod history;
mod hold;
mod migrations;
mod store;
mod verify;

use lumiku_core::{Ambient, Query, Tx, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use error::LedgerError;
pub use grant::GrantKind;
pub use history::{EntryKind, EntryView};
pub use hold::{OpenHold, Settled};
pub use migrations::MIGRATIONS;
pub use verify::{Invariant, Violation};

/// The ledger. Cheap to clone; it holds no connection.
#[derive(Clone, Debug)]
pub struct Ledger {
    ambient: Ambient,
}

/// What a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Balance {
    /// Credits the user owns, held ones included.
    pub balance: i64,
    /// Set aside for runs that have not ended.
    pub held: i64,
    /// `balance - held`: what a new run may use.
    pub available: i64,
}

impl Ledger {
    pub fn new(ambient: Ambient) -> Self {
        Self { ambient }
    }

    /// Makes the user's account; a second call changes nothing.
    pub async fn open_account(&self, tx: &Tx, user: UserId) -> Result<(), LedgerError> {
        Ok(store::insert_account(tx, user, self.ambient.now()).await?)
    }

    /// What the user has; zeros for a user without an account.
    pub async fn balance(&self, q: &impl Query, user: UserId) -> Result<Balance, LedgerError> {
        let row = store::find_account(q, user).await?;
        Ok(row.map(|row| row.balance()).unwrap_or_default())
    }
}
