//! A whole studio in one test process, with a clock that is moved by hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use lumiku_accounts::{Accounts, AccountsSettings, PasswordCost, RegistrationForm, Role, SessionKind};
use lumiku_core::bus::LocalBus;
use lumiku_core::{Ambient, Config, Db, ManualClock, Migration, Query, params};
use lumiku_jobs::{Handler, Jobs, Workers};
use lumiku_ledger::{GrantKind, Ledger};
use lumiku_media::{Media, MediaConfig};
use lumiku_sdk::generation::job::RenderHandler;
use lumiku_sdk::{App, AppContext, Events};
use lumiku_server::Studio;
use lumiku_storage::{Limits, Storage};
use lumiku_testdb::TestDb;
use secrecy::SecretString;

use crate::actor::Actor;

/// What [`TestStudio::until`] waits at most. Real time: it bounds how long a broken test hangs.
const PATIENCE: Duration = Duration::from_mins(1);
/// Rounds of retries that [`TestStudio::run_jobs`] follows before it calls the queue endless.
const ROUNDS_MAX: usize = 50;

/// The apps of a studio and what differs from the default configuration.
pub struct Setup {
    apps: Vec<Arc<dyn App>>,
    change: Box<dyn FnOnce(&mut Config) + Send>,
}

impl Setup {
    pub fn new(apps: Vec<Arc<dyn App>>, change: impl FnOnce(&mut Config) + Send + 'static) -> Self {
        Self { apps, change: Box::new(change) }
    }
}

impl From<Vec<Arc<dyn App>>> for Setup {
    fn from(apps: Vec<Arc<dyn App>>) -> Self {
        Self::new(apps, |_| {})
    }
}

/// A studio with a fresh database and a fresh data directory.
pub struct TestStudio {
    pub studio: Studio,
    pub db: Db,
    clock: Arc<ManualClock>,
    router: Router,
    /// After the studio, so that its folder outlives every handle on it.
    data_dir: tempfile::TempDir,
    _database: TestDb,
}

/// Runs a test in a studio on SQLite and checks the laws afterwards.
pub async fn on_sqlite<F: Future<Output = ()>>(
    setup: impl Into<Setup>,
    test: impl FnOnce(Arc<TestStudio>) -> F,
) {
    let setup = setup.into();
    let database = TestDb::sqlite(&migrations(&setup.apps)).await;
    run(setup, database, test).await;
}

/// Runs a test in a studio on PostgreSQL and checks the laws afterwards.
pub async fn on_postgres<F: Future<Output = ()>>(
    setup: impl Into<Setup>,
    test: impl FnOnce(Arc<TestStudio>) -> F,
) {
    let setup = setup.into();
    let database = TestDb::postgres(&migrations(&setup.apps)).await;
    run(setup, database, test).await;
}

async fn run<F: Future<Output = ()>>(
    setup: Setup,
    database: TestDb,
    test: impl FnOnce(Arc<TestStudio>) -> F,
) {
    let studio = Arc::new(TestStudio::new(setup, database));
    test(studio.clone()).await;
    studio.check_laws().await;
}

/// Every migration of a studio with these apps.
pub(crate) fn migrations(apps: &[Arc<dyn App>]) -> Vec<Migration> {
    let mut migrations = lumiku_server::platform_migrations();
    for app in apps {
        migrations.extend_from_slice(app.migrations());
    }
    migrations
}

fn a_monday_morning() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_600_000, 0).expect("a time")
}

impl TestStudio {
    fn new(setup: Setup, database: TestDb) -> Self {
        let data_dir = tempfile::tempdir().expect("a temporary data directory");
        let mut config = Config::load(None, [], &[]).expect("the defaults are valid");
        data_dir.path().clone_into(&mut config.data_dir);
        (setup.change)(&mut config);
        let clock = Arc::new(ManualClock::starting_at(a_monday_morning()));
        let ambient = Ambient::seeded(clock.clone(), 1);
        let context = context(config, ambient, database.db.clone());
        let studio = Studio::new(context, setup.apps, "http://studio.test");
        let router = lumiku_server::router(&studio);
        let db = database.db.clone();
        let made = Self { studio, db, clock, router, data_dir, _database: database };
        made.context().jobs.register(&made.handlers());
        made
    }

    pub fn context(&self) -> &AppContext {
        &self.studio.context
    }

    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// The whole server, for what an [`Actor`] does not do.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Lets time pass.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Somebody with an account, the welcome credits and a bearer token.
    pub async fn user(&self, name: &str) -> Actor {
        self.account(name, Role::User).await
    }

