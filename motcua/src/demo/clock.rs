//! The time in the simulated centre.

use std::time::Duration;

use domain::Timestamp;
use tokio::time::Instant;

/// Real time, or a time of its own that began somewhere and runs so many times as fast.
#[derive(Debug, Clone, Copy)]
pub enum SimClock {
    /// The host's clock.
    Wall,
    /// A time of its own.
    Own {
        /// What it showed when it began.
        start: Timestamp,
        /// When it began.
        began: Instant,
        /// How many times as fast as real time.
        speed: f64,
    },
}

impl SimClock {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match *self {
            Self::Wall => Timestamp::from_ms(jiff::Timestamp::now().as_millisecond()),
            Self::Own { start, began, speed } => {
                let ms = began.elapsed().as_secs_f64() * speed * 1_000.0;
                start.plus(ms as i64)
            }
        }
    }

    /// The host's clock, by which a device is measured whatever time its centre has.
    #[must_use]
    pub fn host() -> Timestamp {
        Self::Wall.now()
    }

    /// Whether it is the host's clock itself.
    #[must_use]
    pub fn is_wall(self) -> bool {
        matches!(self, Self::Wall)
    }

    /// How long to wait until it shows `at`.
    #[must_use]
    pub fn until(&self, at: Timestamp) -> Duration {
        self.real(Duration::from_millis(u64::try_from(at.since(self.now())).unwrap_or(0)))
    }

    /// How long that takes in real time.
    #[must_use]
    pub fn real(&self, simulated: Duration) -> Duration {
        match *self {
            Self::Wall => simulated,
            Self::Own { speed, .. } => simulated.div_f64(speed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_own_time_runs_faster() {
        let start = Timestamp::from_ms(1_000_000);
        let clock = SimClock::Own { start, began: Instant::now(), speed: 60.0 };
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clock.now(), start.plus(120_000));
        assert_eq!(clock.until(start.plus(180_000)), Duration::from_secs(1));
        assert_eq!(clock.until(start), Duration::ZERO);
    }
}
