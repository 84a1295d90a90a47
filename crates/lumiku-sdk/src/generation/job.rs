//! The job that makes one output. It may run twice; what it publishes is decided once, in the
//! transaction that ends it.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lumiku_core::{GenerationId, OutputId, Query, Tx, UserId, params};
use lumiku_jobs::{End, Handler, Job, JobContext, JobsError, Outcome};
use lumiku_storage::{Holder, NewObject, ObjectKey, reference};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use uuid::Uuid;

use super::model::OutputState;
use super::{settle, store};
use crate::app::{App, RenderError, RenderTask, Rendered};
use crate::context::AppContext;
use crate::error::ApiError;

/// The job kind that renders outputs of an app.
pub fn kind(app_id: &str) -> String {
    format!("{app_id}.render")
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Args {
    generation_id: GenerationId,
    output_id: OutputId,
}

/// What a finished attempt hands to the transaction that publishes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Publication {
    object_key: Uuid,
    thumbnail_key: Option<Uuid>,
    content_type: String,
    size_bytes: i64,
    crc32: i64,
    width: i64,
    height: i64,
    duration_ms: i64,
    frame_count: i64,
    frame_rate: String,
}

/// Renders outputs of one app.
pub struct RenderHandler {
    kind: String,
    app: Arc<dyn App>,
    context: AppContext,
}

impl RenderHandler {
    pub fn new(app: Arc<dyn App>, context: AppContext) -> Self {
        Self { kind: kind(app.manifest().id), app, context }
    }

    async fn attempt(&self, job: &JobContext, args: Args) -> Result<Outcome, ApiError> {
        let Some(user) = job.job.user_id else {
            return Ok(Outcome::Discard {
                code: "jobs.no_owner".into(),
                error: "the job has no owner".into(),
            });
        };
        let Some(output) = store::find_output_owned(&self.context.db, user, args.output_id).await? else {
            return Ok(Outcome::Cancelled);
        };
        let Some(generation) = store::find_owned(&self.context.db, user, args.generation_id).await? else {
            return Ok(Outcome::Cancelled);
        };
        if !self.mark_running(user, args).await? {
            return Ok(Outcome::Cancelled);
        }
        let scratch = self.context.media.work_dir().map_err(|error| ApiError::internal(&error))?;
        let (reporter, progress) = self.report_progress(args.output_id);
        let task = RenderTask {
            user_id: user,
            project_id: generation.project_id,
            generation_id: generation.id,
            output_id: output.id,
            recipe: output.recipe,
            scratch_dir: scratch.path().to_owned(),
            cancel: job.cancel.clone(),
            progress,
        };
        let rendered = self.app.render(&self.context, task).await;
        reporter.abort();
        match rendered {
            Ok(rendered) => {
                let publication = self.store_files(user, rendered).await?;
                let value = serde_json::to_value(publication).map_err(|error| ApiError::internal(&error))?;
                Ok(Outcome::Completed(value))
            }
            Err(RenderError::Cancelled) => Ok(Outcome::Cancelled),
            Err(RenderError::Permanent { code, message }) => Ok(Outcome::Discard { code, error: message }),
            Err(RenderError::Transient { message, .. }) => Ok(Outcome::Retry { error: message, after: None }),
        }
    }

    /// False when the output has ended meanwhile, for example by a cancel.
    async fn mark_running(&self, user: UserId, args: Args) -> Result<bool, ApiError> {
        let now = self.context.ambient.now();
        let tx = self.context.db.write_tx().await?;
        // The run before its output, as everywhere: the other order is a deadlock with a cancel.
        let started = tx
            .execute(
                "UPDATE generations SET state = 'running', started_at = COALESCE(started_at, $1)
                 WHERE id = $2 AND state = 'queued'",
                params![now, args.generation_id],
            )
            .await?;
        let changed = tx
            .execute(
                "UPDATE outputs SET state = 'running' WHERE id = $1 AND state IN ('queued', 'running')",
                params![args.output_id],
            )
            .await?;
        if changed > 0 {
            self.publish_output(&tx, user, args).await?;
        }
        if started > 0 {
            self.publish_generation(&tx, user, args.generation_id).await?;
        }
        tx.commit().await?;
        self.context.events.wake(user).await;
        Ok(changed > 0)
    }

