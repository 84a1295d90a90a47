//! How many event streams each person has open. Every stream asks the database each second, so one
//! account must not be able to open as many as it likes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use lumiku_core::UserId;

/// Enough for every tab on every device; far from enough to keep the database busy.
pub const STREAMS_PER_USER_MAX: usize = 20;

/// The open streams of this process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Streams(Arc<Mutex<HashMap<UserId, usize>>>);

impl Streams {
    /// A place for one more stream until it is dropped; `None` when all are taken.
    pub fn open(&self, user: UserId) -> Option<OpenStream> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user).or_default();
        if *count >= STREAMS_PER_USER_MAX {
            return None;
        }
        *count += 1;
        Some(OpenStream { streams: self.clone(), user })
    }
}

/// One person's open stream.
#[derive(Debug)]
pub struct OpenStream {
    streams: Streams,
    user: UserId,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}
