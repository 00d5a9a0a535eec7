//! What the dashboard counts about itself. The names are those of `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more.
    pub fn one(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// The number now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Everything that is counted since the process began.
#[derive(Debug, Default)]
pub struct Figures {
    /// Live messages taken in.
    pub messages: Count,
    /// Live messages that could not be used.
    pub unusable: Count,
    /// Connections to the broker that were lost.
    pub connections_lost: Count,
    /// Connections given up because a site stayed without a board.
    pub stalls: Count,
    /// Deltas and alives sent to clients.
    pub frames: Count,
    /// Bytes of all texts sent to clients.
    pub bytes: Count,
    /// Snapshots to new clients.
    pub snapshots_first: Count,
    /// Snapshots to clients that asked.
    pub snapshots_resync: Count,
    /// Snapshots to clients that were too slow for the frames.
    pub snapshots_slow: Count,
    /// Snapshots because the chain of deltas was broken.
    pub snapshots_gap: Count,
    /// Clients dropped because they did not take a message in time.
    pub dropped_slow: Count,
    /// Clients dropped because they did not answer pings.
    pub dropped_silent: Count,
    /// Pages on screens that were not reported as devices: the site has too many.
    pub screens_unreported: Count,
    /// Logins refused before the password was looked at.
    pub logins_throttled: Count,
    /// Wrong names or passwords.
    pub logins_failed: Count,
    /// The collector's own figures, as it last published them.
    collector: Mutex<Option<Bytes>>,
}

impl Figures {
    /// Keeps what the collector said of itself.
    pub fn collector_said(&self, json: &[u8]) {
        *self.collector.lock().unwrap_or_else(PoisonError::into_inner) = Some(Bytes::copy_from_slice(json));
    }

    /// What it last said.
    #[must_use]
    pub fn collector(&self) -> Option<Bytes> {
        self.collector.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
