//! Two hundred requests at once, credits for fifty.

use std::time::Instant;

use anyhow::Result;
use lumiku_ledger::LedgerError;
use tokio::task::JoinSet;

use super::Books;

const ASKED: usize = 200;
pub const COVERED: usize = 50;
const CREDITS_EACH: i64 = 3;

#[derive(Debug)]
pub struct Contest {
    /// Requests accepted, by round.
    pub accepted: Vec<usize>,
    /// From the first request to the last answer, by round.
    pub millis: Vec<f64>,
}

impl Contest {
    pub fn passes(&self) -> bool {
        self.accepted.iter().all(|accepted| *accepted == COVERED)
    }
}

pub async fn hold(books: &Books, rounds: usize) -> Result<Contest> {
    let mut contest = Contest { accepted: Vec::new(), millis: Vec::new() };
    for _ in 0..rounds {
        let user = books.user_with(CREDITS_EACH * COVERED as i64).await?;
        let mut requests = JoinSet::new();
        let started = Instant::now();
        for number in 0..ASKED {
            let (db, ledger) = (books.db.clone(), books.ledger.clone());
            requests.spawn(async move {
                let tx = db.write_tx().await?;
                let key = format!("{user}:{number}");
                let held = ledger.hold(&tx, user, CREDITS_EACH, "Benchmark", None, &key).await;
                match held {
                    Ok(_) => tx.commit().await.map(|()| true).map_err(LedgerError::from),
                    Err(LedgerError::Insufficient { .. }) => Ok(false),
                    Err(error) => Err(error),
                }
            });
        }
        let mut accepted = 0;
        while let Some(answer) = requests.join_next().await {
            accepted += usize::from(answer??);
        }
        contest.accepted.push(accepted);
        contest.millis.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(contest)
}
