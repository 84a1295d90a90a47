//! `serve` and `work`: start, run, and go down in an order that loses nothing.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use lumiku_core::Config;
use lumiku_jobs::Workers;
use lumiku_sdk::AppContext;
use lumiku_server::Studio;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::wiring;

/// How often old rows and files are looked for.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);
/// How long a stream's past is kept for resuming.
const EVENTS_KEEP: TimeDelta = TimeDelta::hours(24);
const JOBS_KEEP: TimeDelta = TimeDelta::days(7);

/// Serves until a signal, with or without workers.
pub async fn serve(config: Config, with_workers: bool) -> Result<()> {
    let stop = stop_signal()?;
    let listener = TcpListener::bind((config.server.host.as_str(), config.server.port))
        .await
        .with_context(|| format!("cannot listen on {}:{}", config.server.host, config.server.port))?;
    let address = listener.local_addr()?;
    let public_url = match config.server.public_url.trim_end_matches('/') {
        "" => format!("http://{address}"),
        url => url.to_owned(),
    };
    let context = wiring::context(config).await?;
    prepare(&context).await?;
    let studio = wiring::studio(context.clone(), &public_url);
    let workers = with_workers.then(|| start_workers(&context));
    let housekeeping = tokio::spawn(housekeeping(context.clone()));
    announce(&context, &public_url).await?;

    let app = lumiku_server::router(&studio).into_make_service_with_connect_info::<SocketAddr>();
    let closing = CancellationToken::new();
    let server = tokio::spawn(
        axum::serve(listener, app).with_graceful_shutdown(closing.clone().cancelled_owned()).into_future(),
    );
    stop.cancelled().await;
    housekeeping.abort();
    shut_down(&studio, closing, server, workers).await;
    Ok(())
}

/// Runs workers alone until a signal.
pub async fn work(config: Config) -> Result<()> {
    let stop = stop_signal()?;
    let context = wiring::context(config).await?;
    prepare(&context).await?;
    let workers = start_workers(&context);
    println!("Lumiku's workers are ready");
    stop.cancelled().await;
    workers.shutdown(grace(&context)).await;
    context.db.close().await;
    Ok(())
}

fn start_workers(context: &AppContext) -> Workers {
    Workers::start(context.jobs.clone(), wiring::handlers(context), wiring::worker_slots(&context.config))
}

fn grace(context: &AppContext) -> Duration {
    Duration::from_secs(context.config.server.shutdown_grace_s)
}

/// Clears what a killed process left behind.
async fn prepare(context: &AppContext) -> Result<()> {
    let dirs = context.media.sweep_scratch().await?;
    let swept = context.storage.sweep().await?;
    tracing::debug!(scratch_dirs = dirs, ?swept, "leftovers were cleared");
    Ok(())
}

/// Tells people where to go: the address, and the setup link while there is no account.
async fn announce(context: &AppContext, public_url: &str) -> Result<()> {
    println!("\nLumiku is ready at {public_url}");
    if let Some(token) = context.accounts.issue_setup_token().await? {
        println!("Create the first account here (the link works once, for 30 minutes):");
        println!("{public_url}/setup?token={}", token.expose_secret());
    }
    println!();
    Ok(())
}

/// HTTP stops accepting, streams end with a hint to return, workers finish or hand back, then the
/// database closes.
async fn shut_down(
    studio: &Studio,
    closing: CancellationToken,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    workers: Option<Workers>,
) {
    tracing::info!("shutting down");
    let grace = grace(&studio.context);
    studio.drain.begin();
    closing.cancel();
    studio.drain.close_streams();
    let drained = async {
        if let Some(workers) = workers {
            workers.shutdown(grace).await;
        }
    };
    let (served, ()) = tokio::join!(tokio::time::timeout(grace, server), drained);
    if served.is_err() {
        tracing::warn!("some downloads were cut off; clients resume them by range");
    }
    studio.context.db.close().await;
    tracing::info!("goodbye");
}

async fn housekeeping(context: AppContext) {
    loop {
        tokio::time::sleep(HOUSEKEEPING).await;
        let now = context.ambient.now();
        if let Err(error) = context.storage.sweep().await {
            tracing::warn!(%error, "stored files could not be swept");
        }
        if let Err(error) = context.events.delete_before(now - EVENTS_KEEP).await {
            tracing::warn!(%error, "old events could not be deleted");
        }
        if let Err(error) = context.accounts.delete_expired_sessions().await {
            tracing::warn!(%error, "ended sessions could not be deleted");
        }
        if let Err(error) = context.jobs.delete_finished_before(now - JOBS_KEEP).await {
            tracing::warn!(%error, "old jobs could not be deleted");
        }
    }
}

/// Cancelled by the first SIGTERM or Ctrl-C; the second ends the process at once.
fn stop_signal() -> Result<CancellationToken> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = CancellationToken::new();
    let first = token.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        first.cancel();
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        std::process::exit(130);
    });
    Ok(token)
}
