//! Whether the way from the collector to here is alive.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use domain::storage::Storage;
use tokio::time::Instant;

use crate::readiness::{Fault, Readiness, broker_gone, collector_silent, of_disk};

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
    /// When the collector gave its last sign, also one whose `sign_ms` its farewell has taken back,
    /// and when the broker was last found gone; Unix milliseconds of this host.
    sign_at: AtomicI64,
    broker_gone_at: AtomicI64,
    /// What the collector said last of its disk.
    storage: Mutex<Option<Storage>>,
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
            sign_at: AtomicI64::new(host_clock().ms()),
            broker_gone_at: AtomicI64::new(host_clock().ms()),
            storage: Mutex::new(None),
        }
    }

    /// The broker is there, or gone.
    pub fn connected(&self, is: bool) {
        let was = self.connected.swap(is, Ordering::Relaxed);
        if was && !is {
            self.broker_gone_at.store(host_clock().ms(), Ordering::Relaxed);
        }
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
        self.sign_at.store(host_clock().ms(), Ordering::Relaxed);
    }

    /// The collector has gone, or was found gone. It is silent since its last sign, not since this
    /// was told: a will comes when the broker has waited for it in vain.
    pub fn no_sign(&self) {
        self.sign_ms.store(NEVER, Ordering::Relaxed);
    }

    /// What the collector says of its disk.
    pub fn disk(&self, storage: Storage) {
        *self.storage.lock().unwrap_or_else(PoisonError::into_inner) = Some(storage);
    }

    /// Waits until the collector is heard.
    pub async fn until_ready(&self) {
        while !self.is_heard() {
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

    /// Whether the broker is there and the collector was heard a moment ago.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.is_connected() && self.collector_age().is_some_and(|age| age < SIGN_MAY_BE_OLD)
    }

    /// How things stand now.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let age = self.collector_age();
        let mut faults: Vec<Fault> = Vec::new();
        let mut warnings: Vec<Fault> = Vec::new();
        if !self.is_connected() {
            faults.push(broker_gone(Timestamp::from_ms(self.broker_gone_at.load(Ordering::Relaxed))));
        }
        if age.is_none_or(|age| age >= SIGN_MAY_BE_OLD) {
            faults.push(collector_silent(Timestamp::from_ms(self.sign_at.load(Ordering::Relaxed))));
        }
        let storage = *self.storage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((storage, fault)) = storage.and_then(|storage| Some((storage, of_disk(&storage)?))) {
            if storage.state.is_fault() { faults.push(fault) } else { warnings.push(fault) }
        }
        Readiness {
            ready: faults.is_empty(),
            missing: faults.iter().map(|fault| fault.part).collect(),
            faults,
            warnings,
            collector_age_s: age.map(|age| age.as_millis() as f64 / 1_000.0),
        }
    }
}

/// This host's clock.
pub(crate) fn host_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use domain::storage::StorageState;

    use super::*;
    use crate::readiness::Part;

    #[tokio::test(start_paused = true)]
    async fn ready_needs_the_broker_and_a_young_sign() {
        let health = Health::new();
        assert_eq!(health.readiness().missing, [Part::Mqtt, Part::Collector]);
        health.connected(true);
        assert_eq!(health.readiness().missing, [Part::Collector]);
        health.sign();
        assert!(health.readiness().ready);
        tokio::time::advance(Duration::from_secs(14)).await;
        assert!(health.readiness().ready);
        tokio::time::advance(Duration::from_secs(1)).await;
        let late = health.readiness();
        assert_eq!((late.missing, late.collector_age_s), (vec![Part::Collector], Some(15.0)));
        health.sign();
        health.no_sign();
        assert_eq!((health.readiness().missing, health.readiness().collector_age_s), (vec![Part::Collector], None));
        health.sign();
        health.connected(false);
        assert_eq!(health.readiness().missing, [Part::Mqtt]);
        assert!(health.has_been_connected());
    }

    #[test]
    fn silent_since_the_last_sign_also_when_the_will_comes_later() {
        let health = Health::new();
        health.connected(true);
        health.sign();
        let sign = host_clock().plus(-60_000);
        health.sign_at.store(sign.ms(), Ordering::Relaxed);
        health.no_sign();
        let since = || health.readiness().faults.iter().map(|fault| fault.since).collect::<Vec<_>>();
        assert_eq!(since(), [sign]);
        health.no_sign();
        assert_eq!(since(), [sign], "a second word of it changes nothing");
    }

    #[tokio::test]
    async fn a_disk_that_takes_nothing_is_a_fault_and_screens_go_on() {
        let since = Timestamp::from_ms(1_795_395_600_000);
        let health = Health::new();
        health.connected(true);
        health.sign();
        let storage = |state, accepting| Storage {
            state,
            since,
            accepting,
            days_left: None,
            free_bytes: Some(0),
            backup_at: None,
        };
        for (state, faults, warnings) in [
            (StorageState::Ok, 0, 0),
            (StorageState::Low, 0, 1),
            (StorageState::Full, 1, 0),
            (StorageState::ReadOnly, 1, 0),
            (StorageState::Failing, 1, 0),
        ] {
            health.disk(storage(state, state < StorageState::Full));
            let readiness = health.readiness();
            assert_eq!((readiness.faults.len(), readiness.warnings.len()), (faults, warnings), "{state:?}");
            assert_eq!(readiness.ready, faults == 0);
            assert!(health.is_heard(), "boards are the truth of now");
            for fault in readiness.faults.iter().chain(&readiness.warnings) {
                assert_eq!((fault.part, fault.state, fault.since), (Part::Disk, state.code(), since));
                assert!(fault.message.contains(". / "), "two languages: {}", fault.message);
            }
        }
    }
}
