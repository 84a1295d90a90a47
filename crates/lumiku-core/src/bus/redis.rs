//! The bus over Redis pub/sub. A message reaches this process at once and the others through
//! Redis; while Redis is away the process goes on alone and reconnects by itself.

use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use super::{Bus, BusError, Message};

const CHANNEL: &str = "lumiku:bus";

#[derive(Serialize, Deserialize)]
struct Envelope {
    /// The sender, which has already told its own receivers.
    from: String,
    message: Message,
}

pub struct RedisBus {
    id: String,
    publisher: ConnectionManager,
    local: broadcast::Sender<Message>,
    listener: tokio::task::JoinHandle<()>,
}

impl std::fmt::Debug for RedisBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisBus").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Drop for RedisBus {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl RedisBus {
    pub async fn connect(url: &str) -> Result<Self, BusError> {
        let fail = |error: redis::RedisError| BusError::Unreachable(error.to_string());
        let client = redis::Client::open(url).map_err(fail)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(10)))
            .set_number_of_retries(3);
        let publisher = ConnectionManager::new_with_config(client.clone(), config).await.map_err(fail)?;
        let pubsub = subscribed(&client).await.map_err(fail)?;
        let (local, _) = broadcast::channel(1024);
        let id = crate::Ambient::system().uuid().to_string();
        let listener = tokio::spawn(listen(client, pubsub, local.clone(), id.clone()));
        Ok(Self { id, publisher, local, listener })
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, message: Message) {
        let _ = self.local.send(message.clone());
        let envelope = Envelope { from: self.id.clone(), message };
        let Ok(text) = serde_json::to_string(&envelope) else { return };
        let mut publisher = self.publisher.clone();
        if let Err(error) = publisher.publish::<_, _, ()>(CHANNEL, text).await {
            tracing::warn!(%error, "redis is away; other nodes will see this a little later");
        }
    }

    fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.local.subscribe()
    }

    async fn ping(&self) -> Option<bool> {
        let mut publisher = self.publisher.clone();
        Some(redis::cmd("PING").query_async::<()>(&mut publisher).await.is_ok())
    }
}

async fn subscribed(client: &redis::Client) -> Result<redis::aio::PubSub, redis::RedisError> {
    let mut pubsub = client.get_async_pubsub().await?;
    pubsub.subscribe(CHANNEL).await?;
    Ok(pubsub)
}

async fn listen(
    client: redis::Client,
    mut pubsub: redis::aio::PubSub,
    local: broadcast::Sender<Message>,
    id: String,
) {
    loop {
        {
            let mut messages = pubsub.on_message();
            while let Some(message) = messages.next().await {
                let Ok(text) = message.get_payload::<String>() else { continue };
                match serde_json::from_str::<Envelope>(&text) {
                    Ok(envelope) if envelope.from != id => {
                        let _ = local.send(envelope.message);
                    }
                    _ => {}
                }
            }
        }
        tracing::warn!("the redis subscription ended; reconnecting");
        pubsub = loop {
            tokio::time::sleep(Duration::from_secs(2)).await;
            if let Ok(pubsub) = subscribed(&client).await {
                break pubsub;
            }
        };
    }
}
