//! Somebody who calls a running server over HTTP.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::program::Program;

pub const EMAIL: &str = "sari@example.com";
pub const PASSWORD: &str = "kopi sore tanpa gula";

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// The one-time token in the link a server printed.
pub fn setup_token(server: &Program) -> String {
    let link = server.line_with("/setup?token=");
    link.rsplit_once("token=").expect("a link with a token").1.to_owned()
}

impl Client {
    /// Nobody yet.
    pub fn of(server: &Program) -> Self {
        Self { http: reqwest::Client::new(), base: server.address(), token: None }
    }

    /// The first account, made through the printed link.
    pub async fn set_up(server: &Program) -> Self {
        let client = Self::of(server);
        let account = json!({ "setup_token": setup_token(server), "email": EMAIL, "password": PASSWORD, "token": true });
        let answer = client.post("/auth/setup", account).await.json(201).await;
        client.with_token(answer["token"].as_str().expect("a token"))
    }

    pub fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// The same person at another address, after a restart.
    pub fn at(&self, server: &Program) -> Self {
        Self { base: server.address(), ..self.clone() }
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().expect("somebody who signed in")
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = if path.starts_with("/health") { path.to_owned() } else { format!("/api/v1{path}") };
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(request: RequestBuilder) -> Answer {
        Answer(request.send().await.expect("the server answers"))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Self::send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Self::send(self.request(Method::POST, path).json(&body)).await
    }

    /// A GET whose connection may break, as it does while a server is being killed.
    pub async fn try_get(&self, path: &str) -> Option<Value> {
        self.request(Method::GET, path).send().await.ok()?.error_for_status().ok()?.json().await.ok()
    }
}

pub struct Answer(Response);

impl Answer {
    pub fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    pub fn header(&self, name: &str) -> &str {
        self.0.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body, after a look at the status.
    pub async fn bytes(self, status: u16) -> Vec<u8> {
        let got = self.status();
        let body = self.0.bytes().await.expect("a whole body");
        assert_eq!(got, status, "{}", String::from_utf8_lossy(&body));
        body.to_vec()
    }

    pub async fn json(self, status: u16) -> Value {
        serde_json::from_slice(&self.bytes(status).await).expect("a JSON body")
    }

    /// The code of a problem.
    pub async fn problem(self, status: u16) -> String {
        self.json(status).await["code"].as_str().expect("a problem with a code").to_owned()
    }
}
