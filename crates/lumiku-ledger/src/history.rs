//! A user's entries as the history shows them.

use lumiku_core::{DateTime, EntryId, Page, PageRequest, Query, UserId, Utc, db::FromQueryResult, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Ledger, LedgerError};

/// What an entry tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Grant,
    Hold,
    Capture,
    Release,
    Adjust,
}

impl EntryKind {
    const ALL: [Self; 5] = [Self::Grant, Self::Hold, Self::Capture, Self::Release, Self::Adjust];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Release => "release",
            Self::Adjust => "adjust",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Holds and releases move credits between available and held; the balance stays.
    fn moves_balance(self) -> bool {
        !matches!(self, Self::Hold | Self::Release)
    }
}

/// One line of a user's credit history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    pub id: EntryId,
    pub kind: EntryKind,
    /// Signed. Of grant, capture and adjust it is the change of the balance; of hold and release the
    /// change of what is available, the balance staying as it was.
    pub amount: i64,
    /// Absent where the balance did not move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance_after: Option<i64>,
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct EntryRow {
    id: EntryId,
    kind: String,
    debit: String,
    amount: i64,
    balance_after: i64,
    description: String,
    reference: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl EntryRow {
    fn view(self) -> Result<EntryView, LedgerError> {
        let kind = EntryKind::named(&self.kind).ok_or_else(|| {
            lumiku_core::DbError::Decode(format!("ledger entry {} is of unknown kind {}", self.id, self.kind))
        })?;
        // What leaves a user's account is negative, except a release: it leaves the held one for the user.
        let outgoing = self.debit.starts_with("user:") && kind != EntryKind::Release;
        Ok(EntryView {
            id: self.id,
            kind,
            amount: if outgoing { -self.amount } else { self.amount },
            balance_after: kind.moves_balance().then_some(self.balance_after),
            description: self.description,
            generation_id: self.reference,
            created_at: self.created_at,
        })
    }
}

impl Ledger {
    /// A user's entries, newest first.
    pub async fn list_entries(
        &self,
        q: &impl Query,
        user: UserId,
        page: PageRequest,
    ) -> Result<Page<EntryView>, LedgerError> {
        let rows: Vec<EntryRow> = q
            .all(
                "SELECT id, kind, debit, amount, balance_after, description, reference, created_at
                 FROM ledger_entries WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
                params![user, page.before(), i64::from(page.limit()) + 1],
            )
            .await?;
        let views = rows.into_iter().map(EntryRow::view).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(views, page.limit(), |entry| entry.id.0))
    }
}
