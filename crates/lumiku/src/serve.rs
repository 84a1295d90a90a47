//! `serve` and `work`: start, run, and go down in an order that loses nothing.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use lumiku_core::Config;
use lumiku_jobs::Workers;
use lumiku_sdk::AppContext;
use lumiku_server::Studio;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::housekeeping::{self, Duty};
use crate::wiring;

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
    // Cancelling a job that waits runs its handler, also in a process that runs no job.
    context.jobs.register(&wiring::handlers(&context));
    let workers = with_workers.then(|| start_workers(&context));
    let housekeeping = tokio::spawn(housekeeping::run(context.clone(), Duty::DiskAndBooks));
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
    let housekeeping = tokio::spawn(housekeeping::run(context.clone(), Duty::Disk));
    println!("Lumiku's workers are ready");
    stop.cancelled().await;
    tracing::info!("shutting down");
    housekeeping.abort();
    workers.shutdown(grace(&context)).await;
    close(&context).await;
    Ok(())
}

fn start_workers(context: &AppContext) -> Workers {
    Workers::start(context.jobs.clone(), wiring::handlers(context), wiring::worker_slots(&context.config))
}

fn grace(context: &AppContext) -> Duration {
    Duration::from_secs(context.config.server.shutdown_grace_s)
}

/// Clears the working directories that a killed process left behind; they may be large.
async fn prepare(context: &AppContext) -> Result<()> {
    let dirs = context.media.sweep_scratch().await?;
    tracing::debug!(scratch_dirs = dirs, "leftovers were cleared");
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

/// Readiness says no, HTTP stops accepting, streams end with a hint to return, workers finish or hand
/// back, then the database closes.
async fn shut_down(
    studio: &Studio,
    closing: CancellationToken,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    workers: Option<Workers>,
) {
    tracing::info!("shutting down");
    let grace = grace(&studio.context);
    studio.drain.begin();
    let closed = async {
        tokio::time::sleep(Duration::from_secs(studio.context.config.server.drain_s)).await;
        closing.cancel();
        studio.drain.close_streams();
        if tokio::time::timeout(grace, server).await.is_err() {
            tracing::warn!("some downloads were cut off; clients resume them by range");
        }
    };
    let drained = async {
        if let Some(workers) = workers {
            workers.shutdown(grace).await;
        }
    };
    // Workers stop claiming at once: what they would begin now they could not finish.
    tokio::join!(closed, drained);
    close(&studio.context).await;
}

/// The last steps of a process. Without its handlers the context is dropped, and takes its working
/// directories with it.
async fn close(context: &AppContext) {
    context.jobs.forget_handlers();
    context.db.close().await;
    tracing::info!("goodbye");
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
