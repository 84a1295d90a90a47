//! Somebody who calls the studio over HTTP, in process.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use lumiku_core::UserId;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::events::EventStream;

/// A caller with or without a bearer token.
#[derive(Clone)]
pub struct Actor {
    router: Router,
    id: Option<UserId>,
    token: Option<SecretString>,
}

/// A whole response.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; panics with the body when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The `id` of the thing in the body.
    pub fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {}", self.text())).to_owned()
    }

    /// A header as text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "most tests only want the check")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// Fails the test unless it is a problem with this status and code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem.headers[header::CONTENT_TYPE], "application/problem+json");
        let problem = problem.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert!(problem["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{problem}");
        problem
    }
}

impl Actor {
    pub(crate) fn new(router: Router, id: Option<UserId>, token: Option<SecretString>) -> Self {
        Self { router, id, token }
    }

    pub fn id(&self) -> UserId {
        self.id.expect("this actor has an account")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], Body::empty()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, &[], Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, body).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.call(method, path, &[("content-type", "application/json")], Body::from(body.to_string())).await
    }

    /// Any request, and the whole answer.
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let (parts, body) = self.answer(method, path, headers, body).await.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Any request; the body of the answer is still to be read.
    pub async fn answer(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Response {
        let mut request = Request::builder().method(method).uri(path).body(body).expect("a valid request");
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a valid header name");
            request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a valid header value"));
        }
        if let Some(token) = &self.token {
            let value = format!("Bearer {}", token.expose_secret());
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, HeaderValue::from_str(&value).expect("a valid token"));
        }
        self.router.clone().oneshot(request).await.expect("the router answers")
    }

    /// Opens the stream of events.
    pub async fn events(&self, last_event_id: Option<&str>) -> EventStream {
        let headers: Vec<(&str, &str)> = last_event_id.map(|id| ("last-event-id", id)).into_iter().collect();
        let response = self.answer(Method::GET, "/api/v1/events", &headers, Body::empty()).await;
        assert_eq!(response.status(), 200);
        EventStream::new(response.into_body())
    }

    /// Makes a project and answers with its id.
    pub async fn project(&self, app: &str, name: &str) -> String {
        let answer = self.post(&format!("/api/v1/apps/{app}/projects"), json!({ "name": name })).await;
        answer.expect(201).id()
    }

    /// Starts a run and answers with it.
    pub async fn generate(&self, app: &str, project: &str, request: Value) -> Value {
        let path = format!("/api/v1/apps/{app}/projects/{project}/generations");
        self.post(&path, request).await.expect(202).json()
    }

    /// A run with its outputs, as it is now.
    pub async fn generation(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/generations/{id}")).await.expect(200).json()
    }

    /// What this person has: balance, held, available.
    pub async fn credits(&self) -> (i64, i64, i64) {
        let credits = self.get("/api/v1/credits").await.expect(200).json();
        let number = |name: &str| credits[name].as_i64().expect("a number");
        (number("balance"), number("held"), number("available"))
    }
}
