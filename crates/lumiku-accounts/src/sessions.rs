//! Sessions: an opaque token in the user's hands, its hash and a device name in ours.
//!
//! A session is looked up on every request, so that ending one works at once on every node; the
//! message on the bus is for streams that are open at that moment.

use chrono::{DateTime, TimeDelta, Utc};
use lumiku_core::bus::Message;
use lumiku_core::db::{FromQueryResult, Value};
use lumiku_core::{Page, PageRequest, Query, SessionId, Tx, UserId, params};
use sea_orm::{DbErr, QueryResult};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::device::{device_name, ip_prefix};
use crate::user::USER_COLUMNS;
use crate::{Accounts, AccountsError, Client, SessionKind, User, token};

/// How exact "last seen" is: one write a minute per session, not one per request.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A session just opened. The token is shown now and never again.
#[derive(Debug)]
pub struct NewSession {
    pub id: SessionId,
    pub token: SecretString,
    pub expires_at: DateTime<Utc>,
}

/// The session behind a request.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub kind: SessionKind,
    pub user: User,
    last_seen_at: DateTime<Utc>,
}

impl FromQueryResult for Session {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.try_get(prefix, "session_id")?,
            kind: row.try_get(prefix, "session_kind")?,
            last_seen_at: row.try_get(prefix, "last_seen_at")?,
            user: User::from_query_result(row, prefix)?,
        })
    }
}

/// A line of the list of devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    pub id: SessionId,
    /// For example "Chrome on Linux".
    pub device: String,
    pub kind: SessionKind,
    pub created_at: DateTime<Utc>,
    /// Exact to a minute.
    pub last_seen_at: DateTime<Utc>,
    /// Whether this is the session that asks.
    pub current: bool,
}

#[derive(FromQueryResult)]
struct SessionRow {
    id: SessionId,
    device: String,
    kind: SessionKind,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Ended {
    id: SessionId,
}

impl Accounts {
    /// Opens a session for a user who has just proved who they are.
    pub async fn open_session(
        &self,
        tx: &Tx,
        user: UserId,
        kind: SessionKind,
        client: &Client,
    ) -> Result<NewSession, AccountsError> {
        let now = self.ambient.now();
        let expires_at = now + self.settings.session_absolute;
        let (token, hash) = token::session(&self.ambient);
        let id = self.ambient.id();
        tx.execute(
            "INSERT INTO sessions (id, user_id, token_sha256, kind, device, ip_prefix, created_at, last_seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
            params![
                id,
                user,
                hash,
                kind,
                device_name(client.user_agent.as_deref()),
                Value::String(client.ip.map(ip_prefix)),
                now,
                expires_at,
            ],
        )
        .await?;
        Ok(NewSession { id, token, expires_at })
    }

    /// Whether a session that was found earlier still stands, for connections that stay open.
    pub async fn is_open(&self, session: SessionId) -> Result<bool, AccountsError> {
        let sql = "SELECT id FROM sessions WHERE id = $1 AND expires_at > $2";
        let found: Option<SessionId> = self.db.scalar(sql, params![session, self.ambient.now()]).await?;
        Ok(found.is_some())
    }

    /// Whose token this is; `None` for one that is unknown, ended or out of date.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Session>, AccountsError> {
        let now = self.ambient.now();
        let sql = format!(
            "SELECT s.id AS session_id, s.kind AS session_kind, s.last_seen_at, {USER_COLUMNS}
             FROM sessions s JOIN users ON users.id = s.user_id
             WHERE s.token_sha256 = $1 AND s.expires_at > $2 AND s.last_seen_at > $3"
        );
        let values = params![token::hash(token), now, now - self.settings.session_idle];
        let session: Option<Session> = self.db.one(&sql, values).await?;
        if let Some(session) = &session
            && now - session.last_seen_at >= SEEN_EVERY
        {
            self.touch(session.id, now).await;
        }
        Ok(session)
    }

    /// Ends one session of a user.
    pub async fn revoke_session(&self, user: UserId, session: SessionId) -> Result<(), AccountsError> {
        let ended = self
            .db
            .execute("DELETE FROM sessions WHERE id = $1 AND user_id = $2", params![session, user])
            .await?;
        if ended == 0 {
            return Err(AccountsError::SessionNotFound);
        }
        self.bus.publish(Message::SessionRevoked { session_id: session }).await;
        Ok(())
    }

    /// Ends the session that asks; ending it twice is no error.
    pub async fn logout(&self, session: &Session) -> Result<(), AccountsError> {
        match self.revoke_session(session.user.id, session.id).await {
            Err(AccountsError::SessionNotFound) => Ok(()),
            other => other,
        }
    }

    /// Ends every session of a user, `except` the one that asks, and tells how many.
    pub async fn revoke_all_sessions(
        &self,
        user: UserId,
        except: Option<SessionId>,
    ) -> Result<usize, AccountsError> {
        let tx = self.db.write_tx().await?;
        let ended = self.delete_sessions(&tx, user, except).await?;
        tx.commit().await?;
        let count = ended.len();
        self.tell_ended(ended).await;
        Ok(count)
    }

    /// A user's live sessions, newest first.
    pub async fn list_sessions(
        &self,
        user: UserId,
        current: SessionId,
        page: PageRequest,
    ) -> Result<Page<SessionView>, AccountsError> {
        let now = self.ambient.now();
        let rows: Vec<SessionRow> = self
            .db
            .all(
                "SELECT id, device, kind, created_at, last_seen_at FROM sessions
                 WHERE user_id = $1 AND expires_at > $2 AND last_seen_at > $3 AND id < $4
                 ORDER BY id DESC LIMIT $5",
                params![
                    user,
                    now,
                    now - self.settings.session_idle,
                    page.before(),
                    i64::from(page.limit()) + 1
                ],
            )
            .await?;
        Ok(Page::from_rows(rows, page.limit(), |row| row.id.0).map(|row| SessionView {
            current: row.id == current,
            id: row.id,
            device: row.device,
            kind: row.kind,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        }))
    }

    /// Housekeeping: removes sessions that nobody can use any more.
    pub async fn delete_expired_sessions(&self) -> Result<u64, AccountsError> {
        let now = self.ambient.now();
        let sql = "DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2";
        Ok(self.db.execute(sql, params![now, now - self.settings.session_idle]).await?)
    }

    /// What the caller must [`Self::tell_ended`] after the commit, not before: until then they live.
    pub(crate) async fn delete_sessions(
        &self,
        tx: &Tx,
        user: UserId,
        except: Option<SessionId>,
    ) -> Result<Vec<SessionId>, AccountsError> {
        // No session has the nil id, so it excepts none.
        let except = except.unwrap_or(SessionId(uuid::Uuid::nil()));
        let ended: Vec<Ended> = tx
            .all("DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id", params![user, except])
            .await?;
        Ok(ended.into_iter().map(|row| row.id).collect())
    }

    pub(crate) async fn tell_ended(&self, sessions: Vec<SessionId>) {
        for session_id in sessions {
            self.bus.publish(Message::SessionRevoked { session_id }).await;
        }
    }

    /// Notes that the session was used. A database that cannot write must not lock its users out.
    async fn touch(&self, session: SessionId, now: DateTime<Utc>) {
        let sql = "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2";
        if let Err(error) = self.db.execute(sql, params![session, now]).await {
            tracing::warn!(session.id = %session, error = %error, "a session's last use was not noted");
        }
    }
}
