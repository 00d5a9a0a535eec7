//! How fast a recording is sent.

use std::time::Duration;

use domain::Timestamp;
use tokio::time::Instant;

/// How fast a recording is sent.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// As fast as the collector acknowledges.
    AsAcknowledged,
    /// So many times as fast as it was recorded.
    Times {
        /// The factor, above 0.
        factor: f64,
        /// The first event of all, sent at `start`.
        first: Timestamp,
        /// When it is sent.
        start: Instant,
    },
}

impl Pace {
    /// `speed` times as fast as recorded, beginning now; 0 is as fast as acknowledged.
    #[must_use]
    pub fn new(speed: Speed, first: Timestamp) -> Self {
        if speed.0 > 0.0 { Self::Times { factor: speed.0, first, start: Instant::now() } } else { Self::AsAcknowledged }
    }

    /// When the event of that time is to be sent.
    #[must_use]
    pub fn due(&self, ts: Timestamp) -> Instant {
        match *self {
            Self::AsAcknowledged => Instant::now(),
            Self::Times { factor, first, start } => {
                let recorded_s = ts.since(first) as f64 / 1_000.0;
                // Longer than any recording lasts is never.
                let wait = Duration::try_from_secs_f64(recorded_s / factor).unwrap_or(FAR);
                start.checked_add(wait.min(FAR)).unwrap_or(start)
            }
        }
    }
}

/// A century.
const FAR: Duration = Duration::from_secs(100 * 366 * 86_400);

/// `--speed`: a finite number, 0 or above.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed(f64);

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let speed: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
        if speed.is_finite() && speed >= 0.0 {
            Ok(Self(speed))
        } else {
            Err("must be 0 (as fast as acknowledged) or a positive number".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds() {
        assert_eq!("0".parse(), Ok(Speed(0.0)));
        assert_eq!("0.5".parse(), Ok(Speed(0.5)));
        for bad in ["", "fast", "-1", "inf", "NaN"] {
            assert!(bad.parse::<Speed>().is_err(), "{bad}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_is_due_by_its_recorded_distance() {
        let first = Timestamp::from_ms(1_000);
        let later = first.plus(60_000);
        let start = Instant::now();
        assert_eq!(Pace::new(Speed(60.0), first).due(later), start + Duration::from_secs(1));
        assert_eq!(Pace::new(Speed(0.5), first).due(later), start + Duration::from_secs(120));
        assert_eq!(Pace::new(Speed(0.0), first).due(later), start);
        // A rate so slow that the wait cannot be counted is still an instant.
        assert!(Pace::new(Speed(f64::MIN_POSITIVE), first).due(later) > start);
    }
}
