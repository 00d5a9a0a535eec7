//! Keeps what was measured of the devices' clocks: read before the broker is asked, written a few
//! seconds after a change and at the end, on a thread of its own. Nobody waits for it.

use tokio::task::JoinHandle;

use super::Collector;
use crate::device_clocks::Kept;

/// A change is written this much later, with those that came meanwhile.
const SOON_MS: i64 = 3_000;
/// Written this often though nothing has changed: offsets creep, and heartbeats go on.
const EVERY_MS: i64 = 300_000;

/// When the clocks are to be written, by the monotonic clock.
#[derive(Debug, Default)]
pub struct Measured {
    /// `None` before the first second.
    due: Option<i64>,
    writing: Option<JoinHandle<()>>,
}

impl Measured {
    /// Whether the clocks are to be written now. `changed`: one was measured anew.
    fn is_due(&mut self, mono: i64, changed: bool) -> bool {
        let due = self.due.get_or_insert(mono + EVERY_MS);
        if changed {
            *due = (*due).min(mono + SOON_MS);
        }
        // A disk that does not answer is not asked twice.
        if mono < *due || self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) {
            return false;
        }
        *due = mono + EVERY_MS;
        true
    }
}

impl Collector {
    /// Takes up the clocks that the collector before this one measured.
    pub(super) fn recall_measured(&mut self) {
        let Some(kept) = Kept::read(&self.runtime.data_dir) else { return };
        // A leap that was not seen yet moves nothing any more: it is in this time already.
        let now = self.time();
        let devices = kept.recall(&mut self.door, &self.clocks.moment(now));
        tracing::info!(devices, "The clocks of devices are known from before the start.");
    }

    /// Writes the clocks down when that is due.
    pub(super) fn keep_measured(&mut self) {
        let changed = self.door.take_measured();
        if !self.measured.is_due(self.clocks.mono_ms(), changed) {
            return;
        }
        let (kept, data_dir) = (self.measured_now(), self.runtime.data_dir.clone());
        self.measured.writing = Some(tokio::task::spawn_blocking(move || {
            if let Err(error) = kept.write(&data_dir) {
                // Only events that come late over a restart would miss it.
                tracing::debug!(%error, "The clocks of the devices could not be written down.");
            }
        }));
    }

    /// Writes them a last time.
    pub(super) async fn keep_measured_last(&mut self) {
        if let Some(writing) = self.measured.writing.take() {
            // It has told what failed; the file is written anew.
            drop(writing.await);
        }
        if let Err(error) = self.measured_now().write(&self.runtime.data_dir) {
            tracing::warn!(%error, "The clocks of the devices could not be written down; they will be measured anew.");
        }
    }

    fn measured_now(&mut self) -> Kept {
        let now = self.time();
        Kept::of(&self.door, self.clocks.moment(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_written_soon_and_many_at_once() {
        let mut measured = Measured::default();
        assert!(!measured.is_due(0, false));
        assert!(!measured.is_due(1_000, true));
        assert!(!measured.is_due(2_000, true), "it goes with the one before");
        assert!(measured.is_due(4_000, true));
        assert!(!measured.is_due(5_000, false));
        assert!(measured.is_due(4_000 + EVERY_MS, false), "at times without one");
    }
}
