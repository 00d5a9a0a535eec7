//! Our own patience with FFmpeg's calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Until when FFmpeg may wait for the other side; shared with its interrupt callback.
#[derive(Debug, Clone)]
pub struct Deadline {
    since: Instant,
    /// Milliseconds since `since`; `u64::MAX` is never.
    until_ms: Arc<AtomicU64>,
}

impl Default for Deadline {
    fn default() -> Self {
        Self::never()
    }
}

impl Deadline {
    /// One that does not pass until it is set.
    #[must_use]
    pub fn never() -> Self {
        Self { since: Instant::now(), until_ms: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    /// It passes after this time from now, whatever it was before.
    pub fn within(&self, time: Duration) {
        self.until_ms.store(self.now_ms().saturating_add(millis(time)), Ordering::Relaxed);
    }

    /// Whether it has passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.now_ms() >= self.until_ms.load(Ordering::Relaxed)
    }

    fn now_ms(&self) -> u64 {
        millis(self.since.elapsed())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_passes_when_it_is_told_to() {
        let deadline = Deadline::never();
        assert!(!deadline.passed());
        deadline.within(Duration::ZERO);
        assert!(deadline.clone().passed());
        deadline.within(Duration::from_secs(3600));
        assert!(!deadline.passed());
    }
}
