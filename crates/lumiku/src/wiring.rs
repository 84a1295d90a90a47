//! Puts the platform together from its configuration: the only place that knows every part.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use lumiku_accounts::{Accounts, AccountsSettings};
use lumiku_core::db::DbOptions;
use lumiku_core::{Ambient, Config, Db, bus};
use lumiku_jobs::{Handler, Jobs};
use lumiku_ledger::Ledger;
use lumiku_media::{Media, MediaConfig};
use lumiku_sdk::generation::job::RenderHandler;
use lumiku_sdk::{AppContext, Events};
use lumiku_server::Studio;
use lumiku_storage::{Limits, Storage};

use crate::apps;

/// Connects to the database without looking at its schema.
pub async fn database(config: &Config) -> Result<Db> {
    make_private_dir(&config.data_dir)?;
    let options = DbOptions {
        url: config.database_url(),
        max_connections: config.database.max_connections,
        acquire_timeout: Duration::from_secs(config.database.acquire_timeout_s),
    };
    Ok(Db::connect(&options).await?)
}

/// The database with every migration applied.
pub async fn migrated_database(config: &Config) -> Result<Db> {
    let db = database(config).await?;
    db.migrate_up(&apps::migrations()).await?;
    Ok(db)
}

pub fn media(config: &Config) -> Result<Media> {
    let root = std::path::absolute(config.data_dir.join("media"))?;
    let mut settings = MediaConfig::below(root);
    settings.ffmpeg.clone_from(&config.media.ffmpeg);
    settings.ffprobe.clone_from(&config.media.ffprobe);
    settings.limits.file_size_bytes_max = config.storage.upload_bytes_max as u64;
    settings.limits.duration_ms_max = config.media.duration_s_max * 1000;
    Ok(Media::new(settings)?)
}

/// The whole platform.
pub async fn context(config: Config) -> Result<AppContext> {
    let config = Arc::new(config);
    let ambient = Ambient::system();
    let db = migrated_database(&config).await?;
    let bus = bus::connect(&config.redis.url).await?;
    let media = media(&config).context("media cannot be processed on this machine; see `lumiku doctor`")?;
    let storage = Storage::open(
        &config.data_dir,
        Limits::from_config(&config),
        db.clone(),
        ambient.clone(),
        Arc::new(media.clone()),
    )?;
    Ok(AppContext {
        accounts: Accounts::new(db.clone(), ambient.clone(), bus.clone(), AccountsSettings::from(&*config)),
        ledger: Ledger::new(ambient.clone()),
        jobs: Jobs::new(db.clone(), ambient.clone(), bus.clone(), config.jobs.clone()),
        events: Events::new(db.clone(), ambient.clone(), bus.clone()),
        storage,
        media,
        bus,
        db,
        ambient,
        config,
    })
}

pub fn studio(context: AppContext, public_url: &str) -> Studio {
    Studio::new(context, apps::all(), public_url)
}

/// What workers can do: render for every app.
pub fn handlers(context: &AppContext) -> Vec<Arc<dyn Handler>> {
    apps::all()
        .into_iter()
        .map(|app| Arc::new(RenderHandler::new(app, context.clone())) as Arc<dyn Handler>)
        .collect()
}

/// One worker per core unless said otherwise.
pub fn worker_slots(config: &Config) -> usize {
    match config.jobs.workers {
        0 => std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
        count => count,
    }
}

/// Uploads, results and everybody's sessions lie below it: nobody else on the machine may look.
pub fn make_private_dir(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the data directory {}", path.display()))
}
