//! Reading a stream of server-sent events.

use std::pin::Pin;

use futures::{Stream, StreamExt};
use reqwest::Method;
use serde_json::Value;

use crate::client::Client;
use crate::waiting::DEADLINE;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    pub id: Option<String>,
    pub name: String,
    pub data: Value,
    pub retry_ms: Option<u64>,
}

pub struct Events {
    bytes: Pin<Box<dyn Stream<Item = reqwest::Result<Vec<u8>>> + Send>>,
    read: String,
}

impl Events {
    /// Opens the stream and waits for its first words.
    pub async fn open(client: &Client) -> Self {
        let response = client.request(Method::GET, "/events").send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        let bytes = response.bytes_stream().map(|part| part.map(|part| part.to_vec()));
        let mut events = Self { bytes: Box::pin(bytes), read: String::new() };
        let first = events.next().await.expect("the stream says hello");
        assert!(first.retry_ms.is_some(), "{first:?}");
        events
    }

    /// The next event; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (parse(block), rest.to_owned());
                self.read = rest;
                return Some(event);
            }
            let part = tokio::time::timeout(DEADLINE, self.bytes.next()).await;
            match part.expect("a stream that is open says something now and then") {
                Some(Ok(bytes)) => self.read.push_str(&String::from_utf8_lossy(&bytes)),
                _ => return None,
            }
        }
    }
}

fn parse(block: &str) -> Event {
    let mut event = Event::default();
    for line in block.lines() {
        match line.split_once(": ").or(line.split_once(':')) {
            Some(("id", id)) => event.id = Some(id.to_owned()),
            Some(("event", name)) => name.clone_into(&mut event.name),
            Some(("data", data)) => event.data = serde_json::from_str(data).expect("events carry JSON"),
            Some(("retry", ms)) => event.retry_ms = ms.parse().ok(),
            _ => {}
        }
    }
    event
}
