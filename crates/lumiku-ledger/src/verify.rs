//! Recomputes from the entries everything the ledger keeps besides them, and tells what does not
//! agree. Each rule is one query that returns only the offenders.

use std::fmt;

use lumiku_core::{Query, db::FromQueryResult, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Ledger, LedgerError};

/// A law of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Invariant {
    /// I1: what users own is what was issued less what was earned.
    DebitsEqualCredits,
    /// I2: nobody has less than nothing, at hand or held.
    NothingBelowZero,
    /// I3: a hold resolves at most once, and its row says what its entries say.
    HoldResolvesOnce,
    /// I4: never more is captured than was held.
    CapturedWithinHeld,
    /// I5: the cached balance is the sum of the entries.
    BalanceIsSumOfEntries,
    /// I6: no entry is missing from an account's numbered row.
    NoEntryMissing,
    /// I8, the ledger's part: what is pending is what the open holds add up to.
    PendingIsOpenHolds,
}

/// One place where a law is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Violation {
    pub invariant: Invariant,
    /// The account or hold concerned.
    pub subject: String,
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} broken at {}: {}", self.invariant, self.subject, self.detail)
    }
}

/// Every account's sum. Portable to both engines, as all of this file.
const FOLDED: &str = "WITH folded AS (
    SELECT account, CAST(SUM(amount) AS BIGINT) AS total FROM (
        SELECT credit AS account, amount FROM ledger_entries
        UNION ALL SELECT debit, -amount FROM ledger_entries
    ) moves GROUP BY account
)";

/// What a rule's query finds: a name, what the books say and what the entries say.
#[derive(FromQueryResult)]
struct AccountRow {
    account: String,
    kept: i64,
    counted: i64,
}

#[derive(FromQueryResult)]
struct HoldRow {
    id: uuid::Uuid,
    state: String,
    amount: i64,
    captured: i64,
    released: i64,
    held_entries: i64,
    captured_entries: i64,
    released_entries: i64,
}

impl Ledger {
    /// Everything that is wrong; empty when the books are right. Reads the whole ledger: for the
    /// hourly check and the command line, not for requests.
    pub async fn verify(&self, q: &impl Query) -> Result<Vec<Violation>, LedgerError> {
        let mut violations = Vec::new();
        for (invariant, sql) in account_rules() {
            let rows: Vec<AccountRow> = q.all(&sql, params![]).await?;
            violations.extend(rows.into_iter().map(|row| Violation {
                invariant,
                subject: row.account,
                detail: format!("the books say {}, the entries say {}", row.kept, row.counted),
            }));
        }
        let holds: Vec<HoldRow> = q.all(HOLDS, params![]).await?;
        violations.extend(holds.iter().flat_map(HoldRow::violations));
        Ok(violations)
    }
}

fn account_rules() -> [(Invariant, String); 6] {
    let rule = |sql: &str| format!("{FOLDED} {sql}");
    [
        (
            Invariant::DebitsEqualCredits,
            rule(
                "SELECT 'all users' AS account, users.total AS kept, house.total AS counted
                 FROM (SELECT CAST(COALESCE(SUM(posted), 0) AS BIGINT) AS total FROM ledger_balances) users,
                      (SELECT CAST(COALESCE(-SUM(total), 0) AS BIGINT) AS total FROM folded WHERE account LIKE 'sys:%') house
                 WHERE users.total <> house.total",
            ),
        ),
        (
            Invariant::NothingBelowZero,
            rule(
                "SELECT f.account, CAST(0 AS BIGINT) AS kept, f.total AS counted
                 FROM folded f WHERE f.account LIKE 'user:%' AND f.total < 0",
            ),
        ),
        (
            Invariant::BalanceIsSumOfEntries,
            rule(
                "SELECT b.account, b.posted AS kept, COALESCE(c.total, 0) + COALESCE(h.total, 0) AS counted
                 FROM ledger_balances b
                 LEFT JOIN folded c ON c.account = b.account
                 LEFT JOIN folded h ON h.account = b.account || ':held'
                 WHERE b.posted <> COALESCE(c.total, 0) + COALESCE(h.total, 0)
                    OR b.pending <> COALESCE(h.total, 0)
                    OR b.posted - b.pending < 0",
            ),
        ),
        (
            Invariant::BalanceIsSumOfEntries,
            rule(
                "SELECT f.account, CAST(0 AS BIGINT) AS kept, f.total AS counted FROM folded f
                 WHERE f.account LIKE 'user:%' AND NOT EXISTS (
                     SELECT 1 FROM ledger_balances b WHERE f.account = b.account OR f.account = b.account || ':held')",
            ),
        ),
        (
            Invariant::NoEntryMissing,
            "SELECT b.account, b.version AS kept, COALESCE(e.entries, 0) AS counted
             FROM ledger_balances b
             LEFT JOIN (SELECT user_id, COUNT(*) AS entries, MIN(seq) AS lowest, MAX(seq) AS highest
                        FROM ledger_entries GROUP BY user_id) e ON e.user_id = b.user_id
             WHERE b.version <> COALESCE(e.entries, 0) OR b.version <> COALESCE(e.highest, 0) OR e.lowest <> 1"
                .to_owned(),
        ),
        (
            Invariant::PendingIsOpenHolds,
            "SELECT b.account, b.pending AS kept, COALESCE(o.total, 0) AS counted
             FROM ledger_balances b
             LEFT JOIN (SELECT user_id, CAST(SUM(amount) AS BIGINT) AS total
                        FROM ledger_holds WHERE state = 'open' GROUP BY user_id) o ON o.user_id = b.user_id
             WHERE b.pending <> COALESCE(o.total, 0)"
                .to_owned(),
        ),
    ]
}

/// Holds whose row and entries do not tell the same story.
const HOLDS: &str = "
    SELECT h.id, h.state, h.amount, h.captured, h.released,
           COALESCE(e.held, 0) AS held_entries, COALESCE(e.captured, 0) AS captured_entries,
           COALESCE(e.released, 0) AS released_entries
    FROM ledger_holds h
    LEFT JOIN (
        SELECT hold_id,
               CAST(SUM(CASE WHEN kind = 'hold' THEN amount ELSE 0 END) AS BIGINT) AS held,
               CAST(SUM(CASE WHEN kind = 'capture' THEN amount ELSE 0 END) AS BIGINT) AS captured,
               CAST(SUM(CASE WHEN kind = 'release' THEN amount ELSE 0 END) AS BIGINT) AS released
        FROM ledger_entries WHERE hold_id IS NOT NULL GROUP BY hold_id
    ) e ON e.hold_id = h.id
    WHERE h.amount <> COALESCE(e.held, 0)
       OR h.captured <> COALESCE(e.captured, 0)
       OR h.released <> COALESCE(e.released, 0)
       OR (h.state = 'open' AND h.captured + h.released <> 0)
       OR (h.state <> 'open' AND h.captured + h.released <> h.amount)
    ORDER BY h.id";

impl HoldRow {
    fn violations(&self) -> Vec<Violation> {
        let violation = |invariant| Violation {
            invariant,
            subject: format!("hold {}", self.id),
            detail: format!(
                "{} of {}: the row says captured {} and released {}, the entries say held {}, captured {} and released {}",
                self.state,
                self.amount,
                self.captured,
                self.released,
                self.held_entries,
                self.captured_entries,
                self.released_entries
            ),
        };
        let too_much = self.captured > self.amount || self.captured_entries > self.held_entries;
        let mut found = vec![violation(Invariant::HoldResolvesOnce)];
        if too_much {
            found.push(violation(Invariant::CapturedWithinHeld));
        }
        found
    }
}
