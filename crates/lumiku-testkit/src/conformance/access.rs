//! Who may call what: strangers nothing that is not declared public, and nobody another's things.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use lumiku_sdk::App;
use serde_json::Value;

use super::things::{Things, fill, learn, make};
use super::{Material, Operation, operations};
use crate::{Actor, Answer, TestStudio};

/// Any id; a stranger is refused before it is looked at.
const SOME_ID: &str = "0190b1c2-aaaa-7bbb-8ccc-123456789012";

async fn document(studio: &TestStudio) -> Vec<Operation> {
    let document = studio.stranger().get("/api/v1/openapi.json").await.expect(200).json();
    operations(&document)
}

/// Makes the call with the smallest body that the document allows.
async fn call(actor: &Actor, operation: &Operation, path: &str, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![("tus-resumable", "1.0.0"), ("upload-offset", "0")];
    headers.extend(more);
    let body = if let Some(body) = &operation.body {
        headers.push(("content-type", "application/json"));
        Body::from(body.to_string())
    } else {
        headers.push(("content-type", "application/offset+octet-stream"));
        Body::empty()
    };
    let method: Method = operation.method.parse().expect("a method");
    actor.call(method, path, &headers, body).await
}

/// Every operation of the document that is not declared public answers 401 to a stranger, and to
/// somebody with a wrong token.
pub async fn strangers_are_refused(studio: Arc<TestStudio>) {
    let stranger = studio.stranger();
    let operations = document(&studio).await;
    assert!(operations.iter().filter(|operation| !operation.public).count() > 20);
    for operation in operations.iter().filter(|operation| !operation.public) {
        let path: Vec<&str> = operation
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { SOME_ID } else { part })
            .collect();
        for wrong in [None, Some(("authorization", "Bearer nobody-has-this"))] {
            let answer = call(&stranger, operation, &path.join("/"), wrong.as_slice()).await;
            let name = format!("{} {}", operation.method, operation.path);
            assert_eq!(answer.status, 401, "{name}: {}", answer.text());
            if operation.method != "HEAD" {
                assert_eq!(answer.json()["code"], "auth.sign_in_first", "{name}");
            }
        }
    }
}

/// For two people with one of each thing: every operation with an id answers 404 to the one who puts
/// the other's id in, for all ids and for each id alone, and the other's things stay as they are.
pub async fn other_peoples_things_do_not_exist<F: Future<Output = Material>>(
    studio: Arc<TestStudio>,
    app: Arc<dyn App>,
    material: impl Fn(Actor) -> F,
) {
    let (alice, bob) = (studio.user("alice").await, studio.user("bob").await);
    let operations = document(&studio).await;
    let (mut hers, mut his) = (Things::new(), Things::new());
    for (actor, things) in [(&alice, &mut hers), (&bob, &mut his)] {
        studio.grant(actor, 10_000).await;
        *things = make(&studio, &app, actor, &material(actor.clone()).await).await;
        learn(actor, &operations, things).await;
    }
    let before = snapshot(&bob, &operations, &his).await;
    let mut tried = 0;
    for operation in operations.iter().filter(|operation| !operation.public) {
        for mix in mixes(operation, &hers, &his) {
            let path = fill(operation, &mix).expect("every id is known");
            let answer = call(&alice, operation, &path, &[]).await;
            assert_eq!(answer.status, 404, "{} {path}: {}", operation.method, answer.text());
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried} calls name a thing");
    assert_eq!(snapshot(&bob, &operations, &his).await, before, "somebody else's call changed something");
    for (actor, things) in [(&alice, &hers), (&bob, &his)] {
        actor.delete(&format!("/api/v1/uploads/{}", things["uploads"])).await.expect(204);
    }
}

/// Her ids with one of his, for each; and all of his.
fn mixes(operation: &Operation, hers: &Things, his: &Things) -> Vec<Things> {
    let parts: Vec<&str> = operation.path.split('/').collect();
    let kinds: Vec<&str> = (1..parts.len())
        .filter(|&index| parts[index].starts_with('{') && parts[index - 1] != "apps")
        .map(|index| parts[index - 1])
        .collect();
    if kinds.is_empty() {
        return Vec::new();
    }
    let one = |kind: &&str| {
        let mut mix = hers.clone();
        mix.insert((*kind).to_owned(), his[*kind].clone());
        mix
    };
    let mut mixes: Vec<Things> = kinds.iter().map(one).collect();
    if kinds.len() > 1 {
        mixes.push(his.clone());
    }
    mixes
}

/// All that a person can read of their own things.
async fn snapshot(actor: &Actor, operations: &[Operation], things: &Things) -> Vec<(String, Value)> {
    let mut seen = Vec::new();
    for operation in operations {
        let reads = operation.method == "GET" && !operation.parameters().is_empty();
        let json = operation.spec.pointer("/responses/200/content/application~1json").is_some();
        if let (true, Some(path)) = (reads && json, fill(operation, things)) {
            let answer = actor.get(&path).await.expect(200).json();
            seen.push((path, answer));
        }
    }
    assert!(seen.len() >= 3, "nothing was compared");
    seen
}
