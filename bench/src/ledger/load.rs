//! Holds as fast as they go: so many callers, each with its next hold as soon as the last is committed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use lumiku_ledger::LedgerError;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Books;
use crate::spread::{median, quantile, rounded};

const CALLERS: usize = 16;
const LASTS: Duration = Duration::from_secs(5);

/// What the callers saw.
#[derive(Debug)]
pub struct Load {
    per_s: f64,
    /// Of each hold, from asking for a transaction to its commit.
    millis: Vec<f64>,
}

pub async fn run(books: &Books, accounts: usize) -> Result<Load> {
    let mut users = Vec::new();
    for _ in 0..accounts {
        users.push(books.user_with(1_000_000).await?);
    }
    let (users, next) = (Arc::new(users), Arc::new(AtomicUsize::new(0)));
    let mut callers = JoinSet::new();
    let started = Instant::now();
    for _ in 0..CALLERS {
        let (db, ledger) = (books.db.clone(), books.ledger.clone());
        let (users, next) = (users.clone(), next.clone());
        callers.spawn(async move {
            let mut millis = Vec::new();
            while started.elapsed() < LASTS {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let user = users[number % users.len()];
                let asked = Instant::now();
                let tx = db.write_tx().await?;
                ledger.hold(&tx, user, 1, "Benchmark", None, &format!("{user}:load:{number}")).await?;
                tx.commit().await?;
                millis.push(asked.elapsed().as_secs_f64() * 1000.0);
            }
            Ok::<_, LedgerError>(millis)
        });
    }
    let mut millis = Vec::new();
    while let Some(of_caller) = callers.join_next().await {
        millis.extend(of_caller??);
    }
    Ok(Load { per_s: millis.len() as f64 / started.elapsed().as_secs_f64(), millis })
}

impl Load {
    pub fn json(&self) -> Value {
        json!({
            "holds_per_s": rounded(self.per_s, 0),
            "p50_ms": rounded(median(&self.millis), 1),
            "p99_ms": rounded(quantile(&self.millis, 0.99), 1),
            "callers": CALLERS,
        })
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99) = (median(&self.millis), quantile(&self.millis, 0.99));
        write!(f, "{:.0} holds/s (p50 {p50:.1} ms, p99 {p99:.1} ms)", self.per_s)
    }
}
