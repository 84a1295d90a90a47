//! The states of a job and every way from one to another. `docs/reference/jobs.md` shows the same
//! table to people, and the tests hold the page, this function and the SQL together.

use std::fmt;
use std::str::FromStr;

use lumiku_core::db::Value;
use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// May be claimed now.
    Available,
    /// Waits for its time, as enqueued or snoozed.
    Scheduled,
    /// A worker holds its lease.
    Running,
    /// Failed and waits to be tried again.
    Retryable,
    Completed,
    Cancelled,
    /// Failed for good: the dead letters.
    Discarded,
}

/// What can happen to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Its time came.
    Due,
    /// A worker took it.
    Claim,
    Complete,
    /// An error with attempts left.
    Fail,
    /// An error on the last attempt.
    FailForGood,
    /// The handler says that trying again is useless.
    Discard,
    /// The handler asks to be run later; not an error.
    Snooze,
    /// Somebody asks it to stop.
    Cancel,
    /// The handler has stopped as it was asked.
    Stop,
    /// The worker shuts down.
    HandBack,
    /// The lease ran out: the worker is dead or cut off.
    Orphan,
    /// The lease ran out for the third time.
    OrphanForGood,
}

/// Where `event` leads from `state`; `None` where it changes nothing.
pub fn next(state: State, event: Event) -> Option<State> {
    use State::{Available, Cancelled, Completed, Discarded, Retryable, Running, Scheduled};
    Some(match (state, event) {
        (Scheduled | Retryable, Event::Due) | (Running, Event::HandBack | Event::Orphan) => Available,
        (Available, Event::Claim) => Running,
        (Available | Scheduled | Retryable, Event::Cancel) | (Running, Event::Stop) => Cancelled,
        (Running, Event::Complete) => Completed,
        (Running, Event::Fail) => Retryable,
        (Running, Event::FailForGood | Event::Discard | Event::OrphanForGood) => Discarded,
        (Running, Event::Snooze) => Scheduled,
        _ => return None,
    })
}

impl State {
    pub const ALL: [Self; 7] = [
        Self::Available,
        Self::Scheduled,
        Self::Running,
        Self::Retryable,
        Self::Completed,
        Self::Cancelled,
        Self::Discarded,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Retryable => "retryable",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Discarded => "discarded",
        }
    }

    /// Whether the job has ended and will never change again.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Discarded)
    }
}

impl Event {
    pub const ALL: [Self; 12] = [
        Self::Due,
        Self::Claim,
        Self::Complete,
        Self::Fail,
        Self::FailForGood,
        Self::Discard,
        Self::Snooze,
        Self::Cancel,
        Self::Stop,
        Self::HandBack,
        Self::Orphan,
        Self::OrphanForGood,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("{text} is no state of a job"))
    }
}

impl From<State> for Value {
    fn from(state: State) -> Self {
        state.as_str().into()
    }
}

impl TryGetable for State {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, index)?;
        text.parse().map_err(|error| TryGetError::DbErr(sea_orm::DbErr::Type(error)))
    }
}
