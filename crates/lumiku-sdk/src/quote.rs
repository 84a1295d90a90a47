//! What a run would make and cost, told before it is asked for; and the plan that a run is made of.

use lumiku_core::AssetId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::projects::Project;

/// What both quote and plan are made from: they must agree to the credit.
#[derive(Debug)]
pub struct RunRequest<'a> {
    pub project: &'a Project,
    /// Complete settings: the project's, with the request's own on top, checked by the app.
    pub settings: &'a Value,
    pub count: u32,
    pub seed: u64,
}

/// A free answer that changes nothing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Quote {
    /// Outputs a run would make now: what was asked, capped by what is possible.
    pub count: u32,
    /// Exactly how many different outputs these settings allow; may exceed any machine integer.
    pub possible: String,
    /// For the whole run.
    pub credits: i64,
    pub credits_each: i64,
    pub items: Vec<QuoteLine>,
    pub duration_ms_each: DurationRange,
    pub size_bytes_estimated: u64,
    pub cpu_seconds_estimated: f64,
    /// Wall time on this server when nothing else runs.
    pub seconds_estimated: f64,
    /// The credits in rupiah.
    pub rupiah: i64,
    /// Worth knowing; the run goes ahead.
    pub warnings: Vec<QuoteNotice>,
    /// The run cannot start until these are mended.
    pub blockers: Vec<QuoteNotice>,
}

/// Shortest and longest output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DurationRange {
    pub min: u64,
    pub max: u64,
}

/// One line of the price: `credits` for each output, `total` for the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuoteLine {
    pub id: String,
    pub label: String,
    pub credits: i64,
    pub total: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuoteNotice {
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<AssetId>,
    pub message: String,
}

/// The outputs of a run, decided before anything is charged.
#[derive(Clone, Debug)]
pub struct Plan {
    pub outputs: Vec<PlannedOutput>,
    /// Credits of each output; the hold is their sum.
    pub credits_each: i64,
    /// Room the outputs may take; the run does not start when it is not there.
    pub size_bytes_estimated: u64,
}

/// One output to be made.
#[derive(Clone, Debug)]
pub struct PlannedOutput {
    /// File name shown to people and used in ZIPs, with its extension.
    pub name: String,
    /// Everything the render needs besides the assets it names.
    pub recipe: Value,
}
