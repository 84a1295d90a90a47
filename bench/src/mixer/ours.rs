//! Our side: what a job of the app does for each video, with the planner's recipes and the engine.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use lumiku_media::{AudioMode, Control, Media, Segment, SegmentSpec, Speed};
use video_mixer::domain::recipe::SegmentKey;
use video_mixer::domain::{PlannedVideo, Recipe, RecipeSegment};

use super::clips::Clips;

pub type Segments = HashMap<SegmentKey, Segment>;

/// Every segment of the run once, as many at a time as there are cores.
pub async fn conform(
    media: &Media,
    clips: &Clips,
    recipe: &Recipe,
    wanted: &[RecipeSegment],
) -> Result<Segments> {
    let work = stream::iter(wanted).map(async |segment| {
        let source = clips.find(segment.clip_id)?;
        let spec = SegmentSpec {
            source_sha256: source.clip.sha256.clone(),
            source_path: source.path.clone(),
            file_name: source.clip.name.clone(),
            facts: source.facts.clone(),
            trim_in_ms: segment.trim_in_ms,
            frames: segment.frames.into(),
            speed: Speed::new(segment.speed_percent).unwrap_or_default(),
            fit: recipe.fit,
            target: recipe.target,
            mute: recipe.audio == AudioMode::Mute,
        };
        anyhow::Ok((segment.key(), media.conform(&spec, &Control::default()).await?))
    });
    work.buffer_unordered(media.config().process_slots).try_collect().await
}

/// Every video of the run; the files stay in `folder`.
pub async fn join(media: &Media, segments: &Segments, videos: &[PlannedVideo], folder: &Path) -> Result<()> {
    let work = stream::iter(videos).map(async |video| {
        let timeline: Option<Vec<Segment>> =
            video.recipe.timeline().map(|part| segments.get(&part.key()).cloned()).collect();
        let timeline = timeline.context("a segment of the plan was not made")?;
        let out = file(folder, video);
        media.join(&timeline, video.recipe.audio, &out, &Control::default()).await?;
        anyhow::Ok(())
    });
    work.buffer_unordered(media.config().process_slots).try_collect().await
}

pub fn file(folder: &Path, video: &PlannedVideo) -> PathBuf {
    folder.join(format!("ours-{}.mp4", video.index))
}
