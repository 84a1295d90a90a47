//! The [`App`] trait: what a creative tool supplies.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use lumiku_core::{GenerationId, GroupId, Migration, OutputId, ProjectId, Tx, UserId};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::context::AppContext;
use crate::error::ApiError;
use crate::manifest::Manifest;
use crate::projects::Project;
use crate::quote::{Plan, Quote, RunRequest};
use crate::routes::Routes;

/// A creative tool. The binary's list of apps is the only place that names one.
#[async_trait]
pub trait App: Send + Sync + 'static {
    fn manifest(&self) -> Manifest;

    /// Migrations of the app's own tables, which carry its name as prefix.
    fn migrations(&self) -> &'static [Migration] {
        &[]
    }

    /// Routes below `/api/v1/apps/{app}`, each with its access policy.
    fn routes(&self) -> Routes {
        Routes::new()
    }

    /// Checks settings and fills in defaults; the result is what projects store.
    fn check_settings(&self, settings: &Value) -> Result<Value, ApiError>;

    /// What a run would make and cost. Free; changes nothing.
    async fn quote(&self, context: &AppContext, request: &RunRequest<'_>) -> Result<Quote, ApiError>;

    /// The outputs of a run, at the price [`App::quote`] told for the same request.
    async fn plan(&self, context: &AppContext, request: &RunRequest<'_>) -> Result<Plan, ApiError>;

    /// Makes one output. May run twice for the same output: it writes only below
    /// `task.scratch_dir`, and the platform publishes the result by one commit.
    async fn render(&self, context: &AppContext, task: RenderTask) -> Result<Rendered, RenderError>;

    /// Makes the sample project; called once for a user who has none.
    async fn create_sample(&self, _context: &AppContext, _user: UserId) -> Result<ProjectId, ApiError> {
        Err(ApiError::not_found("sample project"))
    }

    /// Whether the project has this group; asked before an asset is put into it.
    async fn has_group(
        &self,
        _context: &AppContext,
        _project: &Project,
        _group: GroupId,
    ) -> Result<bool, ApiError> {
        Ok(false)
    }

    /// Copies the app's own rows when a project is duplicated, before its assets are copied; tells
    /// which group became which.
    async fn duplicate(
        &self,
        _context: &AppContext,
        _tx: &Tx,
        _from: &Project,
        _to: &Project,
    ) -> Result<HashMap<GroupId, GroupId>, ApiError> {
        Ok(HashMap::new())
    }
}

/// One output to render.
#[derive(Clone)]
pub struct RenderTask {
    pub user_id: UserId,
    pub project_id: ProjectId,
    pub generation_id: GenerationId,
    pub output_id: OutputId,
    /// As planned by [`App::plan`].
    pub recipe: Value,
    /// A directory of this attempt's own, removed afterwards.
    pub scratch_dir: PathBuf,
    /// Cancelled when a person, a shutdown or a lost lease ends the work.
    pub cancel: CancellationToken,
    /// Tells how far the output is, 0 to 1. Cheap to call often.
    pub progress: Arc<dyn Fn(f32) + Send + Sync>,
}

/// A finished file and the facts that were verified on it.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub file: PathBuf,
    /// A still picture of it, JPEG.
    pub poster: Option<PathBuf>,
    pub content_type: &'static str,
    pub width: u32,
    pub height: u32,
    pub duration_ms: u64,
    pub frame_count: u64,
    /// For example `30/1`; empty for pictures.
    pub frame_rate: String,
}

/// Why an output could not be made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RenderError {
    /// Another try may succeed.
    #[error("{message}")]
    Transient { code: String, message: String },
    /// The same will happen again: a sentence for the person, with the remedy.
    #[error("{message}")]
    Permanent { code: String, message: String },
    #[error("the work was cancelled")]
    Cancelled,
}
