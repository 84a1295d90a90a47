//! Server-sent events: stored events with resume by `Last-Event-ID`, and live progress.
//!
//! The stream wakes on a bus message and looks at the database every second anyway: a message may
//! get lost, and a worker in another process may have no bus to us at all.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use futures::Stream;
use lumiku_core::bus::Message;
use lumiku_core::{DateTime, EventId, GenerationId, OutputId, Problem, SessionId, UserId, Utc};
use lumiku_sdk::generation::{Progress, store};
use lumiku_sdk::{ApiError, CurrentUser, Routes};
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::Studio;
use crate::streams::{OpenStream, STREAMS_PER_USER_MAX};

/// How often the database is asked without being told to.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Ids are made before their transaction commits, so an event may appear after one with a later id.
/// Looking back this far finds it.
const LATE_COMMIT: Duration = Duration::from_secs(5);
/// How often an open stream asks whether its session still stands.
const SESSION_CHECK: TimeDelta = TimeDelta::seconds(30);
/// When the client should come back after the stream ends.
const RETRY: Duration = Duration::from_secs(2);
/// The same for somebody who has too many streams.
const RETRY_FULL_S: u64 = 30;

pub fn routes() -> Routes<Studio> {
    Routes::new().signed_in(routes!(stream_events))
}

/// Realtime events of the caller: `generation.progress`, `generation.output`, `generation.state`,
/// `credits.changed`.
#[utoipa::path(get, path = "/events", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "Resume after this event")),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn stream_events(
    State(studio): State<Studio>,
    current: CurrentUser,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let place = studio.streams.open(current.id()).ok_or_else(|| {
        let text =
            format!("You have {STREAMS_PER_USER_MAX} live connections open. Close a tab or a client first.");
        Problem::new(429, "events.too_many_streams", text).with_retry_after(RETRY_FULL_S)
    })?;
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse::<EventId>().ok())
        .unwrap_or_else(|| studio.context.events.here());
    let (sender, receiver) = mpsc::channel(64);
    let feed = Feed {
        bus: studio.context.bus.subscribe(),
        user: current.id(),
        session: current.session.id,
        last,
        sent: seen_before(&studio, current.id(), last).await?,
        progress: HashMap::new(),
        checked_at: studio.context.ambient.now(),
        sender,
        studio,
        _place: place,
    };
    tokio::spawn(feed.run());
    Ok(Sse::new(into_stream(receiver))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)).text("still here"))
        .into_response())
}

fn into_stream(mut receiver: mpsc::Receiver<Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::poll_fn(move |context| receiver.poll_recv(context).map(|event| event.map(Ok)))
}

/// What lies in the stretch that is looked back to and was seen by whoever resumes after `last`.
async fn seen_before(studio: &Studio, user: UserId, last: EventId) -> Result<HashSet<EventId>, ApiError> {
    let recent = studio.context.events.list_after(user, earlier(last, LATE_COMMIT)).await?;
    Ok(recent.into_iter().map(|event| event.id).filter(|id| *id <= last).collect())
}

/// The least id that was made `by` before this one.
fn earlier(id: EventId, by: Duration) -> EventId {
    // A UUIDv7 begins with 48 bits of milliseconds.
    let millis = (id.0.as_u128() >> 80).saturating_sub(by.as_millis());
    EventId(Uuid::from_u128(millis << 80))
}

/// One open stream.
struct Feed {
    studio: Studio,
    bus: broadcast::Receiver<Message>,
    user: UserId,
    session: SessionId,
    /// The newest event sent, or where the stream began.
    last: EventId,
    /// Events at or after the point that is looked back to.
    sent: HashSet<EventId>,
    /// What was last said of each running run and output, so that silence means no change.
    progress: HashMap<GenerationId, (Progress, HashMap<OutputId, f64>)>,
    sender: mpsc::Sender<Event>,
    /// When the session was last found open.
    checked_at: DateTime<Utc>,
    /// Given back when the stream ends.
    _place: OpenStream,
}

impl Feed {
    async fn run(mut self) {
        if self.sender.send(Event::default().retry(RETRY).comment("connected")).await.is_err() {
            return;
        }
        let closed = self.studio.drain.streams_closed();
        loop {
            match self.look().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(error = %error.0.detail, "an event stream could not read its events");
                }
            }
            let revoked = tokio::select! {
                () = closed.cancelled() => {
                    let hint = Event::default().retry(RETRY).comment("this server stops; come back");
                    let _ = self.sender.send(hint).await;
                    return;
                }
                () = self.sender.closed() => return,
                () = tokio::time::sleep(LOOK_AGAIN) => false,
                message = next_of_interest(&mut self.bus, self.user, self.session) => message,
            };
            if revoked || self.session_has_ended().await {
                return;
            }
        }
    }

    /// The message of a revocation may get lost, and a session that runs out sends none: look now
    /// and then. When the database cannot tell, the stream goes on and asks again.
    async fn session_has_ended(&mut self) -> bool {
        let now = self.studio.context.ambient.now();
        if now < self.checked_at + SESSION_CHECK {
            return false;
        }
        self.checked_at = now;
        matches!(self.studio.context.accounts.is_open(self.session).await, Ok(false))
    }

    /// Sends what is new; false when the client is gone.
    async fn look(&mut self) -> Result<bool, ApiError> {
        let since = earlier(self.last, LATE_COMMIT);
        self.sent.retain(|id| *id > since);
        for event in self.studio.context.events.list_after(self.user, since).await? {
            if !self.sent.insert(event.id) {
                continue;
            }
            self.last = self.last.max(event.id);
            let message =
                Event::default().id(event.id.to_string()).event(event.name).data(event.data.to_string());
            if self.sender.send(message).await.is_err() {
                return Ok(false);
            }
        }
        for data in self.progress_changes().await? {
            let message = Event::default().event("generation.progress").data(data.to_string());
            if self.sender.send(message).await.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn progress_changes(&mut self) -> Result<Vec<Value>, ApiError> {
        let db = &self.studio.context.db;
        let now = self.studio.context.ambient.now();
        let live = store::list_live(db, self.user).await?;
        self.progress.retain(|id, _| live.iter().any(|row| row.id == *id));
        if live.is_empty() {
            return Ok(Vec::new());
        }
        let running = store::list_running_outputs(db, self.user).await?;
        let mut changes = Vec::new();
        for row in live {
            let progress = row.progress(now);
            let outputs: HashMap<OutputId, f64> = running
                .iter()
                .filter(|output| output.generation_id == row.id)
                .map(|output| (output.id, output.progress))
                .collect();
            let same = self.progress.get(&row.id).is_some_and(|(before, parts)| {
                (before.fraction, before.done, before.failed)
                    == (progress.fraction, progress.done, progress.failed)
                    && *parts == outputs
            });
            if same {
                continue;
            }
            let parts: Vec<Value> =
                outputs.iter().map(|(id, progress)| json!({ "id": id, "progress": progress })).collect();
            changes.push(json!({ "generation_id": row.id, "progress": progress, "outputs": parts }));
            self.progress.insert(row.id, (progress, outputs));
        }
        Ok(changes)
    }
}

/// Waits for a message that concerns this stream; true when its session was revoked.
async fn next_of_interest(bus: &mut broadcast::Receiver<Message>, user: UserId, session: SessionId) -> bool {
    loop {
        match bus.recv().await {
            Ok(Message::UserEvents { user_id }) if user_id == user => return false,
            Ok(Message::SessionRevoked { session_id }) if session_id == session => return true,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return false,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
