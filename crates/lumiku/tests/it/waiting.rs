//! Waiting for what another process does: look again until it is so, with a deadline that only a
//! fault reaches.

use std::time::{Duration, Instant};

/// For a machine that does many other things at the same time.
pub const DEADLINE: Duration = Duration::from_mins(2);
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Looks until there is an answer; panics with what was waited for when there is none in time.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "waited in vain for {what}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
