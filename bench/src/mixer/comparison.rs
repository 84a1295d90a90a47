//! One run made twice: our way whole, the usual way as a sample. Half of the sample comes before ours
//! and half after, so that a machine that grows busier meanwhile falsifies neither side alone.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};
use lumiku_media::{Media, MediaConfig};
use serde_json::{Value, json};
use video_mixer::domain::settings::{Distribution, Duration, Fit, Resolution};
use video_mixer::domain::{Mix, MixerSettings, PlannedVideo, RecipeSegment, plan};

use super::clips::Clips;
use super::{ours, usual};
use crate::cpu::{self, Cpu};
use crate::spread::rounded;

const CLIPS_PER_VIDEO: u32 = 3;
const SECONDS_PER_VIDEO: u32 = 15;
/// Fixed, so that every measurement makes the same videos.
const SEED: u64 = 20_260_817;

/// What the planner made of an order.
pub struct Planned {
    videos: Vec<PlannedVideo>,
    segments: Vec<RecipeSegment>,
    folder: PathBuf,
}

/// What both ways cost.
#[derive(Debug)]
pub struct Comparison {
    pub count: u32,
    segments: usize,
    conform: Cpu,
    join: Cpu,
    usual_measured: usize,
    usual: f64,
}

impl Planned {
    pub fn new(clips: &Clips, size: u32, count: u32, folder: PathBuf) -> Result<Self> {
        let resolution = match size {
            480 => Resolution::P480,
            720 => Resolution::P720,
            1080 => Resolution::P1080,
            other => anyhow::bail!("--size {other} is not offered; choose 480, 720 or 1080"),
        };
        let settings = MixerSettings {
            clips_per_video: Some(CLIPS_PER_VIDEO),
            duration: Duration::Fixed { seconds: SECONDS_PER_VIDEO, distribution: Distribution::Equal },
            fit: Fit::Pad,
            resolution,
            ..MixerSettings::default()
        };
        let of_planner = clips.of_planner();
        let mix = Mix { clips: &of_planner, groups: &[], settings: &settings };
        let planned = plan(mix, count, SEED, NaiveDate::default())?;
        fs::create_dir_all(&folder)?;
        Ok(Self { videos: planned.videos, segments: planned.segments, folder })
    }

    pub async fn compare(&self, clips: &Clips, sample: u32) -> Result<Comparison> {
        let sampled = self.sample(sample as usize);
        let (before, after) = sampled.split_at(sampled.len() / 2);
        let media = Media::new(MediaConfig::below(self.folder.join("cold")))?;
        let recipe = &self.videos.first().context("a plan of no videos")?.recipe;
        eprintln!(
            "{} videos: {} one by one the usual way, all of them ours",
            self.videos.len(),
            sampled.len()
        );

        let (usual_before, ()) = cpu::of(self.encode(clips, before)).await?;
        let (conform, segments) = cpu::of(ours::conform(&media, clips, recipe, &self.segments)).await?;
        let (join, ()) = cpu::of(ours::join(&media, &segments, &self.videos, &self.folder)).await?;
        let (usual_after, ()) = cpu::of(self.encode(clips, after)).await?;

        Ok(Comparison {
            count: self.videos.len() as u32,
            segments: segments.len(),
            conform,
            join,
            usual_measured: sampled.len(),
            usual: usual_before.total() + usual_after.total(),
        })
    }

    /// The first video of both sides beside its clips joined without an encoder, and its size.
    pub async fn quality(&self, clips: &Clips) -> Result<Value> {
        let video = self.videos.first().context("a plan of no videos")?;
        let mut sides = serde_json::Map::new();
        for (side, file) in
            [("ours", ours::file(&self.folder, video)), ("usual", usual::file(&self.folder, video))]
        {
            let ssim = usual::likeness(clips, &video.recipe, &file).await?;
            sides.insert(side.to_owned(), json!({ "ssim": ssim, "bytes": fs::metadata(&file)?.len() }));
        }
        Ok(sides.into())
    }

    /// Videos spread over the whole run.
    fn sample(&self, size: usize) -> Vec<&PlannedVideo> {
        let (size, all) = (size.min(self.videos.len()), self.videos.len());
        (0..size).map(|n| &self.videos[n * all / size]).collect()
    }

    async fn encode(&self, clips: &Clips, videos: &[&PlannedVideo]) -> Result<()> {
        let cores = std::thread::available_parallelism()?.get();
        let work = stream::iter(videos).map(|video| usual::encode(clips, video, &self.folder));
        work.buffer_unordered(cores).try_collect().await
    }
}

impl Comparison {
    pub fn ratio(&self) -> f64 {
        self.usual_all_s() / self.ours_s()
    }

    fn ours_s(&self) -> f64 {
        self.conform.total() + self.join.total()
    }

    fn usual_each_s(&self) -> f64 {
        self.usual / self.usual_measured as f64
    }

    fn usual_all_s(&self) -> f64 {
        self.usual_each_s() * f64::from(self.count)
    }

    pub fn json(&self) -> Value {
        json!({
            "ratio": rounded(self.ratio(), 2),
            "ours_cpu_s": rounded(self.ours_s(), 1),
            "segments": self.segments,
            "conform_cpu_s": rounded(self.conform.total(), 1),
            "join_cpu_s_each": rounded(self.join.total() / f64::from(self.count), 3),
            "join_own_cpu_s_each": rounded(self.join.own / f64::from(self.count), 3),
            "usual_cpu_s": rounded(self.usual_all_s(), 1),
            "usual_cpu_s_each": rounded(self.usual_each_s(), 2),
            "usual_measured": self.usual_measured,
            "usual_extrapolated": self.usual_measured < self.count as usize,
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} videos: ours {:.1} CPU s ({} segments {:.1}, joins {:.1}), the usual way {:.1} CPU s \
             ({} measured, {:.2} each): {:.2} times",
            self.count,
            self.ours_s(),
            self.segments,
            self.conform.total(),
            self.join.total(),
            self.usual_all_s(),
            self.usual_measured,
            self.usual_each_s(),
            self.ratio()
        )
    }
}
