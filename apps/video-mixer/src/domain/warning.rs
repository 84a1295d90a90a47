//! Things worth saying before a run that do not stop it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Warning {
    /// Stable, `video-mixer.what`; the web UI translates by it.
    pub code: &'static str,
    /// The clip it speaks of.
    pub clip_id: Option<Uuid>,
    pub message: String,
}

impl Warning {
    pub fn of_clip(code: &'static str, clip_id: Uuid, message: String) -> Self {
        Self { code, clip_id: Some(clip_id), message }
    }

    pub fn general(code: &'static str, message: String) -> Self {
        Self { code, clip_id: None, message }
    }
}
