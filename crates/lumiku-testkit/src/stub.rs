//! The smallest app there can be: it needs no material and no ffmpeg, so that tests of the platform
//! take milliseconds.

use async_trait::async_trait;
use lumiku_sdk::quote::DurationRange;
use lumiku_sdk::{
    ApiError, App, AppContext, Limit, Manifest, Plan, PlannedOutput, Price, Quote, QuoteLine, RenderError,
    RenderTask, Rendered, RunRequest,
};
use serde_json::{Value, json};

const CREDITS_EACH: i64 = 2;
const OUTPUTS_MAX: u32 = 1000;

/// Makes files of `size_bytes` bytes (settings) that say which output they are.
#[derive(Debug)]
pub struct StubApp;

impl StubApp {
    pub const ID: &'static str = "stub";
}

#[async_trait]
impl App for StubApp {
    fn manifest(&self) -> Manifest {
        Manifest {
            id: Self::ID,
            name: "Stub",
            hue: 0,
            summary: "Makes next to nothing",
            limits: vec![Limit { id: "outputs_max", value: OUTPUTS_MAX.into() }],
            prices: vec![Price { id: "file", label: "File", credits: CREDITS_EACH, unit: "file" }],
            settings_default: json!({ "size_bytes": 1000 }),
            has_sample: false,
        }
    }

    fn check_settings(&self, settings: &Value) -> Result<Value, ApiError> {
        let size_bytes = settings.get("size_bytes").map_or(Some(1000), Value::as_u64);
        let size_bytes = size_bytes.ok_or_else(|| {
            ApiError::field("settings.size_bytes", "stub.bad_size", "expected a whole number")
        })?;
        Ok(json!({ "size_bytes": size_bytes }))
    }

    async fn quote(&self, _context: &AppContext, request: &RunRequest<'_>) -> Result<Quote, ApiError> {
        let credits = CREDITS_EACH * i64::from(request.count);
        let line =
            QuoteLine { id: "file".into(), label: "File".into(), credits: CREDITS_EACH, total: credits };
        Ok(Quote {
            count: request.count,
            possible: "1000".into(),
            credits,
            credits_each: CREDITS_EACH,
            items: vec![line],
            duration_ms_each: DurationRange { min: 1000, max: 1000 },
            size_bytes_estimated: 1000,
            cpu_seconds_estimated: 0.0,
            seconds_estimated: 0.0,
            rupiah: 0,
            warnings: Vec::new(),
            blockers: Vec::new(),
        })
    }

    async fn plan(&self, _context: &AppContext, request: &RunRequest<'_>) -> Result<Plan, ApiError> {
        if request.count > OUTPUTS_MAX {
            return Err(ApiError::field("count", "stub.too_many", "a run makes at most 1000 files"));
        }
        let output = |index| PlannedOutput {
            name: format!("{index:03}_stub.mp4"),
            recipe: json!({ "index": index, "size_bytes": request.settings["size_bytes"] }),
        };
        Ok(Plan {
            outputs: (1..=request.count).map(output).collect(),
            credits_each: CREDITS_EACH,
            size_bytes_estimated: request.settings["size_bytes"].as_u64().unwrap_or_default()
                * u64::from(request.count),
        })
    }

    async fn render(&self, _context: &AppContext, task: RenderTask) -> Result<Rendered, RenderError> {
        let file = task.scratch_dir.join("output.mp4");
        let poster = task.scratch_dir.join("poster.jpg");
        let line = format!("output {} of the stub\n", task.recipe["index"]);
        let size = task.recipe["size_bytes"].as_u64().unwrap_or(1000) as usize;
        let bytes: Vec<u8> = line.bytes().cycle().take(size).collect();
        std::fs::write(&file, bytes).expect("the scratch directory can be written to");
        std::fs::write(&poster, line).expect("the scratch directory can be written to");
        (task.progress)(1.0);
        Ok(Rendered {
            file,
            poster: Some(poster),
            content_type: "video/mp4",
            width: 16,
            height: 16,
            duration_ms: 1000,
            frame_count: 30,
            frame_rate: "30/1".into(),
        })
    }
}
