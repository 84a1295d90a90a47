//! The mixer's promise: many videos from few clips cost far less than one encode each. Ours goes
//! through the planner and the engine as a run does, with a cold cache; against it stands the usual
//! way, one filter graph and one encode per video, of the same clips in the same order with the same
//! encoder settings. Processor seconds are compared, and one video of each side with a lossless join.

mod clips;
mod comparison;
mod ours;
mod usual;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use lumiku_media::{Media, MediaConfig, MediaError};
use serde_json::{Map, Value, json};
use xtask::proof::{Finding, Measurement};

use crate::spread::rounded;
use clips::Clips;
use comparison::{Comparison, Planned};

/// The least ratio that passes, by number of videos. What the method should reach is 2 and 12.
const TARGETS: [(u32, f64); 2] = [(10, 1.8), (100, 10.0)];

/// CPU seconds of many videos from few clips, against one encode per video.
#[derive(Debug, Parser)]
#[command(name = "script/bench mixer")]
struct Options {
    /// Runs to measure, by their number of videos.
    #[arg(long, value_delimiter = ',', default_values_t = TARGETS.map(|target| target.0))]
    counts: Vec<u32>,
    /// Shorter side of the videos: 480, 720 or 1080.
    #[arg(long, default_value_t = 720)]
    size: u32,
    /// Videos of each run that are encoded the usual way; the rest is extrapolated.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// A folder with three or more clips to use instead of twelve made-up ones.
    #[arg(long)]
    clips: Option<PathBuf>,
}

pub fn run(arguments: &[String]) -> Result<Finding> {
    let options = Options::parse_from([&["mixer".to_owned()], arguments].concat());
    let folder = tempfile::tempdir().context("there is no temporary folder")?;
    match Media::new(MediaConfig::below(folder.path().join("look"))) {
        Ok(media) => tokio::runtime::Runtime::new()?.block_on(measure(&options, &media, folder.path())),
        Err(error @ MediaError::ToolMissing { .. }) => Ok(Finding::CannotRun(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

async fn measure(options: &Options, media: &Media, folder: &Path) -> Result<Finding> {
    let clips = Clips::prepare(media, options.clips.as_deref(), options.size, folder).await?;
    let mut comparisons = Vec::new();
    let mut quality = Value::Null;
    for &count in &options.counts {
        let planned = Planned::new(&clips, options.size, count, folder.join(format!("run-{count}")))?;
        let comparison = planned.compare(&clips, options.sample).await?;
        eprintln!("{comparison}");
        comparisons.push(comparison);
        quality = planned.quality(&clips).await?;
    }
    eprintln!("one video of each against a lossless join: {quality}");
    let by_count = |figure: &dyn Fn(&Comparison) -> Value| -> Map<String, Value> {
        comparisons.iter().map(|comparison| (comparison.count.to_string(), figure(comparison))).collect()
    };
    let checks: Vec<bool> = comparisons.iter().filter_map(passes).collect();
    let details = Map::from_iter([
        ("unit".to_owned(), "CPU seconds of one encode per video / CPU seconds of ours".into()),
        ("runs".to_owned(), by_count(&Comparison::json).into()),
        ("quality".to_owned(), quality),
        ("clips".to_owned(), clips.json()),
        ("short_side".to_owned(), options.size.into()),
        ("settings".to_owned(), "x264 veryfast, 30 fps, medium bitrate, one thread; AAC 160 kb/s".into()),
        ("ffmpeg".to_owned(), media.version().into()),
        ("cores".to_owned(), json!(std::thread::available_parallelism()?.get())),
    ]);
    let targets: Vec<String> =
        TARGETS.iter().map(|(count, least)| format!(">= {least} at {count}")).collect();
    Ok(Finding::Measured(Measurement {
        value: by_count(&|comparison| rounded(comparison.ratio(), 2).into()).into(),
        target: targets.join(", "),
        pass: !checks.is_empty() && checks.iter().all(|passes| *passes),
        details,
    }))
}

/// Whether the ratio reaches its target; nothing for a count without one.
fn passes(comparison: &Comparison) -> Option<bool> {
    let (_, least) = TARGETS.iter().find(|(count, _)| *count == comparison.count)?;
    Some(comparison.ratio() >= *least)
}
