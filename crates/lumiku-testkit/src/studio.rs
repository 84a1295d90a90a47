//! A whole studio in one test process.

use std::sync::Arc;

use axum::Router;
use lumiku_accounts::{Accounts, AccountsSettings, PasswordCost, RegistrationForm, Role, SessionKind};
use lumiku_core::bus::LocalBus;
use lumiku_core::{Ambient, Config, Db, Migration, Query, params};
use lumiku_jobs::{Handler, Jobs, Workers};
use lumiku_ledger::Ledger;
use lumiku_media::{Media, MediaConfig};
use lumiku_sdk::generation::job::RenderHandler;
use lumiku_sdk::{App, AppContext, Events};
use lumiku_server::Studio;
use lumiku_storage::{Limits, Storage};
use lumiku_testdb::TestDb;
use secrecy::SecretString;

use crate::actor::Actor;

/// A studio with a fresh database and a fresh data directory.
pub struct TestStudio {
    pub studio: Studio,
    pub db: Db,
    router: Router,
    _database: TestDb,
    _data_dir: tempfile::TempDir,
}

/// Runs a test in a studio on SQLite and checks the laws afterwards.
pub async fn on_sqlite<F: Future<Output = ()>>(
    apps: Vec<Arc<dyn App>>,
    test: impl FnOnce(Arc<TestStudio>) -> F,
) {
    let database = TestDb::sqlite(&migrations(&apps)).await;
    run(apps, database, test).await;
}

/// Runs a test in a studio on PostgreSQL and checks the laws afterwards.
pub async fn on_postgres<F: Future<Output = ()>>(
    apps: Vec<Arc<dyn App>>,
    test: impl FnOnce(Arc<TestStudio>) -> F,
) {
    let database = TestDb::postgres(&migrations(&apps)).await;
    run(apps, database, test).await;
}

async fn run<F: Future<Output = ()>>(
    apps: Vec<Arc<dyn App>>,
    database: TestDb,
    test: impl FnOnce(Arc<TestStudio>) -> F,
) {
    let studio = Arc::new(TestStudio::new(apps, database));
    test(studio.clone()).await;
    studio.check_laws().await;
}

fn migrations(apps: &[Arc<dyn App>]) -> Vec<Migration> {
    let mut migrations = lumiku_server::platform_migrations();
    for app in apps {
        migrations.extend_from_slice(app.migrations());
    }
    migrations
}

impl TestStudio {
    fn new(apps: Vec<Arc<dyn App>>, database: TestDb) -> Self {
        let data_dir = tempfile::tempdir().expect("a temporary data directory");
        let mut config = Config::load(None, [], &[]).expect("the defaults are valid");
        config.data_dir = data_dir.path().to_owned();
        let config = Arc::new(config);
        let ambient = Ambient::system();
        let db = database.db.clone();
        let bus = Arc::new(LocalBus::default());
        let media =
            Media::new(MediaConfig::below(data_dir.path().join("media"))).expect("ffmpeg is installed");
        let limits = Limits::from_config(&config);
        let inspect = Arc::new(media.clone());
        let storage = Storage::open(data_dir.path(), limits, db.clone(), ambient.clone(), inspect)
            .expect("storage opens");
        let settings = AccountsSettings {
            password_cost: PasswordCost { memory_kib: 64, passes: 1 },
            ..AccountsSettings::from(&*config)
        };
        let context = AppContext {
            accounts: Accounts::new(db.clone(), ambient.clone(), bus.clone(), settings),
            ledger: Ledger::new(ambient.clone()),
            jobs: Jobs::new(db.clone(), ambient.clone(), bus.clone(), config.jobs.clone()),
            events: Events::new(db.clone(), ambient.clone(), bus.clone()),
            storage,
            media,
            bus,
            db: db.clone(),
            ambient,
            config,
        };
        let studio = Studio::new(context, apps, "http://studio.test");
        let router = lumiku_server::router(&studio);
        Self { studio, db, router, _database: database, _data_dir: data_dir }
    }

    pub fn context(&self) -> &AppContext {
        &self.studio.context
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
        lumiku_server::welcome(&context.config.credits, &context.ledger, &tx, user.id)
            .await
            .expect("welcome credits");
        let client = lumiku_accounts::Client::default();
        let session = context
            .accounts
            .open_session(&tx, user.id, SessionKind::Token, &client)
            .await
            .expect("a session");
        tx.commit().await.expect("the account is committed");
        Actor::new(self.router.clone(), Some(user.id), Some(session.token))
    }

    /// Gives somebody more credits than the welcome.
    pub async fn grant(&self, actor: &Actor, credits: i64) {
        let context = self.context();
        let tx = context.db.write_tx().await.expect("a transaction");
        let key = format!("test:{}", context.ambient.uuid());
        let kind = lumiku_ledger::GrantKind::Bonus;
        context.ledger.grant(&tx, actor.id(), credits, kind, "test", &key).await.expect("a grant");
        tx.commit().await.expect("the grant is committed");
    }

    pub fn handlers(&self) -> Vec<Arc<dyn Handler>> {
        self.studio
            .apps
            .iter()
            .map(|app| Arc::new(RenderHandler::new(app.clone(), self.context().clone())) as Arc<dyn Handler>)
            .collect()
    }

    /// Runs everything that is queued, in this task, until nothing is left.
    pub async fn run_jobs(&self) {
        Workers::drain(&self.context().jobs, self.handlers()).await.expect("the queue can be drained");
    }

    /// What must hold after every test: balanced books, no hold without live work, no stray file,
    /// no unfinished job.
    async fn check_laws(&self) {
        let context = self.context();
        let violations = context.ledger.verify(&context.db).await.expect("the ledger can be read");
        assert!(violations.is_empty(), "the books do not balance: {violations:?}");
        let counts = context.jobs.counts().await.expect("the queue can be read");
        assert_eq!(
            counts.available + counts.scheduled + counts.running + counts.retryable,
            0,
            "jobs are left over: {counts:?}"
        );
        let holds = context.ledger.list_open_holds(&context.db).await.expect("holds can be read");
        assert!(holds.is_empty(), "credits are held by nothing: {holds:?}");
        let live: Option<i64> = context
            .db
            .scalar("SELECT COUNT(*) FROM generations WHERE state IN ('queued', 'running')", params![])
            .await
            .expect("runs can be read");
        assert_eq!(live, Some(0), "runs are left over");
        let strays =
            context.storage.stray_objects().await.expect("storage can be compared with the database");
        assert!(strays.is_empty() && strays.unsettled.is_empty(), "stray files: {strays:?}");
    }
}
