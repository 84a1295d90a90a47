//! The shapes that monitors rely on.

use std::sync::Arc;

use lumiku_testkit::{TestStudio, studio_tests};

use crate::stub;

studio_tests! { stub(); health_has_the_shape_that_monitors_know, readiness_ends_before_the_server_does }

async fn health_has_the_shape_that_monitors_know(studio: Arc<TestStudio>) {
    let stranger = studio.stranger();
    assert_eq!(stranger.get("/health/liveness").await.expect(200).json()["status"], "ok");
    assert_eq!(stranger.get("/health/readiness").await.expect(200).json()["status"], "ok");

    let health = stranger.get("/health").await.expect(200).json();

    assert_eq!(
        (health["status"].as_str(), health["environment"].as_str()),
        (Some("healthy"), Some("development"))
    );
    assert_eq!(health["timestamp"], "2026-01-05T08:00:00Z");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert!(health["responseTimeMs"].is_u64());
    let checks = &health["checks"];
    for part in ["database", "redis", "storage", "queues", "memory", "uptime"] {
        assert!(checks[part]["status"].is_string(), "{part}: {health}");
    }
    assert!(checks["database"]["latencyMs"].is_u64());
    assert!(checks["memory"]["usageMB"].as_u64().is_some_and(|used| used > 0));
    assert!(checks["memory"]["percentUsed"].is_number());
    assert!(checks["uptime"]["uptimeSeconds"].is_i64());
}

async fn readiness_ends_before_the_server_does(studio: Arc<TestStudio>) {
    studio.studio.drain.begin();

    let stranger = studio.stranger();
    assert_eq!(stranger.get("/health/readiness").await.expect(503).json()["status"], "shutting_down");
    assert_eq!(stranger.get("/health/liveness").await.expect(200).json()["status"], "ok");
}
