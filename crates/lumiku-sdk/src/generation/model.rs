//! Runs and outputs as the API shows them.

use std::fmt;
use std::str::FromStr;

use lumiku_core::{DateTime, GenerationId, OutputId, ProjectId, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Declares a string-backed state: one spelling in the database, in JSON and in logs.
macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }
        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($text => Ok(Self::$variant),)+ other => Err(format!("unknown state {other}")) }
            }
        }
        impl sea_orm::TryGetable for $name {
            fn try_get_by<I: sea_orm::ColIdx>(row: &sea_orm::QueryResult, index: I) -> Result<Self, sea_orm::TryGetError> {
                String::try_get_by(row, index)?
                    .parse()
                    .map_err(|e: String| sea_orm::TryGetError::DbErr(sea_orm::DbErr::Type(e)))
            }
        }
    };
}

states! {
    /// Where a run is.
    GenerationState {
        Queued = "queued",
        Running = "running",
        Paused = "paused",
        Completed = "completed",
        /// Some outputs failed or were cancelled; only the finished ones were paid for.
        PartiallyCompleted = "partially_completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl GenerationState {
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Paused)
    }
}

states! {
    /// Where one output is.
    OutputState {
        Queued = "queued",
        Running = "running",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

states! {
    /// What the person thinks of an output.
    Review {
        None = "none",
        Approved = "approved",
        Rejected = "rejected",
    }
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Generation {
    pub id: GenerationId,
    pub app: String,
    pub project_id: ProjectId,
    pub project_name: String,
    pub state: GenerationState,
    pub count: i64,
    /// The same inputs, settings and seed make the same outputs.
    pub seed: i64,
    #[schema(value_type = Object)]
    pub settings: Value,
    pub progress: Progress,
    pub credits: Credits,
    /// In posting order. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<Output>>,
    /// Still pictures of the first finished outputs, at most four.
    pub poster_urls: Vec<String>,
    pub error: Option<OutputError>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    pub done: i64,
    pub failed: i64,
    pub total: i64,
    /// 0 to 1, outputs under way counted by their part.
    pub fraction: f64,
    /// Time left at the pace so far; absent until there is a pace.
    pub eta_ms: Option<i64>,
}

/// What a run's credits are doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Credits {
    /// Set aside for outputs not finished yet.
    pub held: i64,
    /// Paid for finished outputs.
    pub captured: i64,
    /// Returned.
    pub released: i64,
}

/// Why something failed, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputError {
    pub code: String,
    pub message: String,
}

/// One file a run makes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Output {
    pub id: OutputId,
    /// From 1, in posting order.
    pub index: i64,
    pub name: String,
    pub state: OutputState,
    /// 0 to 1.
    pub progress: f64,
    pub review: Review,
    /// 0 for none, else 1 to 5.
    pub stars: i64,
    pub url: Option<String>,
    pub thumbnail_url: Option<String>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub duration_ms: Option<i64>,
    pub size_bytes: Option<i64>,
    pub frame_count: Option<i64>,
    /// Frames per second as a fraction, for example `30/1`.
    pub frame_rate: Option<String>,
    /// What it is made of.
    #[schema(value_type = Object)]
    pub recipe: Value,
    pub error: Option<OutputError>,
}
