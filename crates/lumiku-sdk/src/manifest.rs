//! What an app tells the world about itself.

use serde::Serialize;
use utoipa::ToSchema;

/// An app's public description: what `GET /api/v1/apps` lists.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Manifest {
    /// Stable, kebab-case; the path segment and the prefix of its codes, tables and job kinds.
    pub id: &'static str,
    pub name: &'static str,
    /// Hue of its icon and accents, in OKLCH degrees.
    pub hue: u16,
    pub summary: &'static str,
    pub limits: Vec<Limit>,
    /// The one price table: quotes and charges both come from it.
    pub prices: Vec<Price>,
    /// What a new project starts with.
    #[schema(value_type = Object)]
    pub settings_default: serde_json::Value,
    /// Whether `POST /apps/{app}/sample` makes a sample project.
    pub has_sample: bool,
}

/// A named bound, with its unit in the name (`clips_max`, `clip_size_bytes_max`).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Limit {
    pub id: &'static str,
    pub value: i64,
}

/// One line of the price table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Price {
    pub id: &'static str,
    pub label: &'static str,
    pub credits: i64,
    /// What the price is for: one of this unit.
    pub unit: &'static str,
}
