//! An app whose renders do what a test wants, for everything else another app's own self.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use lumiku_core::{GroupId, Migration, ProjectId, Tx, UserId};
use lumiku_sdk::{
    ApiError, App, AppContext, Manifest, Plan, Project, Quote, RenderError, RenderTask, Rendered, Routes,
    RunRequest,
};
use serde_json::Value;

/// What one call of `render` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// What the app does by itself.
    Work,
    /// Fails for good.
    Fail,
    /// Fails in a way that may pass.
    Stumble,
    /// Goes on until it is cancelled.
    Hang,
    Panic,
}

/// `inner` with renders steered by the number of the call, from 0.
pub struct Steered {
    inner: Arc<dyn App>,
    steer: Box<dyn Fn(usize) -> Behaviour + Send + Sync>,
    calls: AtomicUsize,
}

impl Steered {
    pub fn over(
        inner: Arc<dyn App>,
        steer: impl Fn(usize) -> Behaviour + Send + Sync + 'static,
    ) -> Arc<dyn App> {
        Arc::new(Self { inner, steer: Box::new(steer), calls: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl App for Steered {
    fn manifest(&self) -> Manifest {
        self.inner.manifest()
    }

    fn migrations(&self) -> &'static [Migration] {
        self.inner.migrations()
    }

    fn routes(&self) -> Routes {
        self.inner.routes()
    }

    fn check_settings(&self, settings: &Value) -> Result<Value, ApiError> {
        self.inner.check_settings(settings)
    }

    async fn quote(&self, context: &AppContext, request: &RunRequest<'_>) -> Result<Quote, ApiError> {
        self.inner.quote(context, request).await
    }

    async fn plan(&self, context: &AppContext, request: &RunRequest<'_>) -> Result<Plan, ApiError> {
        self.inner.plan(context, request).await
    }

    async fn render(&self, context: &AppContext, task: RenderTask) -> Result<Rendered, RenderError> {
        let (code, message) = ("test.steered".to_owned(), "The test wanted this to fail.".to_owned());
        match (self.steer)(self.calls.fetch_add(1, Ordering::SeqCst)) {
            Behaviour::Work => self.inner.render(context, task).await,
            Behaviour::Fail => Err(RenderError::Permanent { code, message }),
            Behaviour::Stumble => Err(RenderError::Transient { code, message }),
            Behaviour::Hang => {
                task.cancel.cancelled().await;
                Err(RenderError::Cancelled)
            }
            Behaviour::Panic => panic!("the test wanted this to panic"),
        }
    }

    async fn create_sample(&self, context: &AppContext, user: UserId) -> Result<ProjectId, ApiError> {
        self.inner.create_sample(context, user).await
    }

    async fn has_group(
        &self,
        context: &AppContext,
        project: &Project,
        group: GroupId,
    ) -> Result<bool, ApiError> {
        self.inner.has_group(context, project, group).await
    }

    async fn duplicate(
        &self,
        context: &AppContext,
        tx: &Tx,
        from: &Project,
        to: &Project,
    ) -> Result<HashMap<GroupId, GroupId>, ApiError> {
        self.inner.duplicate(context, tx, from, to).await
    }
}
