//! Signing in with a password. Unknown address and wrong password cost the same and answer the same.

use lumiku_core::db::FromQueryResult;
use lumiku_core::{Query, Tx, UserId, params};
use secrecy::SecretString;

use crate::passwords::Verdict;
use crate::user::USER_COLUMNS;
use crate::{Accounts, AccountsError, Client, Email, NewSession, SessionKind, User};

/// A user with a session just opened.
#[derive(Debug)]
pub struct SignedIn {
    pub user: User,
    pub session: NewSession,
}

#[derive(FromQueryResult)]
struct Stored {
    id: UserId,
    password_hash: String,
}

impl Accounts {
    pub async fn login(
        &self,
        email: &str,
        password: &SecretString,
        kind: SessionKind,
        client: &Client,
    ) -> Result<SignedIn, AccountsError> {
        // A second look, because another sign-in may have hashed the same password anew meanwhile.
        for _ in 0..2 {
            if let Some(signed_in) = self.try_login(email, password, kind, client).await? {
                return Ok(signed_in);
            }
        }
        Err(AccountsError::WrongCredentials)
    }

    /// `None` when the stored password changed between the check and the write.
    async fn try_login(
        &self,
        email: &str,
        password: &SecretString,
        kind: SessionKind,
        client: &Client,
    ) -> Result<Option<SignedIn>, AccountsError> {
        let (stored, verdict) = self.check_credentials(email, password).await?;
        // Hashed anew at today's cost; the transaction below stays free of slow work.
        let hash = match verdict {
            Verdict::Outdated => self.passwords.hash(password, self.ambient.bytes()).await?,
            _ => stored.password_hash.clone(),
        };
        let tx = self.db.write_tx().await?;
        let Some(user) = self.record_login(&tx, &stored, hash).await? else { return Ok(None) };
        let session = self.open_session(&tx, user.id, kind, client).await?;
        tx.commit().await?;
        Ok(Some(SignedIn { user, session }))
    }

    async fn check_credentials(
        &self,
        email: &str,
        password: &SecretString,
    ) -> Result<(Stored, Verdict), AccountsError> {
        let stored: Option<Stored> = self
            .db
            .one(
                "SELECT id, password_hash FROM users WHERE email = $1",
                params![Email::normalise(email).as_str()],
            )
            .await?;
        let verdict =
            self.passwords.check(password, stored.as_ref().map(|s| s.password_hash.clone())).await?;
        match (stored, verdict) {
            (Some(stored), Verdict::Right | Verdict::Outdated) => Ok((stored, verdict)),
            _ => Err(AccountsError::WrongCredentials),
        }
    }

    /// Only while the password is still the one that was checked: a reset in between wins.
    async fn record_login(
        &self,
        tx: &Tx,
        stored: &Stored,
        hash: String,
    ) -> Result<Option<User>, AccountsError> {
        let sql = format!(
            "UPDATE users SET last_login_at = $2, password_hash = $3
             WHERE id = $1 AND password_hash = $4 RETURNING {USER_COLUMNS}"
        );
        let values = params![stored.id, self.ambient.now(), hash, stored.password_hash.as_str()];
        Ok(tx.one(&sql, values).await?)
    }
}
