//! One function per command.

mod doctor;

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lumiku_accounts::{Accounts, AccountsError, AccountsSettings, Locale, RegistrationForm, Role, User};
use lumiku_core::problem::Explain;
use lumiku_core::{Ambient, Config, Db, bus, config, telemetry};
use lumiku_ledger::{GrantKind, Ledger};
use secrecy::SecretString;

use crate::cli::{Cli, Command, CreditsAction, MigrateStep, UserAction};
use crate::{apps, serve, wiring};

pub async fn run(cli: Cli) -> Result<ExitCode> {
    let config = load(&cli)?;
    match cli.command {
        Command::Serve(args) => {
            telemetry::init(&config)?;
            serve::serve(config, !args.no_workers).await?;
        }
        Command::Work(_) => {
            telemetry::init(&config)?;
            serve::work(config).await?;
        }
        Command::Migrate { step } => migrate(&config, &step).await?,
        Command::User { action } => user(&config, action).await?,
        Command::Credits { action } => return credits(&config, action).await,
        Command::Doctor => return doctor::run(&config).await,
        Command::Openapi => println!("{}", lumiku_server::openapi_document(&apps::all()).to_pretty_json()?),
        Command::Config { default: true } => print!("{}", config::DEFAULT),
        Command::Config { default: false } => print!("{}", config.redacted()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Settings from file, environment and flags.
fn load(cli: &Cli) -> Result<Config> {
    let mut flags: Vec<(&str, String)> = Vec::new();
    if let Some(dir) = &cli.data_dir {
        flags.push(("data_dir", dir.display().to_string()));
    }
    let workers = match &cli.command {
        Command::Serve(args) => {
            flags.extend(args.host.clone().map(|host| ("server.host", host)));
            flags.extend(args.port.map(|port| ("server.port", port.to_string())));
            args.workers
        }
        Command::Work(args) => args.workers,
        _ => None,
    };
    flags.extend(workers.map(|count| ("jobs.workers", count.to_string())));
    #[expect(clippy::disallowed_methods, reason = "the binary is the room that reads the environment")]
    let environment = std::env::vars();
    Ok(Config::load(cli.config.clone(), environment, &flags)?)
}

async fn migrate(config: &Config, step: &MigrateStep) -> Result<()> {
    let db = wiring::database(config).await?;
    let migrations = apps::migrations();
    match step {
        MigrateStep::Up => db.migrate_up(&migrations).await?,
        MigrateStep::Rollback => {
            let applied: Vec<i64> = db
                .migrate_status(&migrations)
                .await?
                .into_iter()
                .filter_map(|(migration, applied)| applied.then_some(migration.version))
                .collect();
            if applied.is_empty() {
                bail!("no migration is applied; there is nothing to take back");
            }
            let target = applied.iter().rev().nth(1).copied().unwrap_or_default();
            db.migrate_down_to(&migrations, target).await?;
        }
        MigrateStep::Status => {}
    }
    for (migration, applied) in db.migrate_status(&migrations).await? {
        println!(
            "{}  {}  {}",
            migration.version,
            if applied { "applied" } else { "pending" },
            migration.name
        );
    }
    db.close().await;
    Ok(())
}

async fn accounts(config: &Config) -> Result<(Db, Accounts, Ambient)> {
    let db = wiring::migrated_database(config).await?;
    let ambient = Ambient::system();
    let bus = bus::connect(&config.redis.url).await?;
    let accounts = Accounts::new(db.clone(), ambient.clone(), bus, AccountsSettings::from(config));
    Ok((db, accounts, ambient))
}

async fn user(config: &Config, action: UserAction) -> Result<()> {
    let (db, accounts, ambient) = accounts(config).await?;
    match action {
        UserAction::Create { email, admin, .. } => {
            let form = RegistrationForm {
                email,
                password: password_from_stdin()?,
                name: String::new(),
                locale: Locale::default(),
            };
            let role = if admin { Role::Admin } else { Role::User };
            let new = accounts.prepare_user(&form).await.map_err(told)?.with_role(role);
            let tx = db.write_tx().await?;
            let user = accounts.insert_user(&tx, &new).await.map_err(told)?;
            lumiku_server::welcome(&config.credits, &Ledger::new(ambient), &tx, user.id).await?;
            tx.commit().await?;
            println!("Made the account {} ({:?}).", user.email.as_str(), user.role);
        }
        UserAction::Promote { email } => {
            let user = find_user(&accounts, &email).await?;
            accounts.update_role(user.id, Role::Admin).await?;
            println!("{email} is an administrator now.");
        }
        UserAction::ResetPassword { email, .. } => {
            let user = find_user(&accounts, &email).await?;
            accounts.reset_password(user.id, &password_from_stdin()?).await.map_err(told)?;
            println!("The password is set; all its devices are signed out.");
        }
    }
    db.close().await;
    Ok(())
}

/// What the operator can mend, in the words the web UI would use; our own faults as they are.
fn told(error: AccountsError) -> anyhow::Error {
    let problem = error.problem();
    if problem.status < 500 { anyhow::anyhow!(problem.detail) } else { error.into() }
}

async fn find_user(accounts: &Accounts, email: &str) -> Result<User> {
    accounts.find_user_by_email(email).await?.with_context(|| format!("there is no account {email}"))
}

async fn credits(config: &Config, action: CreditsAction) -> Result<ExitCode> {
    let (db, accounts, ambient) = accounts(config).await?;
    let ledger = Ledger::new(ambient.clone());
    match action {
        CreditsAction::Grant { email, credits, reason } => {
            let user = find_user(&accounts, &email).await?;
            let tx = db.write_tx().await?;
            let key = format!("cli:{}", ambient.uuid());
            ledger.grant(&tx, user.id, credits, GrantKind::Adjustment, &reason, &key).await?;
            let balance = ledger.balance(&tx, user.id).await?;
            tx.commit().await?;
            println!("Granted {credits} credits; the balance is {} now.", balance.balance);
            Ok(ExitCode::SUCCESS)
        }
        CreditsAction::Verify => {
            let violations = ledger.verify(&db).await?;
            for violation in &violations {
                println!("{:?} {}: {}", violation.invariant, violation.subject, violation.detail);
            }
            println!("{} violations", violations.len());
            Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn password_from_stdin() -> Result<SecretString> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("cannot read the password from standard input")?;
    Ok(SecretString::from(text.trim_end_matches(['\n', '\r'])))
}
