use lumiku_core::{DbError, Explain, HoldId, Problem, UserId};

/// What the ledger refuses. A refusal leaves nothing behind in the caller's transaction; after
/// [`Self::NoAccount`] and [`Self::Db`] roll it back.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("{required} credits are needed and {available} are available")]
    Insufficient { required: i64, available: i64 },
    /// The same idempotency key came with other facts: a bug of the caller.
    #[error("the idempotency key {key:?} was already used for something else")]
    KeyReused { key: String },
    #[error("the hold {0} was already captured or released")]
    AlreadyResolved(HoldId),
    #[error("there is no hold {0}")]
    HoldNotFound(HoldId),
    #[error("{amount} credits were asked for where {min} to {max} are allowed")]
    AmountOutOfRange { amount: i64, min: i64, max: i64 },
    #[error("the user {0} has no ledger account; open one when the user is made")]
    NoAccount(UserId),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Explain for LedgerError {
    fn problem(&self) -> Problem {
        match self {
            Self::Insufficient { required, available } => Problem::new(
                402,
                "credits.insufficient",
                format!(
                    "This needs {required} credits and you have {available} to spend. Make fewer or shorter outputs, wait for a running generation to end, or add credits."
                ),
            )
            .with_fact("required", *required)
            .with_fact("available", *available),
            Self::KeyReused { .. } => Problem::new(
                422,
                "credits.key_reused",
                "This idempotency key was already used for a different request. Send a new key.",
            ),
            Self::AlreadyResolved(_) => Problem::new(
                409,
                "credits.already_settled",
                "The credits of this run were already charged or given back.",
            ),
            Self::HoldNotFound(_) | Self::AmountOutOfRange { .. } | Self::NoAccount(_) | Self::Db(_) => {
                Problem::internal(self)
            }
        }
    }
}
