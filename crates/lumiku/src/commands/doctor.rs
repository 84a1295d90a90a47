//! `lumiku doctor`: what this machine needs, what it has, and the remedy for each fault.

use std::process::ExitCode;

use anyhow::Result;
use lumiku_core::{Config, bus};

use crate::{apps, wiring};

struct Finding {
    what: &'static str,
    result: Result<String, (String, &'static str)>,
}

pub async fn run(config: &Config) -> Result<ExitCode> {
    // First, because every other check may make something inside, and would make it for all to read.
    wiring::make_private_dir(&config.data_dir)?;
    let findings =
        [check_media(config), check_disk(config), check_database(config).await, check_redis(config).await];
    let mut healthy = true;
    for finding in &findings {
        match &finding.result {
            Ok(detail) => println!("ok    {:<9} {detail}", finding.what),
            Err((fault, remedy)) => {
                healthy = false;
                println!("FAULT {:<9} {fault}\n                {remedy}", finding.what);
            }
        }
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_media(config: &Config) -> Finding {
    let result = wiring::media(config).map(|media| media.version().to_owned()).map_err(|error| {
        (
            format!("{error:#}"),
            "Install ffmpeg (`apt-get install ffmpeg`) or set media.ffmpeg and media.ffprobe.",
        )
    });
    Finding { what: "ffmpeg", result }
}

/// Below this much free space uploads and runs start to fail.
const FREE_BYTES_MIN: u64 = 2 * 1024 * 1024 * 1024;

fn check_disk(config: &Config) -> Finding {
    let result = match nix::sys::statvfs::statvfs(&config.data_dir) {
        Err(error) => Err((
            format!("{}: {error}", config.data_dir.display()),
            "Make the data directory, or set data_dir to one that this user may write to.",
        )),
        Ok(stat) => {
            let free = stat.blocks_available() * stat.fragment_size();
            if free < FREE_BYTES_MIN {
                Err((
                    format!("{} MB are free", free / 1_000_000),
                    "Make room: 2 GB at least, for uploads and results.",
                ))
            } else {
                Ok(format!("{} GB free in {}", free / 1_000_000_000, config.data_dir.display()))
            }
        }
    };
    Finding { what: "disk", result }
}

async fn check_database(config: &Config) -> Finding {
    let remedy = "Check database.url and that the server runs; leave it empty for the embedded SQLite.";
    let looked = async {
        let db = wiring::database(config).await?;
        let status = db.migrate_status(&apps::migrations()).await?;
        let pending = status.iter().filter(|(_, applied)| !applied).count();
        anyhow::Ok(format!(
            "{:?}, {} migrations applied, {pending} pending",
            db.engine(),
            status.len() - pending
        ))
    };
    Finding { what: "database", result: looked.await.map_err(|error| (format!("{error:#}"), remedy)) }
}

async fn check_redis(config: &Config) -> Finding {
    let result = if config.redis.url.is_empty() {
        Ok("not configured; one node needs none".to_owned())
    } else {
        let remedy = "Start Redis or correct redis.url; leave it empty on a single node.";
        bus::connect(&config.redis.url)
            .await
            .map(|_| "answers".to_owned())
            .map_err(|e| (e.to_string(), remedy))
    };
    Finding { what: "redis", result }
}
