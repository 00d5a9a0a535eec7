//! The only place of the collector that reads clocks.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use domain::clock::{HostClock, MeasuredDevice, Past, Voucher, Why};
use rustix::time::{ClockId, clock_gettime};

use super::Collector;
use crate::device_clocks::Moment;
use crate::host_clock::{Acceptance, Note, run_of_machine, time_service_vouches};

/// A note of the last good time is written this often: a restart loses sight of the clock for no
/// longer.
const NOTE_EVERY_MS: i64 = 10_000;
/// Whether somebody vouches for a distrusted clock is looked up this often.
const LOOK_EVERY_MS: i64 = 1_000;

/// The host's clock, distrusted where it must be, and a monotonic one.
pub struct Clocks {
    host: HostClock,
    /// When the collector began, by the monotonic clock.
    began_ms: i64,
    /// Where notes are kept; `None` before the journal is open.
    data_dir: Option<PathBuf>,
    run: Option<String>,
    note_at: i64,
    look_at: i64,
}

impl Clocks {
    /// Clocks that know nothing of the past yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            host: HostClock::new(Past::Nothing),
            began_ms: since_boot_ms(),
            data_dir: None,
            run: None,
            note_at: 0,
            look_at: 0,
        }
    }

    /// What the data directory knows of the past: the host's clock must not be behind the journal's
    /// last record, nor have jumped while no collector ran.
    pub fn recall(&mut self, data_dir: &Path, last_rx: Option<Timestamp>) {
        self.run = run_of_machine();
        let note = Note::read(data_dir);
        self.host = HostClock::new(Note::past(note.as_ref(), last_rx, self.run.as_deref(), since_boot_ms()));
        self.data_dir = Some(data_dir.to_owned());
    }

    /// What the system says, Unix milliseconds.
    #[must_use]
    pub fn system_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// Milliseconds since the collector began, those in which the machine slept among them.
    #[must_use]
    pub fn mono_ms(&self) -> i64 {
        since_boot_ms() - self.began_ms
    }

    /// The time, by the rules of [`HostClock`].
    pub fn now(&mut self) -> Timestamp {
        let before = self.host.distrusted();
        let system_ms = self.system_ms();
        let now = self.host.now(system_ms, since_boot_ms());
        match (before, self.host.distrusted()) {
            (None, Some(why)) => {
                let system = Timestamp::from_ms(system_ms);
                tracing::error!(
                    ?why, %system, carried_on = %now,
                    "The host's clock is not believed and is carried on by the monotonic clock. \
                     Set it right; if it is right, say so: motcua clock accept."
                );
            }
            (Some(_), None) => tracing::info!(%now, "The host's clock is believed again."),
            // Nothing has changed.
            _ => {}
        }
        now
    }

    /// Why the host's clock is not believed, if it is not.
    #[must_use]
    pub fn distrusted(&self) -> Option<Why> {
        self.host.distrusted()
    }

    /// Which time it is that has just been given out as `now`.
    #[must_use]
    pub fn moment(&self, now: Timestamp) -> Moment {
        let (run, doubted) = (self.run.clone(), self.distrusted().is_some());
        Moment { run, monotonic_ms: since_boot_ms(), shown: now, doubted }
    }

    /// Looks for somebody who vouches for a distrusted clock, and writes the note; each when it is
    /// due.
    fn look_after(&mut self, devices: impl Iterator<Item = MeasuredDevice>) {
        let Some(data_dir) = &self.data_dir else { return };
        let mono = self.mono_ms();
        let system = Timestamp::from_ms(self.system_ms());
        if let Some(jumped_to) = self.host.jumped_to()
            && mono >= self.look_at
        {
            self.look_at = mono + LOOK_EVERY_MS;
            if self.host.ask(devices) {
                tracing::info!("Most of the devices agree with the host's clock.");
            }
            if time_service_vouches(jumped_to, system) {
                self.host.vouch(Voucher::TimeService);
            }
            if Acceptance::take(data_dir, system).is_some() {
                tracing::info!(%system, "A person says that the host's clock is right.");
                self.host.vouch(Voucher::Operator);
            }
        }
        if mono < self.note_at {
            return;
        }
        self.note_at = mono + NOTE_EVERY_MS;
        let Some(run) = self.run.clone() else { return };
        let monotonic_ms = since_boot_ms();
        let shown = self.host.now(system.ms(), monotonic_ms);
        let note = Note { run, monotonic_ms, shown, system, doubt: self.host.distrusted() };
        if let Err(error) = note.write(data_dir) {
            // Only a restart would miss it, and the journal knows nearly as much.
            tracing::debug!(%error, "The note of the clock could not be written.");
        }
    }
}

impl Collector {
    /// The time for what is received now. When the host's clock has just been set right, what was
    /// measured against the time before is moved with it.
    pub(super) fn time(&mut self) -> Timestamp {
        let now = self.clocks.now();
        if let Some(ms) = self.clocks.host.take_leap() {
            self.door.host_leapt(ms);
        }
        now
    }

    /// Looks after the host's clock, and keeps what is known of the devices'.
    pub(super) fn look_after_clock(&mut self) {
        self.clocks.look_after(self.door.sites().iter().flat_map(|site| site.devices.measured()));
        self.keep_measured();
    }
}

/// Milliseconds since the machine was started; unlike `Instant` it counts those in which it slept.
fn since_boot_ms() -> i64 {
    let since = clock_gettime(ClockId::Boottime);
    since.tv_sec.saturating_mul(1_000).saturating_add(since.tv_nsec / 1_000_000)
}
