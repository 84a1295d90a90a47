//! One of everything a person can have, found by the paths of the document.

use std::collections::HashMap;
use std::sync::Arc;

use lumiku_sdk::App;
use serde_json::json;

use super::{Material, Operation};
use crate::{Actor, TestStudio};

/// Ids by the path segment before them: `projects` -> a project's id.
pub type Things = HashMap<String, String>;

/// Makes one of everything the platform has: project, assets, open upload, run with outputs, session.
pub async fn make(studio: &TestStudio, app: &Arc<dyn App>, actor: &Actor, material: &Material) -> Things {
    let id = app.manifest().id;
    let request = json!({ "settings": material.settings, "count": material.count });
    let run = actor.generate(id, &material.project_id, request).await;
    studio.run_jobs().await;
    let run = actor.generation(run["id"].as_str().expect("an id")).await;
    assert_eq!(run["state"], "completed", "{run}");
    let mut things = Things::from([
        ("apps".to_owned(), id.to_owned()),
        ("projects".to_owned(), material.project_id.clone()),
        ("generations".to_owned(), text(&run["id"])),
        ("outputs".to_owned(), text(&run["outputs"][0]["id"])),
    ]);
    let assets = actor.get(&format!("/api/v1/assets?project_id={}", material.project_id)).await;
    if let Some(asset) = assets.expect(200).json()["items"].get(0) {
        things.insert("assets".to_owned(), text(&asset["id"]));
    }
    let sessions = actor.get("/api/v1/me/sessions").await.expect(200).json();
    things.insert("sessions".to_owned(), text(&sessions["items"][0]["id"]));
    let upload = actor.tus_create(&material.project_id, "clip.mp4", 10, &[]).await.expect(201);
    let upload = upload.header("location").rsplit('/').next().expect("an id").to_owned();
    things.insert("uploads".to_owned(), upload);
    things
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

/// The path of an operation with these ids put in; `None` when one of them is not known.
pub fn fill(operation: &Operation, things: &Things) -> Option<String> {
    let mut before = "";
    let mut filled = Vec::new();
    for part in operation.path.split('/') {
        if part.starts_with('{') {
            filled.push(things.get(before)?.as_str());
        } else {
            filled.push(part);
        }
        before = part;
    }
    Some(filled.join("/"))
}

/// Learns the ids of the app's own kinds of things from their lists: of `/a/{id}/groups/{group_id}`
/// the first of `GET /a/{id}/groups`.
pub async fn learn(actor: &Actor, operations: &[Operation], things: &mut Things) {
    for operation in operations {
        let parts: Vec<&str> = operation.path.split('/').collect();
        for (index, part) in parts.iter().enumerate().filter(|(_, part)| part.starts_with('{')) {
            let kind = parts[index - 1];
            if things.contains_key(kind) {
                continue;
            }
            let list = Operation { path: parts[..index].join("/"), ..operation.clone() };
            let path =
                fill(&list, things).unwrap_or_else(|| panic!("no id for {part} of {}", operation.path));
            let items = actor.get(&path).await.expect(200).json();
            let first = items["items"].get(0).unwrap_or_else(|| panic!("the material has no {kind}"));
            things.insert(kind.to_owned(), text(&first["id"]));
        }
    }
}
