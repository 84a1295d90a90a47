//! Liveness, readiness and the detailed report, in the shapes and limits operators rely on.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lumiku_core::{DateTime, Query, Utc, params};
use lumiku_sdk::{Json, Routes};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::Studio;

/// A dependency that takes longer than this counts as down.
const CHECK_TIMEOUT: Duration = Duration::from_millis(90);

pub fn routes() -> Routes<Studio> {
    Routes::new().public(routes!(liveness)).public(routes!(readiness)).public(routes!(detail))
}

#[derive(Serialize, ToSchema)]
struct Alive {
    status: &'static str,
}

/// Whether the process answers at all. Does no IO.
#[utoipa::path(get, path = "/health/liveness", tag = "health", responses((status = 200, body = Alive)))]
async fn liveness() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Whether requests should be sent here: the database answers and no shutdown has begun.
#[utoipa::path(get, path = "/health/readiness", tag = "health",
    responses((status = 200, body = Alive), (status = 503, body = Alive)))]
async fn readiness(State(studio): State<Studio>) -> Response {
    if studio.drain.has_begun() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(Alive { status: "shutting_down" })).into_response();
    }
    let database = check_database(&studio).await;
    if database.status == "healthy" {
        Json(Alive { status: "ok" }).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Alive { status: "database_unavailable" })).into_response()
    }
}

/// The shape the predecessor's monitors know; camelCase is theirs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Health {
    status: &'static str,
    timestamp: DateTime<Utc>,
    version: &'static str,
    environment: lumiku_core::config::Environment,
    response_time_ms: u64,
    checks: Checks,
}

#[derive(Serialize, ToSchema)]
struct Checks {
    database: Check,
    redis: Check,
    storage: Check,
    queues: Queues,
    memory: Memory,
    uptime: Uptime,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Check {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Queues {
    status: &'static str,
    waiting: i64,
    running: i64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Memory {
    status: &'static str,
    #[serde(rename = "usageMB")]
    usage_mb: u64,
    percent_used: f64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Uptime {
    status: &'static str,
    uptime_seconds: i64,
}

/// Every part of the studio with its latency.
#[utoipa::path(get, path = "/health", tag = "health", responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn detail(State(studio): State<Studio>) -> Response {
    let began = studio.context.ambient.now();
    let (database, redis, queues, storage, memory) = tokio::join!(
        check_database(&studio),
        check_redis(&studio),
        check_queues(&studio),
        check_storage(&studio),
        check_memory()
    );
    let down = database.status != "healthy" || storage.status != "healthy";
    let degraded = redis.status == "unhealthy" || queues.status != "healthy" || memory.status != "healthy";
    let status = match (down, degraded) {
        (true, _) => "unhealthy",
        (_, true) => "degraded",
        _ => "healthy",
    };
    let now = studio.context.ambient.now();
    let health = Health {
        status,
        timestamp: now,
        version: env!("CARGO_PKG_VERSION"),
        environment: studio.context.config.environment,
        response_time_ms: (now - began).num_milliseconds().max(0) as u64,
        checks: Checks {
            database,
            redis,
            storage,
            queues,
            memory,
            uptime: Uptime { status: "healthy", uptime_seconds: (now - studio.started_at).num_seconds() },
        },
    };
    let code = if down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, Json(health)).into_response()
}

async fn check_database(studio: &Studio) -> Check {
    let began = std::time::Instant::now();
    let answer = tokio::time::timeout(
        CHECK_TIMEOUT,
        studio.context.db.scalar::<i64>("SELECT CAST(1 AS BIGINT)", params![]),
    );
    let healthy = matches!(answer.await, Ok(Ok(Some(1))));
    Check {
        status: if healthy { "healthy" } else { "unhealthy" },
        latency_ms: Some(began.elapsed().as_millis() as u64),
    }
}

async fn check_redis(studio: &Studio) -> Check {
    let began = std::time::Instant::now();
    let status = match tokio::time::timeout(CHECK_TIMEOUT, studio.context.bus.ping()).await {
        Ok(None) => return Check { status: "not_configured", latency_ms: None },
        Ok(Some(true)) => "healthy",
        Ok(Some(false)) | Err(_) => "unhealthy",
    };
    Check { status, latency_ms: Some(began.elapsed().as_millis() as u64) }
}

async fn check_queues(studio: &Studio) -> Queues {
    match tokio::time::timeout(CHECK_TIMEOUT, studio.context.jobs.counts()).await {
        Ok(Ok(counts)) => Queues {
            status: "healthy",
            waiting: counts.available + counts.scheduled + counts.retryable,
            running: counts.running,
        },
        _ => Queues { status: "unhealthy", waiting: 0, running: 0 },
    }
}

async fn check_storage(studio: &Studio) -> Check {
    let began = std::time::Instant::now();
    let dir = studio.context.config.data_dir.clone();
    let healthy = matches!(tokio::time::timeout(CHECK_TIMEOUT, tokio::fs::metadata(dir)).await, Ok(Ok(_)));
    Check {
        status: if healthy { "healthy" } else { "unhealthy" },
        latency_ms: Some(began.elapsed().as_millis() as u64),
    }
}

/// This process's share of the machine, from the kernel's own account.
async fn check_memory() -> Memory {
    let read = |path: &'static str| async move { tokio::fs::read_to_string(path).await.unwrap_or_default() };
    let (own, all) = tokio::join!(read("/proc/self/status"), read("/proc/meminfo"));
    let kib = |text: &str, key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key))
            .and_then(|rest| rest.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok())
            .unwrap_or_default()
    };
    let (used, total) = (kib(&own, "VmRSS"), kib(&all, "MemTotal").max(1));
    let percent_used = (used as f64 / total as f64 * 1000.0).round() / 10.0;
    Memory {
        status: if percent_used > 80.0 { "degraded" } else { "healthy" },
        usage_mb: used / 1024,
        percent_used,
    }
}
