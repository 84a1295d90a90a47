//! From a project's rows to the pure domain and back: what is mixed, what it would be, what is planned.

use garde::Validate;
use lumiku_core::{AssetId, FieldProblem, Query};
use lumiku_media::MediaKind;
use lumiku_sdk::quote::DurationRange;
use lumiku_sdk::{
    ApiError, AppContext, Plan, PlannedOutput, Project, Quote, QuoteLine, QuoteNotice, RunRequest,
};
use lumiku_storage::Asset;
use serde_json::Value;

use crate::domain::{self, Clip, ClipFacts, Group, Mix, MixerSettings, Warning};
use crate::error::MixerError;
use crate::store;

/// Settings from JSON, complete and valid, or what is wrong with which field.
pub fn checked_settings(settings: &Value) -> Result<MixerSettings, ApiError> {
    let settings: MixerSettings = serde_path_to_error::deserialize(settings).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "settings".to_owned() } else { format!("settings.{path}") };
        ApiError::field(&field, "video-mixer.bad_settings", error.inner().to_string())
    })?;
    settings.validate().map_err(|report| {
        let errors = report.iter().map(|(path, error)| FieldProblem {
            field: format!("settings.{path}"),
            code: "video-mixer.bad_settings".into(),
            message: error.message().to_owned(),
        });
        ApiError::invalid(errors.collect())
    })?;
    Ok(settings)
}

/// What a project has to mix.
struct Material {
    clips: Vec<Clip>,
    /// Pictures and sounds in the project, which cannot be mixed.
    others: Vec<(AssetId, String)>,
    groups: Vec<Group>,
    settings: MixerSettings,
}

impl Material {
    async fn load(q: &impl Query, project: &Project, settings: &Value) -> Result<Self, ApiError> {
        let user = project.user_id;
        let assets = Asset::list_all_by_project(q, user, project.id).await?;
        let groups = store::list_groups(q, user, project.id).await?;
        let others = assets.iter().filter(|asset| asset.facts.kind != MediaKind::Video);
        Ok(Self {
            others: others.map(|asset| (asset.id, asset.name.clone())).collect(),
            clips: assets.iter().filter_map(clip_of).collect(),
            groups: groups.into_iter().map(|group| Group { id: group.id.0, name: group.name }).collect(),
            settings: checked_settings(settings)?,
        })
    }

    fn mix(&self) -> Mix<'_> {
        Mix { clips: &self.clips, groups: &self.groups, settings: &self.settings }
    }
}

/// Pictures and sounds in the project are no clips.
fn clip_of(asset: &Asset) -> Option<Clip> {
    if asset.facts.kind != MediaKind::Video {
        return None;
    }
    let (width, height) = asset.facts.dimensions()?;
    let facts = ClipFacts {
        width,
        height,
        duration_ms: asset.facts.duration_ms.unwrap_or_default(),
        has_audio: asset.facts.has_audio(),
    };
    Some(Clip {
        id: asset.id.0,
        sha256: asset.sha256.clone(),
        name: asset.name.clone(),
        group: asset.group_id.map(|group| group.0),
        facts,
    })
}

pub async fn quote(context: &AppContext, request: &RunRequest<'_>) -> Result<Quote, ApiError> {
    let material = Material::load(&context.db, request.project, request.settings).await?;
    let facts = match domain::quote(material.mix(), request.count, request.seed) {
        Ok(facts) => facts,
        Err(error) => return Ok(blocked(&error)),
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as f64;
    Ok(Quote {
        count: facts.count,
        possible: facts.possible.to_string(),
        credits: facts.credits,
        credits_each: facts.credits_each,
        items: domain::prices_of(&material.settings)
            .map(|price| QuoteLine {
                id: price.id.into(),
                label: price.label.into(),
                credits: price.credits,
                total: price.credits * i64::from(facts.count),
            })
            .collect(),
        duration_ms_each: DurationRange { min: facts.duration_ms_min, max: facts.duration_ms_max },
        size_bytes_estimated: facts.size_bytes_estimated,
        cpu_seconds_estimated: facts.cpu_seconds_estimated,
        seconds_estimated: facts.cpu_seconds_estimated / cores,
        rupiah: 0,
        warnings: facts
            .warnings
            .into_iter()
            .map(notice)
            .chain(material.others.iter().map(not_a_video))
            .collect(),
        blockers: Vec::new(),
    })
}

/// A quote that says why nothing can be made.
fn blocked(error: &MixerError) -> Quote {
    Quote {
        count: 0,
        possible: "0".into(),
        credits: 0,
        credits_each: 0,
        items: Vec::new(),
        duration_ms_each: DurationRange::default(),
        size_bytes_estimated: 0,
        cpu_seconds_estimated: 0.0,
        seconds_estimated: 0.0,
        rupiah: 0,
        warnings: Vec::new(),
        blockers: vec![QuoteNotice { code: error.code().into(), asset_id: None, message: error.to_string() }],
    }
}

fn not_a_video((id, name): &(AssetId, String)) -> QuoteNotice {
    QuoteNotice {
        code: "video-mixer.not_a_video".into(),
        asset_id: Some(*id),
        message: format!("\"{name}\" is no video and takes no part. Upload videos to mix them."),
    }
}

fn notice(warning: Warning) -> QuoteNotice {
    QuoteNotice {
        code: warning.code.into(),
        asset_id: warning.clip_id.map(AssetId),
        message: warning.message,
    }
}

pub async fn plan(context: &AppContext, request: &RunRequest<'_>) -> Result<Plan, ApiError> {
    let material = Material::load(&context.db, request.project, request.settings).await?;
    let today = context.ambient.now().date_naive();
    let plan = domain::plan(material.mix(), request.count, request.seed, today)?;
    let outputs = plan.videos.into_iter().map(|video| {
        let recipe = serde_json::to_value(&video.recipe).map_err(|error| ApiError::internal(&error))?;
        Ok(PlannedOutput { name: video.name, recipe })
    });
    Ok(Plan {
        outputs: outputs.collect::<Result<_, ApiError>>()?,
        credits_each: domain::credits_each(&material.settings),
        size_bytes_estimated: plan.size_bytes_estimated,
    })
}
