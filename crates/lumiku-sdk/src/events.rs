//! Realtime events: rows that an open stream reads, so that a client that reconnects with
//! `Last-Event-ID` misses nothing, whichever process it reaches.

use std::sync::Arc;

use lumiku_core::bus::{Bus, Message};
use lumiku_core::db::FromQueryResult;
use lumiku_core::{Ambient, DateTime, Db, DbError, EventId, Query, Tx, UserId, Utc, params};
use serde_json::Value;

/// A stored event, as the stream sends it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Event {
    pub id: EventId,
    pub name: String,
    pub data: Value,
}

/// Publishes and reads realtime events.
#[derive(Clone, Debug)]
pub struct Events {
    db: Db,
    ambient: Ambient,
    bus: Arc<dyn Bus>,
}

impl Events {
    pub fn new(db: Db, ambient: Ambient, bus: Arc<dyn Bus>) -> Self {
        Self { db, ambient, bus }
    }

    /// Stores an event in the caller's transaction. Call [`Events::wake`] after the commit.
    pub async fn publish(&self, tx: &Tx, user: UserId, name: &str, data: Value) -> Result<(), DbError> {
        tx.execute(
            "INSERT INTO events (id, user_id, name, data, created_at) VALUES ($1, $2, $3, $4, $5)",
            params![self.ambient.id::<EventId>(), user, name, data, self.ambient.now()],
        )
        .await?;
        Ok(())
    }

    /// Tells the user's open streams to look.
    pub async fn wake(&self, user: UserId) {
        self.bus.publish(Message::UserEvents { user_id: user }).await;
    }

    /// Events after `last`, oldest first, at most 500.
    pub async fn list_after(&self, user: UserId, last: EventId) -> Result<Vec<Event>, DbError> {
        self.db
            .all(
                "SELECT id, name, data FROM events WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT 500",
                params![user, last],
            )
            .await
    }

    /// An id that every later event is greater than: where a stream without a past begins.
    pub fn here(&self) -> EventId {
        self.ambient.id()
    }

    /// Forgets events older than `before`; a client gone that long refetches instead.
    pub async fn delete_before(&self, before: DateTime<Utc>) -> Result<u64, DbError> {
        self.db.execute("DELETE FROM events WHERE created_at < $1", params![before]).await
    }
}
