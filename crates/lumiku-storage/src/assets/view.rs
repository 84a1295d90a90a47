use chrono::{DateTime, Utc};
use lumiku_core::{AssetId, GroupId, ProjectId};
use lumiku_media::MediaKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Asset;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetKind {
    Video,
    Image,
    Audio,
}

impl AssetKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Image => "image",
            Self::Audio => "audio",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Video, Self::Image, Self::Audio].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl From<MediaKind> for AssetKind {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Video => Self::Video,
            MediaKind::Image => Self::Image,
            MediaKind::Audio => Self::Audio,
        }
    }
}

/// An asset as clients see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Asset)]
pub struct AssetView {
    pub id: AssetId,
    pub project_id: ProjectId,
    /// The display name from the user's file.
    pub name: String,
    #[schema(example = "clip")]
    pub role: String,
    pub kind: AssetKind,
    #[schema(example = "video/mp4")]
    pub content_type: String,
    pub size_bytes: i64,
    pub sha256: String,
    /// As displayed, after rotation; null for sound.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub duration_ms: Option<u64>,
    /// Exact, as a fraction.
    #[schema(example = "30000/1001")]
    pub frame_rate: Option<String>,
    pub has_audio: bool,
    pub group_id: Option<GroupId>,
    pub position: i64,
    pub url: String,
    pub thumbnail_url: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Set while the asset lies in the trash.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<Asset> for AssetView {
    fn from(asset: Asset) -> Self {
        let (width, height) = asset.facts.dimensions().unzip();
        let rate = asset.facts.video.as_ref().map(|video| video.frame_rate);
        let base = format!("/api/v1/assets/{}", asset.id);
        Self {
            id: asset.id,
            project_id: asset.project_id,
            name: asset.name,
            role: asset.role,
            kind: asset.kind,
            content_type: asset.content_type,
            size_bytes: asset.size_bytes,
            sha256: asset.sha256,
            width,
            height,
            duration_ms: asset.facts.duration_ms,
            frame_rate: rate.map(|rate| format!("{}/{}", rate.num, rate.den)),
            has_audio: asset.facts.has_audio(),
            group_id: asset.group_id,
            position: asset.position,
            url: format!("{base}/content"),
            thumbnail_url: asset.thumbnail_key.map(|_| format!("{base}/thumbnail")),
            created_at: asset.created_at,
            deleted_at: asset.deleted_at,
        }
    }
}
