//! An open stream of server-sent events, read one at a time.

use std::time::Duration;

use axum::body::Body;
use futures::StreamExt;
use serde_json::Value;

/// Real time; it bounds how long a broken test hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads `text/event-stream`.
pub struct EventStream {
    body: axum::body::BodyDataStream,
    buffer: String,
}

/// One event as the client sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentEvent {
    pub id: Option<String>,
    pub name: String,
    pub data: Value,
}

impl EventStream {
    pub(crate) fn new(body: Body) -> Self {
        Self { body: body.into_data_stream(), buffer: String::new() }
    }

    /// The next event, comments passed over; `None` when the server has ended the stream.
    pub async fn next(&mut self) -> Option<SentEvent> {
        loop {
            while let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (parse(block), rest.to_owned());
                self.buffer = rest;
                if event.is_some() {
                    return event;
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("an event in time")?;
            self.buffer.push_str(std::str::from_utf8(&chunk.expect("a whole chunk")).expect("text"));
        }
    }

    /// The next event for which this is true.
    pub async fn next_where(&mut self, wanted: impl Fn(&SentEvent) -> bool) -> SentEvent {
        loop {
            let event = self.next().await.expect("the stream is open");
            if wanted(&event) {
                return event;
            }
        }
    }
}

fn parse(block: &str) -> Option<SentEvent> {
    let mut event = SentEvent::default();
    for line in block.lines() {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("id", id) => event.id = Some(id.to_owned()),
            ("event", name) => name.clone_into(&mut event.name),
            ("data", data) => event.data = serde_json::from_str(data).expect("events carry JSON"),
            _ => {}
        }
    }
    (!event.name.is_empty()).then_some(event)
}
