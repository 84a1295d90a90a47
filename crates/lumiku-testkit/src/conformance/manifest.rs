//! What an app says about itself.

use std::collections::HashSet;
use std::sync::Arc;

use lumiku_sdk::App;
use lumiku_testdb::TestDb;
use serde_json::json;

use crate::TestStudio;
use crate::studio::migrations;

/// Codes that any app may answer with, because the platform or the media engine answers for it.
const SHARED: [&str; 7] = ["request", "media", "uploads", "storage", "credits", "idempotency", "generation"];

/// Names, words, limits and prices are there, distinct and sane; the defaults are valid settings and
/// complete, so that storing them changes nothing.
pub fn manifest_is_complete(app: &dyn App) {
    let manifest = app.manifest();
    let kebab = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    assert!(kebab(manifest.id), "{} is kebab-case", manifest.id);
    assert!(!manifest.name.is_empty() && !manifest.summary.is_empty());
    assert!(manifest.hue < 360);
    assert!(!manifest.limits.is_empty() && !manifest.prices.is_empty());
    let limits: HashSet<_> = manifest.limits.iter().map(|limit| limit.id).collect();
    assert_eq!(limits.len(), manifest.limits.len(), "limits have distinct ids");
    for limit in &manifest.limits {
        assert!(limit.value > 0, "{} is positive", limit.id);
        assert!(limit.id.ends_with("_max") || limit.id.ends_with("_min"), "{} says which side", limit.id);
    }
    let prices: HashSet<_> = manifest.prices.iter().map(|price| price.id).collect();
    assert_eq!(prices.len(), manifest.prices.len(), "prices have distinct ids");
    for price in &manifest.prices {
        assert!(price.credits >= 0 && !price.label.is_empty() && !price.unit.is_empty(), "{}", price.id);
    }
    let defaults = manifest.settings_default;
    assert_eq!(app.check_settings(&defaults).expect("the defaults are valid"), defaults);
    assert_eq!(app.check_settings(&json!({})).expect("no settings are valid"), defaults);
}

/// Up, down to nothing, and up again, on both databases.
pub async fn migrations_go_up_and_down(app: Arc<dyn App>) {
    let all = migrations(std::slice::from_ref(&app));
    for db in [TestDb::sqlite(&all).await, TestDb::postgres(&all).await] {
        db.migrate_down_to(&all, 0).await.expect("every migration can be taken back");
        let status = db.migrate_status(&all).await.expect("the status can be read");
        assert!(status.iter().all(|(_, applied)| !applied), "{status:?}");
        db.migrate_up(&all).await.expect("they can be applied again");
    }
}

/// Wrong settings and an empty project are refused with codes of the app's own.
pub async fn codes_carry_the_prefix(studio: Arc<TestStudio>, app: Arc<dyn App>) {
    let id = app.manifest().id;
    let mut seen = Vec::new();
    let defaults = app.manifest().settings_default;
    for key in defaults.as_object().expect("settings are an object").keys() {
        let wrong = json!({ key.as_str(): { "no": ["such", "value"] } });
        let error = app.check_settings(&wrong).expect_err("nonsense is refused");
        assert!(error.0.status == 422 && !error.0.errors.is_empty(), "{key}: {:?}", error.0);
        for field in &error.0.errors {
            assert!(field.field.starts_with("settings"), "{key}: {field:?}");
            assert!(field.field.contains(key.as_str()), "the refusal names {key}: {field:?}");
        }
        seen.extend(error.0.errors.iter().map(|field| field.code.clone()));
    }
    let alice = studio.user("alice").await;
    let project = alice.project(id, "Empty").await;
    let path = format!("/api/v1/apps/{id}/projects/{project}");
    let quote = alice.post(&format!("{path}/quote"), json!({ "count": 1 })).await.expect(200).json();
    for list in ["blockers", "warnings"] {
        let notices = quote[list].as_array().expect("a list");
        seen.extend(notices.iter().map(|notice| notice["code"].as_str().expect("a code").to_owned()));
    }
    for count in [0_u64, 1_000_000] {
        let answer = alice.post(&format!("{path}/generations"), json!({ "count": count })).await;
        assert!(answer.status.is_client_error(), "{count}: {}", answer.text());
        seen.push(answer.json()["code"].as_str().map_or_else(|| panic!("a code"), str::to_owned));
    }
    for code in seen {
        let area = code.split('.').next().unwrap_or_default();
        assert!(area == id || SHARED.contains(&area), "{code} says whose it is");
    }
    let free = quote["credits"] == 0;
    assert_eq!(
        free,
        quote["count"] == 0,
        "what makes nothing costs nothing, and the other way round: {quote}"
    );
}
