//! Names of accounts, as they stand in `ledger_entries.debit` and `.credit`.

use lumiku_core::UserId;

/// Where granted credits come from; its sum is minus everything ever issued.
pub(crate) const ISSUED: &str = "sys:issued";
/// Where captured credits go.
pub(crate) const REVENUE: &str = "sys:revenue";
/// The other side of an operator's adjustments.
pub(crate) const ADJUST: &str = "sys:adjust";

/// The suffix that makes a user's account of held credits. `verify` spells it in SQL too.
const HELD: &str = ":held";

/// The account of what a user may spend; also the key of the cached balance.
pub(crate) fn credits_of(user: UserId) -> String {
    format!("user:{user}:credits")
}

/// The account of what is set aside for a user's runs.
pub(crate) fn held_of(user: UserId) -> String {
    format!("{}{HELD}", credits_of(user))
}
