//! What a user and the words around one are.

use chrono::{DateTime, Utc};
use lumiku_core::UserId;
use sea_orm::{DbErr, FromQueryResult, QueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Email;
use crate::words::words;

words! {
    Role {
        User = "user",
        /// May do everything an operator does.
        Admin = "admin",
    }
    #[derive(Default)]
    Locale {
        #[default]
        Id = "id",
        En = "en",
    }
    #[derive(Default)]
    Theme {
        /// As the device says.
        #[default]
        System = "system",
        Light = "light",
        Dark = "dark",
    }
    SessionKind {
        /// Held by a browser's cookie.
        Browser = "browser",
        /// Sent as a bearer token by a script.
        Token = "token",
    }
}

/// A person's account, as its owner and admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    pub id: UserId,
    pub email: Email,
    pub name: String,
    pub role: Role,
    /// Given by admins, for example `beta_tester` or `enterprise_unlimited`.
    pub tags: Vec<String>,
    pub locale: Locale,
    pub theme: Theme,
    pub created_at: DateTime<Utc>,
}

impl User {
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|t| t == tag)
    }
}

/// The columns [`User`] is read from. No alias: SQLite's RETURNING knows a table by its own name only.
pub(crate) const USER_COLUMNS: &str =
    "users.id, users.email, users.name, users.role, users.tags, users.locale, users.theme, users.created_at";

impl FromQueryResult for User {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let tags: serde_json::Value = row.try_get(prefix, "tags")?;
        Ok(Self {
            id: row.try_get(prefix, "id")?,
            email: row.try_get(prefix, "email")?,
            name: row.try_get(prefix, "name")?,
            role: row.try_get(prefix, "role")?,
            tags: serde_json::from_value(tags).map_err(|error| DbErr::Json(error.to_string()))?,
            locale: row.try_get(prefix, "locale")?,
            theme: row.try_get(prefix, "theme")?,
            created_at: row.try_get(prefix, "created_at")?,
        })
    }
}

/// What users may change about themselves; absent fields stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChange {
    /// At most 100 characters.
    pub name: Option<String>,
    pub locale: Option<Locale>,
    pub theme: Option<Theme>,
}
