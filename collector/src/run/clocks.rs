//! The only place of the collector that reads clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use domain::clock::{HostClock, Why};

/// The host's clock, distrusted where it must be, and a monotonic one.
pub struct Clocks {
    host: HostClock,
    began: Instant,
}

impl Clocks {
    /// Clocks that know nothing of the past yet.
    #[must_use]
    pub fn new() -> Self {
        Self { host: HostClock::new(None), began: Instant::now() }
    }

    /// The host's clock must not be behind this instant.
    pub fn never_before(&mut self, last: Option<Timestamp>) {
        self.host = HostClock::new(last);
    }

    /// What the system says, Unix milliseconds.
    #[must_use]
    pub fn system_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// Milliseconds since the collector began.
    #[must_use]
    pub fn mono_ms(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// The time, by the rules of [`HostClock`].
    pub fn now(&mut self) -> Timestamp {
        let (system, mono) = (self.system_ms(), self.mono_ms());
        self.host.now(system, mono)
    }

    /// Why the host's clock is not believed, if it is not.
    #[must_use]
    pub fn distrusted(&self) -> Option<Why> {
        self.host.distrusted()
    }
}
