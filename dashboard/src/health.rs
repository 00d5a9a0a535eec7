//! Whether the way from the collector to here is alive.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// The pause between two looks of whoever waits for readiness.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How old the collector's last sign may be: it sends one every second, and a
/// broker or a disk that stalls for some seconds is no news.
const SIGN_MAY_BE_OLD: Duration = Duration::from_secs(15);

/// No sign yet.
const NEVER: u64 = u64::MAX;

/// What the feed knows of its own way, for readers on any thread.
#[derive(Debug)]
pub struct Health {
    began: Instant,
    connected: AtomicBool,
    has_been_connected: AtomicBool,
    /// Milliseconds after `began`.
    sign_ms: AtomicU64,
}

/// Whether screens can be served the truth, and what is missing if not.
#[derive(Debug, Serialize)]
pub struct Readiness {
    /// Nothing is missing.
    pub ready: bool,
    /// `mqtt` (no connection to the broker), `collector` (no sign of it for 15 s).
    pub missing: Vec<&'static str>,
    /// Age of the collector's last sign; `null` when there was none, or its last word was that it
    /// is gone.
    pub collector_age_s: Option<f64>,
}

impl Health {
    /// Begins now, with nothing heard.
    #[must_use]
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            connected: AtomicBool::new(false),
            has_been_connected: AtomicBool::new(false),
            sign_ms: AtomicU64::new(NEVER),
        }
    }

    /// The broker is there, or gone.
    pub fn connected(&self, is: bool) {
        self.connected.store(is, Ordering::Relaxed);
        self.has_been_connected.fetch_or(is, Ordering::Relaxed);
    }

    /// Whether the broker is there.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Whether the broker was ever there: before, an unknown site may only be one not heard of yet.
    #[must_use]
    pub fn has_been_connected(&self) -> bool {
        self.has_been_connected.load(Ordering::Relaxed)
    }

    /// The collector lives.
    pub fn sign(&self) {
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(NEVER);
        self.sign_ms.store(ms, Ordering::Relaxed);
    }

    /// The collector has gone, or was found gone.
    pub fn no_sign(&self) {
        self.sign_ms.store(NEVER, Ordering::Relaxed);
    }

    /// Waits until work is accepted.
    pub async fn until_ready(&self) {
        while !self.readiness().ready {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Age of the collector's last sign; `None` when there was none, or its last word was that it is
    /// gone.
    #[must_use]
    pub fn collector_age(&self) -> Option<Duration> {
        let sign = self.sign_ms.load(Ordering::Relaxed);
        (sign != NEVER).then(|| self.began.elapsed().saturating_sub(Duration::from_millis(sign)))
    }

    /// How things stand now.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let age = self.collector_age();
        let mqtt = self.is_connected();
        let collector = age.is_some_and(|age| age < SIGN_MAY_BE_OLD);
        let missing = [("mqtt", mqtt), ("collector", collector)];
        Readiness {
            ready: mqtt && collector,
            missing: missing.into_iter().filter(|(_, is)| !is).map(|(name, _)| name).collect(),
            collector_age_s: age.map(|age| age.as_millis() as f64 / 1_000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ready_needs_the_broker_and_a_young_sign() {
        let health = Health::new();
        assert_eq!(health.readiness().missing, ["mqtt", "collector"]);
        health.connected(true);
        assert_eq!(health.readiness().missing, ["collector"]);
        health.sign();
        assert!(health.readiness().ready);
        tokio::time::advance(Duration::from_secs(14)).await;
        assert!(health.readiness().ready);
        tokio::time::advance(Duration::from_secs(1)).await;
        let late = health.readiness();
        assert_eq!((late.missing, late.collector_age_s), (vec!["collector"], Some(15.0)));
        health.sign();
        health.no_sign();
        assert_eq!((health.readiness().missing, health.readiness().collector_age_s), (vec!["collector"], None));
        health.sign();
        health.connected(false);
        assert_eq!(health.readiness().missing, ["mqtt"]);
        assert!(health.has_been_connected());
    }
}
