//! How often a second the disk makes a small write durable, one after another.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;

const LASTS: Duration = Duration::from_secs(2);

/// Measured where the databases lie, in the folder for temporary files.
pub async fn flushes_per_s() -> Result<f64> {
    tokio::task::spawn_blocking(|| {
        let mut file = tempfile::tempfile()?;
        let (started, mut flushes) = (Instant::now(), 0_u32);
        while started.elapsed() < LASTS {
            file.write_all(&[1; 4096])?;
            file.sync_data()?;
            flushes += 1;
        }
        Ok(f64::from(flushes) / started.elapsed().as_secs_f64())
    })
    .await?
}
