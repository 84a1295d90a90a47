//! Clock, randomness and ids in one value that is handed down, never looked up.
//!
//! Production uses the system clock and the operating system's entropy; a test uses a clock it
//! moves by hand and a seeded generator, so that a failing run can be repeated exactly.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// A source of the current time. Times are UTC and cut to microseconds, because PostgreSQL keeps
/// no more and a value must compare equal after a round trip through either database.
pub trait Clock: Send + Sync + fmt::Debug {
    fn now(&self) -> DateTime<Utc>;
}

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one room that reads the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    pub fn starting_at(time: DateTime<Utc>) -> Self {
        Self(Mutex::new(time))
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Time, randomness and ids. Cheap to clone; every clone shares the same sources.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Clock>,
    random: Arc<Mutex<StdRng>>,
    last_id: Arc<Mutex<(u64, u16)>>,
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ambient").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Ambient {
    /// The system's clock and entropy.
    pub fn system() -> Self {
        let mut seed = <StdRng as SeedableRng>::Seed::default();
        #[expect(clippy::disallowed_methods, reason = "this is the one room that draws entropy")]
        rand::rng().fill_bytes(&mut seed);
        Self::new(Arc::new(SystemClock), StdRng::from_seed(seed))
    }

    /// A clock of the caller's and randomness that repeats for the same `seed`.
    pub fn seeded(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self::new(clock, StdRng::seed_from_u64(seed))
    }

    fn new(clock: Arc<dyn Clock>, random: StdRng) -> Self {
        Self { clock, random: Arc::new(Mutex::new(random)), last_id: Arc::default() }
    }

    /// The current time, cut to microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        let now = self.clock.now();
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }

    /// `N` random bytes, fit for tokens and keys.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// A random 64-bit number, for example a generation's seed.
    pub fn random_u64(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A new UUIDv7. Ids made by one process sort in the order they were made, also within one
    /// millisecond, which lets lists and event streams page by id.
    pub fn uuid(&self) -> Uuid {
        let mut random: [u8; 10] = self.bytes();
        let now_ms = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        let (millis, counter) = {
            let mut last = self.last_id.lock().unwrap_or_else(PoisonError::into_inner);
            *last = match *last {
                (ms, count) if now_ms > ms || (ms == 0 && count == 0) => (now_ms, 0),
                (ms, 0xFFF) => (ms + 1, 0),
                (ms, count) => (ms, count + 1),
            };
            *last
        };
        random[0] = (counter >> 8) as u8;
        random[1] = (counter & 0xFF) as u8;
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A new id of the wanted type.
    pub fn id<T: From<Uuid>>(&self) -> T {
        T::from(self.uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_they_were_made_while_the_clock_stands_still() {
        let clock = Arc::new(ManualClock::starting_at(DateTime::UNIX_EPOCH + TimeDelta::days(20_000)));
        let ambient = Ambient::seeded(clock, 1);

        let ids: Vec<Uuid> = (0..10_000).map(|_| ambient.uuid()).collect();

        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn time_is_cut_to_microseconds() {
        let odd = DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_234_567_891);
        let ambient = Ambient::seeded(Arc::new(ManualClock::starting_at(odd)), 1);

        assert_eq!(ambient.now().timestamp_subsec_nanos(), 234_567_000);
    }
}
