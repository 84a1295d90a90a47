//! Video Mixer: clips in groups become as many different short videos as were asked for.

pub mod domain;
pub mod error;
mod jobs;
mod material;
mod routes;
pub mod sample;
mod store;

use std::collections::HashMap;

use async_trait::async_trait;
use lumiku_core::{GroupId, Migration, ProjectId, Tx, UserId};
use lumiku_sdk::{
    ApiError, App, AppContext, Limit, Manifest, Plan, Price, Project, Quote, RenderError, RenderTask,
    Rendered, Routes, RunRequest,
};
use serde_json::Value;

/// The app's name in paths, codes, tables and job kinds.
pub const ID: &str = "video-mixer";

/// The app itself.
#[derive(Debug)]
pub struct VideoMixer;

#[async_trait]
impl App for VideoMixer {
    fn manifest(&self) -> Manifest {
        Manifest {
            id: ID,
            name: "Video Mixer",
            hue: 255,
            summary: "Turns a few clips into many different videos",
            limits: vec![
                Limit { id: "clips_max", value: domain::CLIPS_MAX as i64 },
                Limit { id: "videos_max", value: domain::VIDEOS_MAX.into() },
                Limit { id: "clip_duration_ms_min", value: domain::CLIP_DURATION_MS_MIN as i64 },
            ],
            prices: domain::PRICES
                .iter()
                .map(|price| Price {
                    id: price.id,
                    label: price.label,
                    credits: price.credits,
                    unit: "video",
                })
                .collect(),
            settings_default: serde_json::json!(domain::MixerSettings::default()),
            has_sample: true,
        }
    }

    fn migrations(&self) -> &'static [Migration] {
        store::MIGRATIONS
    }

    fn routes(&self) -> Routes {
        routes::routes()
    }

    fn check_settings(&self, settings: &Value) -> Result<Value, ApiError> {
        material::checked_settings(settings).map(|settings| serde_json::json!(settings))
    }

    async fn quote(&self, context: &AppContext, request: &RunRequest<'_>) -> Result<Quote, ApiError> {
        material::quote(context, request).await
    }

    async fn plan(&self, context: &AppContext, request: &RunRequest<'_>) -> Result<Plan, ApiError> {
        material::plan(context, request).await
    }

    async fn render(&self, context: &AppContext, task: RenderTask) -> Result<Rendered, RenderError> {
        jobs::render(context, task).await
    }

    async fn create_sample(&self, context: &AppContext, user: UserId) -> Result<ProjectId, ApiError> {
        sample::create(context, user).await
    }

    async fn has_group(
        &self,
        context: &AppContext,
        project: &Project,
        group: GroupId,
    ) -> Result<bool, ApiError> {
        let groups = store::list_groups(&context.db, project.user_id, project.id).await?;
        Ok(groups.iter().any(|row| row.id == group))
    }

    async fn duplicate(
        &self,
        context: &AppContext,
        tx: &Tx,
        from: &Project,
        to: &Project,
    ) -> Result<HashMap<GroupId, GroupId>, ApiError> {
        Ok(store::duplicate_groups(tx, &context.ambient, from, to).await?)
    }
}
