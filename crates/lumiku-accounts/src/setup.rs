//! The one-time link that makes the first account, so that no default password ever exists.

use chrono::{DateTime, TimeDelta, Utc};
use lumiku_core::db::FromQueryResult;
use lumiku_core::{Query, Tx, params};
use secrecy::{ExposeSecret, SecretString};

use crate::{Accounts, AccountsError, NewUser, RegistrationForm, Role, User, token};

/// How long a setup link works.
const VALID_FOR: TimeDelta = TimeDelta::minutes(30);

#[derive(FromQueryResult)]
struct SetupToken {
    token_sha256: String,
    expires_at: DateTime<Utc>,
}

impl Accounts {
    /// Whether the first account is still to be made.
    pub async fn needs_setup(&self) -> Result<bool, AccountsError> {
        needs_setup(&self.db).await
    }

    /// A new setup token, which ends the one before; `None` once there is a user.
    pub async fn issue_setup_token(&self) -> Result<Option<SecretString>, AccountsError> {
        let (token, hash) = token::setup(&self.ambient);
        let tx = self.db.write_tx().await?;
        if !needs_setup(&tx).await? {
            return Ok(None);
        }
        tx.execute(
            "INSERT INTO setup_tokens (id, token_sha256, expires_at) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET token_sha256 = $1, expires_at = $2, used_at = NULL",
            params![hash, self.ambient.now() + VALID_FOR],
        )
        .await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    /// For whoever holds the setup link. Looks at the token before it spends a hash on a stranger.
    pub async fn prepare_first_admin(
        &self,
        setup_token: &SecretString,
        form: &RegistrationForm,
    ) -> Result<NewUser, AccountsError> {
        self.check_setup_token(&self.db, setup_token).await?;
        Ok(self.prepare_user(form).await?.with_role(Role::Admin))
    }

    /// Makes the first account and spends the token. Of two that race one succeeds, and the other
    /// is told that it is done.
    pub async fn create_first_admin(
        &self,
        tx: &Tx,
        setup_token: &SecretString,
        new: &NewUser,
    ) -> Result<User, AccountsError> {
        let now = self.ambient.now();
        let spent = tx
            .execute(
                "UPDATE setup_tokens SET used_at = $2
                 WHERE id = 1 AND used_at IS NULL AND token_sha256 = $1 AND expires_at > $2
                   AND NOT EXISTS (SELECT 1 FROM users)",
                params![token::hash(setup_token.expose_secret()), now],
            )
            .await?;
        if spent == 0 {
            self.check_setup_token(tx, setup_token).await?;
            return Err(AccountsError::SetupDone);
        }
        self.insert_user(tx, &NewUser { role: Role::Admin, ..new.clone() }).await
    }

    async fn check_setup_token(&self, q: &impl Query, given: &SecretString) -> Result<(), AccountsError> {
        if !needs_setup(q).await? {
            return Err(AccountsError::SetupDone);
        }
        let stored: Option<SetupToken> =
            q.one("SELECT token_sha256, expires_at FROM setup_tokens WHERE id = 1", params![]).await?;
        let given = token::hash(given.expose_secret());
        let valid = stored.is_some_and(|t| t.token_sha256 == given && t.expires_at > self.ambient.now());
        if valid { Ok(()) } else { Err(AccountsError::SetupTokenInvalid) }
    }
}

async fn needs_setup(q: &impl Query) -> Result<bool, AccountsError> {
    let anybody: Option<i64> = q.scalar("SELECT CAST(1 AS BIGINT) FROM users LIMIT 1", params![]).await?;
    Ok(anybody.is_none())
}
