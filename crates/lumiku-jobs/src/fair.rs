//! Whose turn it is: pure, so that it can be tried with many users at once.
//!
//! The user with the fewest running jobs goes first, then the one who waited longest since the
//! last turn. A user with a thousand jobs therefore never keeps one with a single job waiting
//! longer than a slot needs to come free.

use lumiku_core::db::FromQueryResult;
use lumiku_core::{DateTime, Utc};
use uuid::Uuid;

/// A user with claimable work.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Share {
    pub fair_key: Uuid,
    pub running: i64,
    pub served_at: Option<DateTime<Utc>>,
    /// Of the user's first job, to choose between users who are otherwise equal.
    pub priority: i64,
    pub first: Uuid,
}

/// The index of the share whose turn it is.
pub(crate) fn next_turn(shares: &[Share]) -> Option<usize> {
    let rank = |share: &Share| (share.running, share.served_at, -share.priority, share.first);
    (0..shares.len()).min_by_key(|&index| rank(&shares[index]))
}

#[cfg(test)]
mod tests {
    use lumiku_core::Ambient;
    use proptest::prelude::*;

    use super::*;

    fn share(ambient: &Ambient, running: i64) -> Share {
        Share { fair_key: ambient.uuid(), running, served_at: None, priority: 0, first: ambient.uuid() }
    }

    #[test]
    fn the_user_with_fewer_running_jobs_goes_first_whatever_the_priority() {
        let ambient = Ambient::system();
        let busy = Share { priority: 10, ..share(&ambient, 2) };
        assert_eq!(next_turn(&[busy, share(&ambient, 1)]), Some(1));
    }

    #[test]
    fn among_equals_whoever_was_never_served_goes_first_then_the_longest_waiting() {
        let ambient = Ambient::system();
        let early = Share { served_at: Some(DateTime::UNIX_EPOCH), ..share(&ambient, 0) };
        let late = Share { served_at: Some(ambient.now()), ..share(&ambient, 0) };
        let never = share(&ambient, 0);
        assert_eq!(next_turn(&[late.clone(), early.clone(), never]), Some(2));
        assert_eq!(next_turn(&[late, early]), Some(1));
        assert_eq!(next_turn(&[]), None);
    }

    proptest! {
        /// Jain's index over equal demands: nobody is ever two turns ahead of another.
        #[test]
        fn nobody_gets_two_turns_ahead(users in 1_usize..20, turns in 1_usize..200) {
            let ambient = Ambient::system();
            let mut shares: Vec<_> = (0..users).map(|_| share(&ambient, 0)).collect();
            for turn in 0..turns {
                let index = next_turn(&shares).unwrap();
                shares[index].running += 1;
                shares[index].served_at = Some(DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(turn as i64));
            }
            let running = shares.iter().map(|share| share.running);
            prop_assert!(running.clone().max().unwrap() - running.min().unwrap() <= 1);
        }
    }
}
