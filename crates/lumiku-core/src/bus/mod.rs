//! Messages between the parts of one studio: wake-ups for workers and for open event streams.
//!
//! A message is a hint, never the truth: it may be lost while Redis reconnects, so every receiver
//! also looks at the database now and then.

mod redis;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::UserId;

/// What happened, in as few words as a receiver needs to go and look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// There may be work to claim.
    JobsAvailable,
    /// A running job of this id was asked to stop.
    JobCancelled { job_id: crate::JobId },
    /// A user has new realtime events.
    UserEvents { user_id: UserId },
    /// A session ended; its open streams must close.
    SessionRevoked { session_id: crate::SessionId },
}

/// Publish and subscribe over every process of the studio.
#[async_trait]
pub trait Bus: Send + Sync + std::fmt::Debug {
    /// Tells everybody, this process included. Never fails: a lost hint costs only latency.
    async fn publish(&self, message: Message);
    fn subscribe(&self) -> broadcast::Receiver<Message>;

    /// Whether messages reach other processes now; `None` when there is nothing between them to ask.
    async fn ping(&self) -> Option<bool>;
}

/// Redis when a URL is given, this process alone otherwise.
pub async fn connect(redis_url: &str) -> Result<Arc<dyn Bus>, BusError> {
    if redis_url.is_empty() {
        return Ok(Arc::new(LocalBus::default()));
    }
    Ok(Arc::new(redis::RedisBus::connect(redis_url).await?))
}

#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error(
        "cannot reach Redis at redis.url: {0}; start it, mend the URL, or leave it empty on a single node"
    )]
    Unreachable(String),
}

/// The bus of a studio that is one process.
#[derive(Debug)]
pub struct LocalBus(broadcast::Sender<Message>);

impl Default for LocalBus {
    fn default() -> Self {
        Self(broadcast::channel(1024).0)
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, message: Message) {
        let _ = self.0.send(message);
    }

    fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.0.subscribe()
    }

    async fn ping(&self) -> Option<bool> {
        None
    }
}
