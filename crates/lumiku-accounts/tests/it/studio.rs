//! Accounts over a test database, with a clock moved by hand and hashing made cheap.

use std::sync::Arc;

use lumiku_accounts::{Accounts, AccountsSettings, Client, Locale, PasswordCost, RegistrationForm, User};
use lumiku_core::bus::{Bus, LocalBus};
use lumiku_core::config::Registration;
use lumiku_core::{Ambient, DateTime, ManualClock};
use lumiku_testdb::TestDb;

pub const PASSWORD: &str = "kopi tubruk pagi";

pub struct Studio {
    pub db: TestDb,
    pub clock: Arc<ManualClock>,
    pub ambient: Ambient,
    pub bus: Arc<dyn Bus>,
    pub settings: AccountsSettings,
    pub accounts: Accounts,
}

impl Studio {
    pub fn over(db: TestDb) -> Self {
        let clock = Arc::new(ManualClock::starting_at(DateTime::from_timestamp(1_795_000_000, 0).unwrap()));
        let ambient = Ambient::seeded(clock.clone(), 11);
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::default());
        let settings = AccountsSettings {
            registration: Registration::Open,
            session_idle: chrono::TimeDelta::days(14),
            session_absolute: chrono::TimeDelta::days(30),
            password_cost: PasswordCost { memory_kib: 64, passes: 1 },
        };
        let accounts = Accounts::new(db.db.clone(), ambient.clone(), Arc::clone(&bus), settings.clone());
        Self { db, clock, ambient, bus, settings, accounts }
    }

    /// The same studio under other settings.
    pub fn with(&self, change: impl FnOnce(&mut AccountsSettings)) -> Accounts {
        let mut settings = self.settings.clone();
        change(&mut settings);
        Accounts::new(self.db.db.clone(), self.ambient.clone(), Arc::clone(&self.bus), settings)
    }

    /// A user with [`PASSWORD`].
    pub async fn user(&self, email: &str) -> User {
        let new = self.accounts.prepare_user(&form(email, PASSWORD)).await.unwrap();
        let tx = self.db.write_tx().await.unwrap();
        let user = self.accounts.insert_user(&tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        user
    }
}

pub fn form(email: &str, password: &str) -> RegistrationForm {
    RegistrationForm {
        email: email.into(),
        password: password.into(),
        name: String::new(),
        locale: Locale::Id,
    }
}

pub fn chrome() -> Client {
    Client {
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Safari/537.36".into()),
        ip: Some("203.0.113.77".parse().unwrap()),
    }
}
