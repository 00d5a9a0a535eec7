//! All devices of a script, each in a thread of its own, let go step by step.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::publisher::{Conditions, Ledger, Publisher};
use super::script::{Device, Script};
use crate::seed::Seed;
use crate::wait::eventually;

/// Devices that speak.
#[derive(Debug)]
pub struct Crowd {
    /// What they share.
    pub conditions: Arc<Conditions>,
    /// Each device's own ledger.
    pub ledgers: Vec<(Device, Arc<Ledger>)>,
    threads: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// Switches every device of the script on, at the broker's port.
    #[must_use]
    pub fn start(script: &Script, port: u16, seed: &mut Seed) -> Self {
        let conditions = Arc::new(Conditions::new(port));
        let (mut ledgers, mut threads) = (Vec::new(), Vec::new());
        for part in &script.parts {
            let ledger = Arc::new(Ledger::default());
            ledgers.push((part.device.clone(), Arc::clone(&ledger)));
            let publisher = Publisher::new(Arc::clone(part), ledger, Arc::clone(&conditions), seed.below(200));
            threads.push(thread::spawn(move || publisher.run()));
        }
        Self { conditions, ledgers, threads }
    }

    /// Devices of whom only the ledgers are known.
    #[cfg(test)]
    pub(super) fn of(conditions: Arc<Conditions>, ledgers: Vec<(Device, Arc<Ledger>)>) -> Self {
        Self { conditions, ledgers, threads: Vec::new() }
    }

    /// Lets them say everything before this place.
    pub fn release(&self, place: u64) {
        self.conditions.released.fetch_max(place, Ordering::SeqCst);
    }

    /// Events that were handed to the network, each counted once.
    #[must_use]
    pub fn said(&self) -> u64 {
        self.sum(|ledger| ledger.said.load(Ordering::SeqCst))
    }

    /// Events that were acknowledged by the collector.
    #[must_use]
    pub fn acked(&self) -> u64 {
        self.sum(|ledger| ledger.acked.load(Ordering::SeqCst))
    }

    /// Events that were sent again.
    #[must_use]
    pub fn again(&self) -> u64 {
        self.sum(|ledger| ledger.again.load(Ordering::Relaxed))
    }

    /// What one site's devices have said so far.
    #[must_use]
    pub fn said_at(&self, site: &str) -> u64 {
        let of_site = self.ledgers.iter().filter(|(device, _)| device.site == site);
        of_site.map(|(_, ledger)| ledger.said.load(Ordering::SeqCst)).sum()
    }

    fn sum(&self, of: impl Fn(&Ledger) -> u64) -> u64 {
        self.ledgers.iter().map(|(_, ledger)| of(ledger)).sum()
    }

    /// Whether everything that may be said is acknowledged.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.acked() >= self.conditions.released.load(Ordering::SeqCst)
    }

    /// Waits until so many are acknowledged.
    ///
    /// # Panics
    /// When they are not within the limit.
    pub fn acknowledged(&self, goal: u64, limit: Duration) {
        eventually(limit, &format!("{goal} acknowledged events"), || match self.acked() {
            acked if acked >= goal => Ok(()),
            _ => Err(self.told_behind()),
        });
    }

    /// How far it is, and devices that wait, for a person who reads a failed test.
    #[must_use]
    pub fn told_behind(&self) -> String {
        let waits = |(device, ledger): &(Device, Arc<Ledger>)| {
            let (said, acked) = (ledger.said.load(Ordering::Relaxed), ledger.acked.load(Ordering::Relaxed));
            (said > acked).then(|| format!("{}/{} {acked} of {said}", device.site, device.id))
        };
        let behind: Vec<String> = self.ledgers.iter().filter_map(waits).take(8).collect();
        format!("{} are acknowledged of {} that were said; behind: {behind:?}", self.acked(), self.said())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.conditions.over.store(true, Ordering::Relaxed);
        // A device that panicked has said so; the scenario fails for what is missing.
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}
