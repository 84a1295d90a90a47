//! Renders one video from its recipe: segments from the cache or made now, joined by copy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::try_join_all;
use lumiku_core::AssetId;
use lumiku_media::{AudioMode, Control, MediaError, Segment, SegmentSpec, Speed};
use lumiku_sdk::{AppContext, RenderError, RenderTask, Rendered};
use lumiku_storage::{Asset, StorageError};

use crate::domain::{Recipe, RecipeSegment};

/// Part of the progress that preparing segments takes; the rest is the join.
const PREPARE_PART: f32 = 0.85;
/// Longer side of the poster.
const POSTER_SIDE_MAX: u32 = 640;

pub async fn render(context: &AppContext, task: RenderTask) -> Result<Rendered, RenderError> {
    let recipe: Recipe =
        serde_json::from_value(task.recipe.clone()).map_err(|error| RenderError::Permanent {
            code: "video-mixer.bad_recipe".into(),
            message: format!("The stored recipe cannot be read ({error}). Start the run again."),
        })?;
    let segments = conform_all(context, &task, &recipe).await?;
    let timeline: Vec<Segment> =
        recipe.timeline().filter_map(|part| segments.get(&part.key()).cloned()).collect();
    let progress = task.progress.clone();
    let control = Control::new(task.cancel.clone())
        .with_progress(move |part| progress(PREPARE_PART + part * (1.0 - PREPARE_PART)));
    let file = task.scratch_dir.join("output.mp4");
    let facts = context.media.join(&timeline, recipe.audio, &file, &control).await.map_err(render_error)?;
    let poster = task.scratch_dir.join("poster.jpg");
    context.media.poster(&file, POSTER_SIDE_MAX, &poster).await.map_err(render_error)?;
    Ok(Rendered {
        file,
        poster: Some(poster),
        content_type: "video/mp4",
        width: facts.width,
        height: facts.height,
        duration_ms: facts.duration_ms,
        frame_count: facts.frame_count,
        frame_rate: format!("{}/{}", facts.frame_rate.num, facts.frame_rate.den),
    })
}

type Segments = HashMap<crate::domain::recipe::SegmentKey, Segment>;

/// Every distinct segment of the recipe, prepared side by side; the media engine bounds how many
/// programs run at once.
async fn conform_all(
    context: &AppContext,
    task: &RenderTask,
    recipe: &Recipe,
) -> Result<Segments, RenderError> {
    let distinct: HashMap<_, &RecipeSegment> =
        recipe.segments.iter().map(|segment| (segment.key(), segment)).collect();
    let parts = Arc::new(Mutex::new(vec![0.0_f32; distinct.len()]));
    let work = distinct.into_iter().enumerate().map(|(index, (key, segment))| {
        let (parts, progress) = (parts.clone(), task.progress.clone());
        let control = Control::new(task.cancel.clone()).with_progress(move |part| {
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts[index] = part;
            progress(PREPARE_PART * parts.iter().sum::<f32>() / parts.len() as f32);
        });
        async move { Ok((key, conform(context, task, recipe, segment, &control).await?)) }
    });
    Ok(try_join_all(work).await?.into_iter().collect())
}

async fn conform(
    context: &AppContext,
    task: &RenderTask,
    recipe: &Recipe,
    segment: &RecipeSegment,
    control: &Control,
) -> Result<Segment, RenderError> {
    let id = AssetId(segment.clip_id);
    let asset = Asset::find_with_trash(&context.db, id, task.user_id)
        .await
        .map_err(|error| storage_error(&error))?
        .ok_or_else(|| clip_gone(&segment.clip_name))?;
    let source =
        context.storage.objects().local_file(asset.object_key).await.map_err(|error| match error {
            StorageError::NotFound(_) => clip_gone(&segment.clip_name),
            other => storage_error(&other),
        })?;
    let spec = SegmentSpec {
        source_sha256: asset.sha256,
        source_path: source.as_ref().to_owned(),
        file_name: asset.name,
        facts: asset.facts,
        trim_in_ms: segment.trim_in_ms,
        frames: segment.frames.into(),
        speed: Speed::new(segment.speed_percent).unwrap_or_default(),
        fit: recipe.fit,
        target: recipe.target,
        mute: recipe.audio == AudioMode::Mute,
    };
    context.media.conform(&spec, control).await.map_err(|error| clip_error(&segment.clip_name, error))
}

/// What went wrong with one clip, with its name: the engine speaks of the file it was given.
fn clip_error(name: &str, error: MediaError) -> RenderError {
    if error.is_about_the_file() || error.is_transient() || matches!(error, MediaError::Cancelled) {
        return render_error(error);
    }
    tracing::warn!(%error, "a clip could not be prepared");
    RenderError::Permanent {
        code: "video-mixer.clip_unreadable".into(),
        message: format!(
            "The clip \"{name}\" cannot be read any more, so this video cannot be made. Upload it again and start a new run."
        ),
    }
}

fn clip_gone(name: &str) -> RenderError {
    RenderError::Permanent {
        code: "video-mixer.clip_gone".into(),
        message: format!(
            "The clip \"{name}\" was deleted for good, so this video cannot be made. Upload it again and start a new run."
        ),
    }
}

fn render_error(error: MediaError) -> RenderError {
    let (code, message) = (error.code().to_owned(), error.to_string());
    match error {
        MediaError::Cancelled => RenderError::Cancelled,
        error if error.is_transient() => RenderError::Transient { code, message },
        _ => RenderError::Permanent { code, message },
    }
}

fn storage_error(error: &StorageError) -> RenderError {
    RenderError::Transient { code: "video-mixer.storage".into(), message: error.to_string() }
}
