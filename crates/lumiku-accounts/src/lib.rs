//! Who uses the studio: users, passwords, sessions, roles and tags, and the one-time setup link.
//!
//! Creating a user takes two steps, because hashing takes as long as many transactions and the
//! account must appear together with what other crates keep for a user: `prepare_*` validates and
//! hashes, then `insert_user` or `create_first_admin` writes inside the caller's transaction.

mod device;
mod email;
mod error;
mod login;
mod migrations;
mod passwords;
mod registration;
mod sessions;
mod setup;
mod token;
mod user;
mod users;
mod validation;
mod words;

use std::sync::Arc;

use chrono::TimeDelta;
use lumiku_core::bus::Bus;
use lumiku_core::config::Registration;
use lumiku_core::{Ambient, Config, Db};

pub use device::Client;
pub use email::Email;
pub use error::AccountsError;
pub use login::SignedIn;
pub use migrations::MIGRATIONS;
pub use passwords::PasswordCost;
pub use registration::{NewUser, RegistrationForm};
pub use sessions::{NewSession, Session, SessionView};
pub use user::{Locale, ProfileChange, Role, SessionKind, Theme, User};

/// What the operator decides about accounts.
#[derive(Clone, Debug)]
pub struct AccountsSettings {
    pub registration: Registration,
    /// A session not used for this long ends.
    pub session_idle: TimeDelta,
    /// A session ends after this time however much it is used.
    pub session_absolute: TimeDelta,
    pub password_cost: PasswordCost,
}

impl From<&Config> for AccountsSettings {
    fn from(config: &Config) -> Self {
        Self {
            registration: config.server.registration,
            session_idle: TimeDelta::days(config.accounts.session_idle_days),
            session_absolute: TimeDelta::days(config.accounts.session_absolute_days),
            password_cost: PasswordCost::default(),
        }
    }
}

/// Accounts of one studio. Cheap to clone; clones share the two slots for hashing.
#[derive(Clone, Debug)]
pub struct Accounts {
    db: Db,
    ambient: Ambient,
    bus: Arc<dyn Bus>,
    passwords: passwords::Passwords,
    settings: AccountsSettings,
}

impl Accounts {
    pub fn new(db: Db, ambient: Ambient, bus: Arc<dyn Bus>, settings: AccountsSettings) -> Self {
        let passwords = passwords::Passwords::new(settings.password_cost);
        Self { db, ambient, bus, passwords, settings }
    }
}
