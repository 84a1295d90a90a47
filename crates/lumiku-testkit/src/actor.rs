//! Somebody who calls the studio over HTTP, in process.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use lumiku_core::UserId;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tower::ServiceExt;

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

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
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

    /// Any request.
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
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
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Makes a project and answers with its id.
    pub async fn project(&self, app: &str, name: &str) -> String {
        let answer =
            self.post(&format!("/api/v1/apps/{app}/projects"), serde_json::json!({ "name": name })).await;
        answer.expect(201).json()["id"].as_str().expect("an id").to_owned()
    }

    /// Sends a file by multipart.
    pub async fn upload(&self, project: &str, name: &str, content: &[u8], fields: &[(&str, &str)]) -> Answer {
        const BOUNDARY: &str = "lumiku-test-boundary";
        let mut body = Vec::new();
        let mut fields = fields.to_vec();
        fields.insert(0, ("project_id", project));
        for (field, value) in fields {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.call(Method::POST, "/api/v1/assets", &[("content-type", &kind)], Body::from(body)).await
    }
}