    pub async fn admin(&self, name: &str) -> Actor {
        self.account(name, Role::Admin).await
    }

    /// Somebody who is not signed in.
    pub fn stranger(&self) -> Actor {
        Actor::new(self.router.clone(), None, None)
    }

    async fn account(&self, name: &str, role: Role) -> Actor {
        let context = self.context();
        let form = RegistrationForm {
            email: format!("{name}@studio.test"),
            password: SecretString::from(format!("a long passphrase of {name}")),
            name: name.into(),
            locale: lumiku_accounts::Locale::En,
        };
        let new = context.accounts.prepare_user(&form).await.expect("a valid account").with_role(role);
        let tx = context.db.write_tx().await.expect("a transaction");
        let user = context.accounts.insert_user(&tx, &new).await.expect("a new account");
        let credits = &context.config.credits;
        lumiku_server::welcome(credits, &context.ledger, &tx, user.id).await.expect("welcome credits");
        let client = lumiku_accounts::Client::default();
        let session = context.accounts.open_session(&tx, user.id, SessionKind::Token, &client).await;
        tx.commit().await.expect("the account is committed");
        Actor::new(self.router.clone(), Some(user.id), Some(session.expect("a session").token))
    }

    /// Gives somebody more credits than the welcome.
    pub async fn grant(&self, actor: &Actor, credits: i64) {
        let context = self.context();
        let tx = context.db.write_tx().await.expect("a transaction");
        let key = format!("test:{}", context.ambient.uuid());
        let granted = context.ledger.grant(&tx, actor.id(), credits, GrantKind::Bonus, "test", &key).await;
        granted.expect("a grant");
        tx.commit().await.expect("the grant is committed");
    }

    pub fn handlers(&self) -> Vec<Arc<dyn Handler>> {
        let handler = |app: &Arc<dyn App>| {
            Arc::new(RenderHandler::new(app.clone(), self.context().clone())) as Arc<dyn Handler>
        };
        self.studio.apps.iter().map(handler).collect()
    }

    /// Runs everything that is queued, in this task, until nothing is left. Time passes where work
    /// waits to be tried again.
    pub async fn run_jobs(&self) {
        for _ in 0..ROUNDS_MAX {
            Workers::drain(&self.context().jobs, self.handlers()).await.expect("the queue can be drained");
            let sql = "SELECT scheduled_at FROM jobs WHERE state IN ('scheduled', 'retryable') \
                       ORDER BY scheduled_at LIMIT 1";
            let next: Option<DateTime<Utc>> = self.db.scalar(sql, params![]).await.expect("the queue");
            let Some(next) = next else { return };
            self.advance((next - self.context().ambient.now()).max(TimeDelta::zero()));
        }
        panic!("the queue does not come to an end");
    }

    /// Workers beside the test, as in `serve`.
    pub fn start_workers(&self, slots: usize) -> Workers {
        Workers::start(self.context().jobs.clone(), self.handlers(), slots)
    }

    /// Looks until there is an answer; again whenever something was announced on the bus.
    pub async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, look: impl Fn() -> F) -> T {
        let mut hints = self.context().bus.subscribe();
        let waiting = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                let _ = hints.recv().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }
}

fn context(config: Config, ambient: Ambient, db: Db) -> AppContext {
    let data_dir = config.data_dir.clone();
    let config = Arc::new(config);
    let bus = Arc::new(LocalBus::default());
    let media = Media::new(MediaConfig::below(data_dir.join("media"))).expect("ffmpeg is installed");
    let limits = Limits::from_config(&config);
    let inspect = Arc::new(media.clone());
    let storage = Storage::open(&data_dir, limits, db.clone(), ambient.clone(), inspect);
    // The real cost of a password would be most of the time of these tests.
    let password_cost = PasswordCost { memory_kib: 64, passes: 1 };
    let settings = AccountsSettings { password_cost, ..AccountsSettings::from(&*config) };
    AppContext {
        accounts: Accounts::new(db.clone(), ambient.clone(), bus.clone(), settings),
        ledger: Ledger::new(ambient.clone()),
        jobs: Jobs::new(db.clone(), ambient.clone(), bus.clone(), config.jobs.clone()),
        events: Events::new(db.clone(), ambient.clone(), bus.clone()),
        storage: storage.expect("storage opens"),
        media,
        bus,
        db,
        ambient,
        config,
    }
}