    /// Writes progress at most twice a second, off the render's own path.
    fn report_progress(&self, id: OutputId) -> (tokio::task::JoinHandle<()>, Arc<dyn Fn(f32) + Send + Sync>) {
        let (sender, mut receiver) = watch::channel(0.0_f32);
        let db = self.context.db.clone();
        let writer = tokio::spawn(async move {
            while receiver.changed().await.is_ok() {
                let progress = f64::from(*receiver.borrow_and_update());
                let written = db
                    .execute(
                        "UPDATE outputs SET progress = $1 WHERE id = $2 AND state = 'running'",
                        params![progress, id],
                    )
                    .await;
                if let Err(error) = written {
                    tracing::warn!(%error, "progress could not be written");
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
        let report = move |fraction: f32| {
            sender.send_replace(fraction.clamp(0.0, 1.0));
        };
        (writer, Arc::new(report))
    }

    /// Moves the files into the object store. Nothing refers to them until [`Self::publish_files`].
    async fn store_files(&self, user: UserId, rendered: Rendered) -> Result<Publication, ApiError> {
        let sums = checksums(rendered.file.clone()).await?;
        let object = NewObject {
            user_id: user,
            size_bytes: sums.size_bytes,
            content_type: rendered.content_type.into(),
            sha256: sums.sha256,
            counted: true,
        };
        let key = self.context.storage.put_object(&rendered.file, &object).await?;
        let thumbnail = match rendered.poster {
            Some(poster) => Some(self.store_poster(user, poster).await?),
            None => None,
        };
        Ok(Publication {
            object_key: key.0,
            thumbnail_key: thumbnail,
            content_type: rendered.content_type.into(),
            size_bytes: sums.size_bytes,
            crc32: sums.crc32.into(),
            width: rendered.width.into(),
            height: rendered.height.into(),
            duration_ms: rendered.duration_ms as i64,
            frame_count: rendered.frame_count as i64,
            frame_rate: rendered.frame_rate,
        })
    }

    async fn store_poster(&self, user: UserId, poster: PathBuf) -> Result<Uuid, ApiError> {
        let sums = checksums(poster.clone()).await?;
        let object = NewObject {
            user_id: user,
            size_bytes: sums.size_bytes,
            content_type: "image/jpeg".into(),
            sha256: sums.sha256,
            counted: false,
        };
        Ok(self.context.storage.put_object(&poster, &object).await?.0)
    }

    async fn is_published(&self, publication: &Publication) -> bool {
        let sql = "SELECT id FROM outputs WHERE object_key = $1";
        // When in doubt the files stay: the sweep gives up what nobody refers to.
        !matches!(self.context.db.scalar::<Uuid>(sql, params![publication.object_key]).await, Ok(None))
    }

    /// Files of an attempt whose output had ended meanwhile.
    async fn discard_files(&self, publication: &Publication) {
        for key in [Some(publication.object_key), publication.thumbnail_key].into_iter().flatten() {
            if let Err(error) = self.context.storage.discard_object(ObjectKey(key)).await {
                tracing::warn!(%error, "an unpublished file stays until the next sweep");
            }
        }
    }

    async fn end(&self, tx: &Tx, job: &Job, end: &End) -> Result<(), ApiError> {
        let args: Args =
            serde_json::from_value(job.args.clone()).map_err(|error| ApiError::internal(&error))?;
        let Some(user) = job.user_id else { return Ok(()) };
        let (state, counter) = match end {
            End::Completed(_) => (OutputState::Completed, "done"),
            End::Discarded { .. } => (OutputState::Failed, "failed"),
            End::Cancelled => (OutputState::Cancelled, "cancelled"),
        };
        tx.execute("UPDATE generations SET total = total WHERE id = $1", params![args.generation_id]).await?;
        let changed = tx
            .execute(
                "UPDATE outputs SET state = $1, progress = $2, finished_at = $3
                 WHERE id = $4 AND state IN ('queued', 'running')",
                params![
                    state.as_str(),
                    if state == OutputState::Completed { 1.0 } else { 0.0 },
                    self.context.ambient.now(),
                    args.output_id
                ],
            )
            .await?;
        if changed == 0 {
            // The run was cancelled while this attempt finished: its files are not published.
            return Ok(());
        }
        match end {
            End::Completed(value) => self.publish_files(tx, args.output_id, value).await?,
            End::Discarded { code, error } => {
                tx.execute(
                    "UPDATE outputs SET error_code = $1, error_message = $2 WHERE id = $3",
                    params![code.clone(), error.clone(), args.output_id],
                )
                .await?;
            }
            End::Cancelled => {}
        }
        tx.execute(
            &format!("UPDATE generations SET {counter} = {counter} + 1 WHERE id = $1"),
            params![args.generation_id],
        )
        .await?;
        self.publish_output(tx, user, args).await?;
        if settle::settle_if_finished(&self.context, tx, user, args.generation_id).await?.is_some() {
            self.publish_generation(tx, user, args.generation_id).await?;
        }
        Ok(())
    }

    async fn publish_files(&self, tx: &Tx, id: OutputId, value: &serde_json::Value) -> Result<(), ApiError> {
        let publication: Publication =
            serde_json::from_value(value.clone()).map_err(|error| ApiError::internal(&error))?;
        for key in [Some(publication.object_key), publication.thumbnail_key].into_iter().flatten() {
            reference(tx, ObjectKey(key), Holder::output(id)).await?;
        }
        tx.execute(
            "UPDATE outputs SET object_key = $1, thumbnail_key = $2, content_type = $3, size_bytes = $4, crc32 = $5,
                width = $6, height = $7, duration_ms = $8, frame_count = $9, frame_rate = $10 WHERE id = $11",
            params![
                publication.object_key,
                publication.thumbnail_key,
                publication.content_type,
                publication.size_bytes,
                publication.crc32,
                publication.width,
                publication.height,
                publication.duration_ms,
                publication.frame_count,
                publication.frame_rate,
                id
            ],
        )
        .await?;
        Ok(())
    }

    async fn publish_output(&self, tx: &Tx, user: UserId, args: Args) -> Result<(), ApiError> {
        if let Some(row) = store::find_output_owned(tx, user, args.output_id).await? {
            let data = json!({ "generation_id": args.generation_id, "output": row.view() });
            self.context.events.publish(tx, user, "generation.output", data).await?;
        }
        Ok(())
    }

    async fn publish_generation(&self, tx: &Tx, user: UserId, id: GenerationId) -> Result<(), ApiError> {
        if let Some(row) = store::find_owned(tx, user, id).await? {
            let generation = row.view(None, Vec::new(), self.context.ambient.now());
            settle::publish_state(&self.context, tx, user, &generation).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Handler for RenderHandler {
    fn kind(&self) -> &str {
        &self.kind
    }

    fn timeout(&self) -> Duration {
        Duration::from_hours(1)
    }

    async fn run(&self, job: JobContext) -> Outcome {
        let args: Args = match serde_json::from_value(job.job.args.clone()) {
            Ok(args) => args,
            Err(error) => return Outcome::Discard { code: "jobs.bad_args".into(), error: error.to_string() },
        };
        match self.attempt(&job, args).await {
            Ok(outcome) => outcome,
            // Database and disk errors pass; the queue's attempts bound them.
            Err(error) => Outcome::Retry { error: error.0.detail.clone(), after: None },
        }
    }

    async fn ended(&self, tx: &Tx, job: &Job, end: &End) -> Result<(), JobsError> {
        self.end(tx, job, end).await.map_err(|error| JobsError::handler(*error.0))
    }

    async fn after_ended(&self, job: &Job, end: &End) {
        if let End::Completed(value) = end
            && let Ok(publication) = serde_json::from_value::<Publication>(value.clone())
            && !self.is_published(&publication).await
        {
            self.discard_files(&publication).await;
        }
        if let Some(user) = job.user_id {
            self.context.events.wake(user).await;
        }
    }
}

struct Checksums {
    size_bytes: i64,
    sha256: String,
    crc32: u32,
}

/// Reads a finished file once for everything that is kept of it.
async fn checksums(file: PathBuf) -> Result<Checksums, ApiError> {
    let work = move || {
        let mut file = std::fs::File::open(file)?;
        let (mut sha256, mut crc32) = (Sha256::new(), crc32fast::Hasher::new());
        let mut buffer = vec![0; 256 * 1024];
        let mut size_bytes = 0;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            sha256.update(&buffer[..read]);
            crc32.update(&buffer[..read]);
            size_bytes += read as i64;
        }
        Ok::<_, std::io::Error>(Checksums {
            size_bytes,
            sha256: hex::encode(sha256.finalize()),
            crc32: crc32.finalize(),
        })
    };
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::internal(&error))?;
    done.map_err(|error| ApiError::internal(&error))
}
