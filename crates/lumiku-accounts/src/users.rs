//! The users table.

use lumiku_core::db::Value;
use lumiku_core::{Page, PageRequest, Query, Tx, UserId, params};
use secrecy::{ExposeSecret, SecretString};

use crate::user::USER_COLUMNS;
use crate::{Accounts, AccountsError, Email, NewUser, ProfileChange, Role, User, validation};

impl Accounts {
    /// The second step to a new user, in the transaction that also opens what others keep for one.
    pub async fn insert_user(&self, tx: &Tx, new: &NewUser) -> Result<User, AccountsError> {
        let user = User {
            id: self.ambient.id(),
            email: new.email.clone(),
            name: new.name.clone(),
            role: new.role,
            tags: Vec::new(),
            locale: new.locale,
            theme: crate::Theme::default(),
            created_at: self.ambient.now(),
        };
        let inserted = tx
            .execute(
                "INSERT INTO users (id, email, name, password_hash, role, tags, locale, theme, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (email) DO NOTHING",
                params![
                    user.id,
                    user.email.as_str(),
                    user.name.as_str(),
                    new.password_hash.expose_secret(),
                    user.role,
                    serde_json::json!(user.tags),
                    user.locale,
                    user.theme,
                    user.created_at,
                ],
            )
            .await?;
        if inserted == 1 { Ok(user) } else { Err(AccountsError::EmailTaken) }
    }

    pub async fn find_user(&self, id: UserId) -> Result<Option<User>, AccountsError> {
        let sql = format!("SELECT {USER_COLUMNS} FROM users WHERE id = $1");
        Ok(self.db.one(&sql, params![id]).await?)
    }

    pub async fn find_user_by_email(&self, email: &str) -> Result<Option<User>, AccountsError> {
        let sql = format!("SELECT {USER_COLUMNS} FROM users WHERE email = $1");
        Ok(self.db.one(&sql, params![Email::normalise(email).as_str()]).await?)
    }

    /// Every user, newest first: for operators only.
    pub async fn list_users(&self, page: PageRequest) -> Result<Page<User>, AccountsError> {
        let sql = format!("SELECT {USER_COLUMNS} FROM users WHERE id < $1 ORDER BY id DESC LIMIT $2");
        let rows = self.db.all(&sql, params![page.before(), i64::from(page.limit()) + 1]).await?;
        Ok(Page::from_rows(rows, page.limit(), |user: &User| user.id.0))
    }

    /// Changes what users may change about themselves.
    pub async fn update_profile(&self, user: UserId, change: &ProfileChange) -> Result<User, AccountsError> {
        let name = change.name.as_deref().map(validation::name).transpose();
        let name = name.map_err(|problem| AccountsError::Invalid(vec![problem]))?;
        let word = |word: Option<&str>| Value::String(word.map(str::to_owned));
        self.update(
            "name = COALESCE($3, name), locale = COALESCE($4, locale), theme = COALESCE($5, theme)",
            params![
                user,
                self.ambient.now(),
                word(name.as_deref()),
                word(change.locale.map(crate::Locale::as_str)),
                word(change.theme.map(crate::Theme::as_str)),
            ],
        )
        .await
    }

    /// Makes a user an admin, or an admin a user again.
    pub async fn update_role(&self, user: UserId, role: Role) -> Result<User, AccountsError> {
        self.update("role = $3", params![user, self.ambient.now(), role]).await
    }

    /// Replaces a user's tags.
    pub async fn update_tags(&self, user: UserId, tags: &[String]) -> Result<User, AccountsError> {
        let tags = validation::tags(tags).map_err(|problem| AccountsError::Invalid(vec![problem]))?;
        self.update("tags = $3", params![user, self.ambient.now(), serde_json::json!(tags)]).await
    }

    /// Sets a new password and ends every session, for whoever knew the old one may be in.
    pub async fn reset_password(&self, user: UserId, password: &SecretString) -> Result<User, AccountsError> {
        let found = self.find_user(user).await?.ok_or(AccountsError::UserNotFound)?;
        validation::password(password, found.email.as_str())
            .map_err(|problem| AccountsError::Invalid(vec![problem]))?;
        let hash = self.passwords.hash(password, self.ambient.bytes()).await?;
        let tx = self.db.write_tx().await?;
        // The user's row first: a sign-in under way waits for it and then finds its password gone.
        let sql = format!(
            "UPDATE users SET password_hash = $3, updated_at = $2 WHERE id = $1 RETURNING {USER_COLUMNS}"
        );
        let updated: Option<User> = tx.one(&sql, params![user, self.ambient.now(), hash]).await?;
        let ended = self.delete_sessions(&tx, user, None).await?;
        tx.commit().await?;
        self.tell_ended(ended).await;
        updated.ok_or(AccountsError::UserNotFound)
    }

    /// `$1` is the user and `$2` the time; `assignments` start at `$3`.
    async fn update(&self, assignments: &str, values: Vec<Value>) -> Result<User, AccountsError> {
        let sql =
            format!("UPDATE users SET updated_at = $2, {assignments} WHERE id = $1 RETURNING {USER_COLUMNS}");
        let tx = self.db.write_tx().await?;
        let user = tx.one(&sql, values).await?;
        tx.commit().await?;
        user.ok_or(AccountsError::UserNotFound)
    }
}
