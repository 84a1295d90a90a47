//! The clips that are mixed: made up and grainy, because flat test pictures cost an encoder nothing,
//! or real ones from a folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lumiku_media::{Media, MediaFacts};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use video_mixer::domain::{Clip, ClipFacts};

use super::usual::ffmpeg;

const MADE_UP: u32 = 12;
const MADE_UP_SECONDS: u32 = 5;

#[derive(Debug)]
pub struct Source {
    pub path: PathBuf,
    pub facts: MediaFacts,
    /// The same clip as the planner sees it.
    pub clip: Clip,
}

#[derive(Debug)]
pub struct Clips {
    pub sources: Vec<Source>,
    made_up: bool,
}

impl Clips {
    /// Clips of `real`, in the order of their names, or made-up ones below `folder`.
    pub async fn prepare(media: &Media, real: Option<&Path>, size: u32, folder: &Path) -> Result<Self> {
        let paths = match real {
            Some(real) => {
                let entries =
                    fs::read_dir(real).with_context(|| format!("cannot read {}", real.display()))?;
                let mut paths: Vec<PathBuf> =
                    entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
                paths.retain(|path| path.is_file());
                paths.sort();
                paths
            }
            None => make_up(size, folder).await?,
        };
        let mut sources = Vec::new();
        for (number, path) in (1..).zip(paths) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let facts = media.accept(&path, &name).await?;
            let (width, height) = facts.dimensions().context("a clip has no picture")?;
            let duration_ms = facts.duration_ms.unwrap_or_default();
            let clip = Clip {
                id: Uuid::from_u128(number),
                sha256: hex::encode(Sha256::digest(fs::read(&path)?)),
                name,
                group: None,
                facts: ClipFacts { width, height, duration_ms, has_audio: facts.has_audio() },
            };
            sources.push(Source { path, facts, clip });
        }
        ensure!(sources.len() >= 3, "three clips make a video, and there are {}", sources.len());
        Ok(Self { sources, made_up: real.is_none() })
    }

    pub fn of_planner(&self) -> Vec<Clip> {
        self.sources.iter().map(|source| source.clip.clone()).collect()
    }

    pub fn find(&self, id: Uuid) -> Result<&Source> {
        let source = self.sources.iter().find(|source| source.clip.id == id);
        source.context("the planner names a clip that nobody gave it")
    }

    pub fn json(&self) -> Value {
        let bytes: u64 = self.sources.iter().map(|source| source.facts.size_bytes).sum();
        json!({ "count": self.sources.len(), "made_up": self.made_up, "bytes": bytes })
    }
}

/// A panned picture full of edges with the noise of a small sensor, as a hand-held telephone makes
/// it; every clip has its own path, colours and tone.
async fn make_up(size: u32, folder: &Path) -> Result<Vec<PathBuf>> {
    eprintln!("making {MADE_UP} clips of {MADE_UP_SECONDS} s");
    let (width, height) = (size, (size * 16 / 9).next_multiple_of(2));
    let mut paths = Vec::new();
    for number in 1..=MADE_UP {
        let picture = format!(
            "testsrc2=s={}x{}:r=30:d={MADE_UP_SECONDS},hue=h={},crop={width}:{height}:{}+60*t:{}+90*t,\
             noise=alls=5:allf=t:all_seed={number},format=yuv420p",
            width * 2,
            height * 2,
            number * 30,
            number * width / 40,
            number * height / 40,
        );
        let sound = format!(
            "sine=f={}:r=48000:d={MADE_UP_SECONDS},aformat=channel_layouts=stereo",
            200 + number * 20
        );
        let path = folder.join(format!("clip-{number:02}.mp4"));
        let arguments = ["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound];
        let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-c:a", "aac", "-b:a", "128k"];
        let out = path.to_str().context("the temporary folder has no readable name")?;
        ffmpeg(&[&arguments[..], &encode, &[out]].concat()).await?;
        paths.push(path);
    }
    Ok(paths)
}
