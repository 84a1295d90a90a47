//! The document that clients are generated from.

use std::collections::HashSet;
use std::sync::Arc;

use lumiku_testkit::conformance::operations;
use lumiku_testkit::{TestStudio, studio_tests_on_sqlite};
use serde_json::Value;

use crate::stub;

studio_tests_on_sqlite! { stub();
    every_operation_is_described,
    every_reference_of_the_document_leads_somewhere,
    only_these_calls_are_open_to_anybody,
}

async fn document(studio: &TestStudio) -> Value {
    studio.stranger().get("/api/v1/openapi.json").await.expect(200).json()
}

async fn every_operation_is_described(studio: Arc<TestStudio>) {
    let document = document(&studio).await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let mut ids = HashSet::new();
    for operation in operations(&document) {
        let name = format!("{} {}", operation.method, operation.path);
        let spec = &operation.spec;
        assert!(spec["tags"][0].is_string(), "{name} has a tag");
        assert!(spec["summary"].as_str().is_some_and(|text| text.len() > 5), "{name} has a summary");
        let id = spec["operationId"].as_str().unwrap_or_else(|| panic!("{name} has an id")).to_owned();
        assert!(ids.insert(id.clone()), "{id} is used twice");
        let declared: HashSet<&str> = spec["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(declared, operation.parameters().into_iter().collect(), "{name} declares its parameters");
        let responses = spec["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} can succeed");
        for (status, response) in responses {
            let bodiless = ["204", "206", "304"].contains(&status.as_str())
                || ["HEAD", "OPTIONS"].contains(&operation.method.as_str())
                || operation.path == "/api/v1/uploads";
            let content = response["content"].as_object();
            assert!(
                bodiless || content.is_some_and(|content| !content.is_empty()),
                "{name} {status} has a shape"
            );
            for (kind, media) in content.into_iter().flatten() {
                let json = kind.ends_with("json");
                assert!(!json || media["schema"].is_object(), "{name} {status} has a schema");
            }
        }
    }
}

async fn every_reference_of_the_document_leads_somewhere(studio: Arc<TestStudio>) {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document(&studio).await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
}

async fn only_these_calls_are_open_to_anybody(studio: Arc<TestStudio>) {
    let mut open: Vec<String> = operations(&document(&studio).await)
        .iter()
        .filter(|operation| operation.public)
        .map(|operation| format!("{} {}", operation.method, operation.path))
        .collect();
    open.sort();
    let expected = [
        "GET /api/v1/setup-state",
        "GET /health",
        "GET /health/liveness",
        "GET /health/readiness",
        "OPTIONS /api/v1/uploads",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/setup",
    ];
    assert_eq!(open, expected);
}
